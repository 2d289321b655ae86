#include "nwedge/experiment/tunnel_plane.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "nwedge/core/vectors.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/rays.hpp"
#include "nwedge/tempered.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The ways out of a tunnel: at each radius one to either side, straight across or around the base.
class WaysOut {
 public:
  WaysOut(const MeasuredPlane& plane, std::span<const double> radii, bool around)
      : plane_(plane), radii_(radii), around_(around) {}

  std::size_t count() const { return 2 * radii_.size(); }

  /// On each of `ways` at its own parameter: a length across, degrees around.
  std::vector<TunnelValues> evaluate(std::span<const std::size_t> ways,
                                     std::span<const double> parameters) const {
    std::vector<float> coordinates;
    for (std::size_t i = 0; i < ways.size(); ++i) {
      const double radius = radii_[ways[i] / 2];
      const double side = ways[i] % 2 == 0 ? 1 : -1;
      const double phi = parameters[i] * std::numbers::pi / 180;
      coordinates.push_back(static_cast<float>(around_ ? radius * std::cos(phi) : radius));
      coordinates.push_back(static_cast<float>(side * (around_ ? radius * std::sin(phi) : parameters[i])));
    }
    return plane_.evaluate(coordinates);
  }

 private:
  const MeasuredPlane& plane_;
  std::span<const double> radii_;
  bool around_;
};

/// The search for the first exit of one way by one measure.
struct Search {
  std::size_t way = 0;
  std::string_view measure;
  double low = 0;
  double high = kInfinity;

  bool open() const { return std::isinf(high); }
  double exit() const { return open() ? high : (low + high) / 2; }
};

/// Scans all ways outward together until each search has left its set; the measures share the evaluations.
void scan_outward(const WaysOut& ways, std::vector<Search>& searches, const TunnelSet& set,
                  std::span<const double> scan, Monitor& monitor) {
  for (const double parameter : scan) {
    std::vector<std::size_t> open;
    for (std::size_t way = 0; way < ways.count(); ++way)
      if (std::any_of(searches.begin(), searches.end(),
                      [&](const Search& s) { return s.way == way && s.open(); }))
        open.push_back(way);
    if (open.empty()) return;
    const std::vector<TunnelValues> values = ways.evaluate(open, std::vector<double>(open.size(), parameter));
    for (Search& search : searches) {
      if (!search.open()) continue;
      const auto at = std::lower_bound(open.begin(), open.end(), search.way) - open.begin();
      (set.contains(search.measure, values[static_cast<std::size_t>(at)]) ? search.low : search.high) =
          parameter;
    }
    monitor.checkpoint(0.5);
  }
}

void halve(const WaysOut& ways, std::vector<Search>& searches, const TunnelSet& set, const ExitSearch& how,
           Monitor& monitor) {
  constexpr double kLeast = 1e-9;  // of the farthest exit: a bracket below it is 0
  while (true) {
    std::vector<Search*> wide;
    std::vector<std::size_t> which;
    std::vector<double> middles;
    for (Search& search : searches) {
      if (search.open() || search.high - search.low <= how.tolerance * search.high ||
          search.high <= kLeast * how.most)
        continue;
      wide.push_back(&search);
      which.push_back(search.way);
      middles.push_back(search.exit());
    }
    if (wide.empty()) return;
    const std::vector<TunnelValues> values = ways.evaluate(which, middles);
    for (std::size_t i = 0; i < wide.size(); ++i)
      (set.contains(wide[i]->measure, values[i]) ? wide[i]->low : wide[i]->high) = middles[i];
    monitor.checkpoint(0.5);
  }
}

std::vector<TunnelValues> values_of(std::span<const Metrics> metrics) {
  std::vector<TunnelValues> values;
  for (const Metrics& m : metrics)
    values.push_back({m.loss, m.accuracy, std::numeric_limits<double>::quiet_NaN()});
  return values;
}

std::vector<TunnelValues> values_of(std::span<const TemperedMetrics> metrics) {
  std::vector<TunnelValues> values;
  for (const TemperedMetrics& m : metrics) values.push_back({m.metrics.loss, m.metrics.accuracy, m.loss});
  return values;
}

}  // namespace

double TunnelValues::by(std::string_view measure) const {
  return measure == "loss" ? loss : measure == "accuracy" ? accuracy : temperature;
}

std::vector<std::string> tunnel_measures(const Landscape& landscape) {
  std::vector<std::string> measures = {"loss"};
  if (landscape.has_accuracy()) measures.emplace_back("accuracy");
  if (tempered_of(landscape) != nullptr) measures.emplace_back("temperature");
  return measures;
}

TunnelSet TunnelSet::of(const TunnelValues& optimum, double rise, double accuracy_share) {
  return {{optimum.loss + rise, accuracy_share * optimum.accuracy, optimum.temperature + rise}};
}

bool TunnelSet::contains(std::string_view measure, const TunnelValues& values) const {
  if (measure == "accuracy") return values.accuracy >= bound.accuracy;
  return values.by(measure) <= bound.by(measure);
}

MeasuredPlane::MeasuredPlane(const Landscape& landscape, AffineFamily family)
    : landscape_(landscape), family_(std::move(family)), restricted_(landscape.restrict_to(family_)) {}

std::vector<TunnelValues> MeasuredPlane::evaluate(std::span<const float> coordinates) const {
  const auto* tempered = tempered_of(landscape_);
  if (tempered == nullptr) return values_of(restricted_->evaluate_many(coordinates, Split::train));
  if (const auto* fast = tempered_of(*restricted_))
    return values_of(fast->evaluate_tempered(coordinates, Split::train));
  const auto d = static_cast<std::size_t>(family_.dimension());
  const std::size_t big = family_.origin.size();
  const std::size_t at_once = std::clamp<std::size_t>((std::size_t{1} << 26) / big, 1, 256);
  std::vector<TunnelValues> values;
  for (std::size_t begin = 0; begin < coordinates.size() / d; begin += at_once) {
    const std::size_t here = std::min(at_once, coordinates.size() / d - begin);
    std::vector<float> points(here * big);
    for (std::size_t i = 0; i < here; ++i)
      family_.point(coordinates.subspan((begin + i) * d, d), std::span(points).subspan(i * big, big));
    for (const TunnelValues& v : values_of(tempered->evaluate_tempered(points, Split::train)))
      values.push_back(v);
  }
  return values;
}

TunnelValues tunnel_values(const Landscape& landscape, std::span<const float> point) {
  if (const auto* tempered = tempered_of(landscape))
    return values_of(tempered->evaluate_tempered(point, Split::train)).front();
  return values_of(landscape.evaluate_many(point, Split::train)).front();
}

std::vector<float> tunnel_base(std::string_view plane, const optimize::Result& run) {
  return plane == "initial" ? run.initial : std::vector<float>(run.point.size(), 0.0f);
}

std::string tunnel_plane_missing(std::span<const float> base, std::span<const float> optimum) {
  if (base.size() < 2) return "one dimension has no plane";
  if (!(distance(base, optimum) > 0)) return "the optimum lies on the base of the plane";
  return "";
}

AffineFamily tunnel_family(std::span<const float> base, std::span<const float> optimum, std::uint64_t seed,
                           std::uint64_t index) {
  std::vector<float> spanning(optimum.begin(), optimum.end());
  for (std::size_t i = 0; i < base.size(); ++i) spanning[i] -= base[i];
  const auto dimension = static_cast<std::int64_t>(base.size());
  const std::vector<float> random = geometry::random_direction(dimension, seed, index);
  spanning.insert(spanning.end(), random.begin(), random.end());
  return {{base.begin(), base.end()}, geometry::orthonormalise(spanning, dimension)};
}

TunnelExits tunnel_exits(const MeasuredPlane& plane, std::span<const double> radii, const TunnelSet& set,
                         std::span<const std::string> measures, bool around, const ExitSearch& search,
                         Monitor& monitor) {
  constexpr double kFirst = 1.0 / 2000;  // of the farthest
  constexpr std::int64_t kSteps = 17;
  const WaysOut ways(plane, radii, around);
  std::vector<Search> searches;
  for (const std::string& measure : measures)
    for (std::size_t way = 0; way < ways.count(); ++way) searches.push_back({way, measure});
  std::vector<double> scan = geometry::geometric_radii(kFirst * search.most, search.most, kSteps);
  scan.insert(scan.begin(), 0.0);
  scan_outward(ways, searches, set, scan, monitor);
  halve(ways, searches, set, search, monitor);
  TunnelExits exits(measures.size());
  for (std::size_t i = 0; i + 1 < searches.size(); i += 2) {
    const auto exit = [&](const Search& s) { return around && s.open() ? 180.0 : s.exit(); };
    exits[i / ways.count()].push_back((exit(searches[i]) + exit(searches[i + 1])) / 2);
  }
  return exits;
}

double median_exit(std::vector<double> exits) {
  if (exits.empty() || std::any_of(exits.begin(), exits.end(), [](double x) { return std::isnan(x); }))
    return std::numeric_limits<double>::quiet_NaN();
  std::sort(exits.begin(), exits.end());
  const std::size_t middle = exits.size() / 2;
  return exits.size() % 2 == 1 ? exits[middle] : (exits[middle - 1] + exits[middle]) / 2;
}

}  // namespace nwedge::experiment
