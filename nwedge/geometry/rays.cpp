#include "nwedge/geometry/rays.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"

namespace nwedge::geometry {
namespace {

/// The interval in which a ray leaves its region, as far as it is known.
struct Bracket {
  double inside = 0;
  double outside = std::numeric_limits<double>::infinity();

  double middle() const { return 0.5 * (inside + outside); }
  bool narrow(double tolerance, double least) const {
    return outside - inside <= tolerance * std::max(outside, least);
  }
};

/// Evaluates one point on each of the named rays, a bounded number at a time.
class Prober {
 public:
  Prober(const Landscape& landscape, std::span<const Ray> rays, Split split)
      : landscape_(landscape), rays_(rays), split_(split) {}

  /// inside[i]: whether ray chosen[i] is inside at radius[i].
  std::vector<char> inside(std::span<const std::size_t> chosen, std::span<const double> radius) {
    const auto size = static_cast<std::size_t>(landscape_.dimension());
    const std::size_t at_once =
        std::clamp<std::size_t>((std::size_t{1} << 25) / size, 1, 1024);  // 128 MB of points
    std::vector<char> result;
    for (std::size_t begin = 0; begin < chosen.size(); begin += at_once) {
      const std::size_t count = std::min(at_once, chosen.size() - begin);
      points_.resize(count * size);
      for (std::size_t i = 0; i < count; ++i) {
        const Ray& ray = rays_[chosen[begin + i]];
        float* const point = points_.data() + i * size;
        for (std::size_t k = 0; k < size; ++k)
          point[k] = static_cast<float>(ray.origin[k] + radius[begin + i] * ray.direction[k]);
      }
      const std::vector<Metrics> metrics = landscape_.evaluate_many(points_, split_);
      for (std::size_t i = 0; i < count; ++i)
        result.push_back(rays_[chosen[begin + i]].criterion.inside(metrics[i]));
    }
    return result;
  }

 private:
  const Landscape& landscape_;
  std::span<const Ray> rays_;
  Split split_;
  std::vector<float> points_;
};

void check(const Landscape& landscape, std::span<const Ray> rays, std::span<const double> scan,
           double tolerance) {
  const auto size = static_cast<std::size_t>(landscape.dimension());
  for (const Ray& ray : rays)
    if (ray.origin.size() != size || ray.direction.size() != size)
      throw Error("exit radii", fmt::format("origins and directions must have {} entries, have {} and {}",
                                            size, ray.origin.size(), ray.direction.size()));
  if (scan.empty() || !(scan.front() > 0) || !std::is_sorted(scan.begin(), scan.end(), std::less_equal<>()))
    throw Error("exit radii", "the radii of the scan must be above 0 and ascend");
  if (!(tolerance >= 1e-9 && tolerance < 1))
    throw Error("exit radii", fmt::format("tolerance must be at least 1e-9 and below 1, is {}", tolerance));
}

/// Moves the rays in `active` outward through 0 and the scan; fills their brackets.
void scan_outward(Prober& prober, std::span<const double> scan, std::vector<Bracket>& brackets,
                  Monitor& monitor) {
  std::vector<std::size_t> active(brackets.size());
  for (std::size_t i = 0; i < active.size(); ++i) active[i] = i;
  for (std::size_t step = 0; step <= scan.size() && !active.empty(); ++step) {
    monitor.checkpoint(0.7 * static_cast<double>(step) / static_cast<double>(scan.size() + 1));
    const double radius = step == 0 ? 0 : scan[step - 1];
    const std::vector<char> inside = prober.inside(active, std::vector<double>(active.size(), radius));
    std::vector<std::size_t> still;
    for (std::size_t i = 0; i < active.size(); ++i) {
      if (inside[i]) {
        brackets[active[i]].inside = radius;
        still.push_back(active[i]);
      } else {
        brackets[active[i]].outside = radius;
      }
    }
    active = std::move(still);
  }
}

void bisect(Prober& prober, double tolerance, double least, std::vector<Bracket>& brackets,
            Monitor& monitor) {
  for (int round = 0;; ++round) {
    monitor.checkpoint(1 - 0.3 * std::pow(0.8, round));
    std::vector<std::size_t> active;
    std::vector<double> radius;
    for (std::size_t i = 0; i < brackets.size(); ++i) {
      const Bracket& bracket = brackets[i];
      if (bracket.outside == 0 || std::isinf(bracket.outside) || bracket.narrow(tolerance, least)) continue;
      active.push_back(i);
      radius.push_back(bracket.middle());
    }
    if (active.empty()) return;
    const std::vector<char> inside = prober.inside(active, radius);
    for (std::size_t i = 0; i < active.size(); ++i)
      (inside[i] ? brackets[active[i]].inside : brackets[active[i]].outside) = radius[i];
  }
}

}  // namespace

bool Criterion::inside(const Metrics& metrics) const {
  const bool accurate = std::isinf(least_accuracy) || metrics.accuracy >= least_accuracy;
  return metrics.loss <= highest_loss && accurate;
}

std::vector<double> exit_radii(const Landscape& landscape, std::span<const Ray> rays,
                               std::span<const double> scan, double tolerance, Split split,
                               Monitor& monitor) {
  check(landscape, rays, scan, tolerance);
  Prober prober(landscape, rays, split);
  std::vector<Bracket> brackets(rays.size());
  scan_outward(prober, scan, brackets, monitor);
  bisect(prober, tolerance, scan.front(), brackets, monitor);
  std::vector<double> radii;
  radii.reserve(rays.size());
  for (const Bracket& bracket : brackets) radii.push_back(bracket.outside == 0 ? 0 : bracket.middle());
  return radii;
}

std::vector<double> geometric_radii(double least, double most, std::int64_t count) {
  if (!(0 < least && least < most) || count < 2)
    throw Error("radii", fmt::format("need 0 < least < most and at least 2 of them, are {}, {} and {}", least,
                                     most, count));
  std::vector<double> radii(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < radii.size(); ++i)
    radii[i] = least * std::pow(most / least, static_cast<double>(i) / static_cast<double>(count - 1));
  radii.back() = most;
  return radii;
}

}  // namespace nwedge::geometry
