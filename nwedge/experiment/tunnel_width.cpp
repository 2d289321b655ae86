#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/radial_tunnel.hpp"
#include "nwedge/geometry/rays.hpp"

namespace nwedge::experiment {
namespace {

/// The ways out of a tunnel: at each radius one to either side, straight across or around the base.
class WaysOut {
 public:
  WaysOut(const Landscape& plane, std::vector<double> radii, bool around)
      : plane_(plane), radii_(std::move(radii)), around_(around) {}

  std::size_t count() const { return 2 * radii_.size(); }
  std::size_t radius_of(std::size_t way) const { return way / 2; }

  /// Metrics on each of `ways` at its own parameter: a length across, degrees around.
  std::vector<Metrics> evaluate(std::span<const std::size_t> ways, std::span<const double> parameters) const {
    std::vector<float> coordinates;
    for (std::size_t i = 0; i < ways.size(); ++i) {
      const double radius = radii_[radius_of(ways[i])];
      const double side = ways[i] % 2 == 0 ? 1 : -1;
      const double phi = parameters[i] * std::numbers::pi / 180;
      coordinates.push_back(static_cast<float>(around_ ? radius * std::cos(phi) : radius));
      coordinates.push_back(static_cast<float>(side * (around_ ? radius * std::sin(phi) : parameters[i])));
    }
    return plane_.evaluate_many(coordinates, Split::train);
  }

 private:
  const Landscape& plane_;
  std::vector<double> radii_;
  bool around_;
};

/// The search for the first exit of one way by one criterion.
struct Search {
  std::size_t way = 0;
  geometry::Criterion criterion;
  double low = 0;
  double high = std::numeric_limits<double>::infinity();

  bool open() const { return std::isinf(high); }
  double exit() const { return open() ? high : (low + high) / 2; }
};

/// Scans all ways outward together until each search has left its region; the criteria share the evaluations.
void scan_outward(const WaysOut& ways, std::vector<Search>& searches, std::span<const double> scan,
                  Monitor& monitor) {
  for (const double parameter : scan) {
    std::vector<std::size_t> open;
    for (std::size_t way = 0; way < ways.count(); ++way)
      if (std::any_of(searches.begin(), searches.end(),
                      [&](const Search& s) { return s.way == way && s.open(); }))
        open.push_back(way);
    if (open.empty()) return;
    const std::vector<Metrics> metrics = ways.evaluate(open, std::vector<double>(open.size(), parameter));
    for (Search& search : searches) {
      if (!search.open()) continue;
      const auto at = std::lower_bound(open.begin(), open.end(), search.way) - open.begin();
      (search.criterion.inside(metrics[static_cast<std::size_t>(at)]) ? search.low : search.high) = parameter;
    }
    monitor.checkpoint(0.5);
  }
}

void halve(const WaysOut& ways, std::vector<Search>& searches, double length, Monitor& monitor) {
  while (true) {
    std::vector<Search*> wide;
    std::vector<std::size_t> which;
    std::vector<double> middles;
    for (Search& search : searches) {
      if (search.open() || search.high - search.low <= length) continue;
      wide.push_back(&search);
      which.push_back(search.way);
      middles.push_back(search.exit());
    }
    if (wide.empty()) return;
    const std::vector<Metrics> metrics = ways.evaluate(which, middles);
    for (std::size_t i = 0; i < wide.size(); ++i)
      (wide[i]->criterion.inside(metrics[i]) ? wide[i]->low : wide[i]->high) = middles[i];
    monitor.checkpoint(0.5);
  }
}

geometry::Criterion criterion_of(std::string_view name, const Metrics& on_axis, const RadialTunnel& options) {
  geometry::Criterion inside;
  if (name == "rise")
    inside.highest_loss = on_axis.loss + options.rise;
  else if (name == "level")
    inside.highest_loss = options.level;
  else
    inside.least_accuracy = options.accuracy_share * on_axis.accuracy;
  return inside;
}

}  // namespace

TunnelExits tunnel_exits(const Landscape& landscape, const AffineFamily& plane, double distance_to_optimum,
                         std::span<const std::string> criteria, bool around, const RadialTunnel& options,
                         Monitor& monitor) {
  constexpr std::int64_t kScan = 24;
  const std::unique_ptr<Landscape> restricted = landscape.restrict_to(plane);
  std::vector<double> radii;
  for (const double radius : options.radii) radii.push_back(radius * distance_to_optimum);
  const WaysOut ways(*restricted, radii, around);
  std::vector<std::size_t> one_side;
  for (std::size_t way = 0; way < ways.count(); way += 2) one_side.push_back(way);
  const std::vector<Metrics> on_axis = ways.evaluate(one_side, std::vector<double>(one_side.size(), 0.0));

  std::vector<Search> searches;
  for (const std::string& criterion : criteria)
    for (std::size_t way = 0; way < ways.count(); ++way)
      searches.push_back({way, criterion_of(criterion, on_axis[ways.radius_of(way)], options)});
  const double most = around ? 180 : options.reach * distance_to_optimum;
  std::vector<double> scan;
  for (std::int64_t i = 0; i <= kScan; ++i) scan.push_back(most * static_cast<double>(i) / kScan);
  scan_outward(ways, searches, scan, monitor);
  // One degree of tolerance around for the default hundredth of the distance across.
  halve(ways, searches, around ? 100 * options.tolerance : options.tolerance * distance_to_optimum, monitor);

  TunnelExits exits(criteria.size());
  for (std::size_t i = 0; i + 1 < searches.size(); i += 2)
    exits[i / ways.count()].push_back((searches[i].exit() + searches[i + 1].exit()) / 2);
  return exits;
}

}  // namespace nwedge::experiment
