#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/radial_tunnel.hpp"
#include "nwedge/geometry/rays.hpp"

namespace nwedge::experiment {
namespace {

/// A way out of the tunnel: the plane's coordinates at parameter p >= 0, and when a point there is inside.
struct WayOut {
  std::function<std::pair<double, double>(double)> at;
  geometry::Criterion criterion;
};

std::vector<Metrics> evaluate(const Landscape& plane, std::span<const WayOut> ways,
                              std::span<const std::size_t> which, std::span<const double> parameters) {
  std::vector<float> coordinates;
  for (std::size_t i = 0; i < which.size(); ++i) {
    const auto [x, y] = ways[which[i]].at(parameters[i]);
    coordinates.push_back(static_cast<float>(x));
    coordinates.push_back(static_cast<float>(y));
  }
  return plane.evaluate_many(coordinates, Split::train);
}

/// The first exit of every way: scanned at `scan` (ascending from 0), then halved to `tolerance` times the
/// last scanned value. All ways advance together.
std::vector<double> first_exits(const Landscape& plane, std::span<const WayOut> ways,
                                std::span<const double> scan, double tolerance, Monitor& monitor) {
  std::vector<double> low(ways.size(), 0.0);
  std::vector<double> high(ways.size(), std::numeric_limits<double>::infinity());
  std::vector<std::size_t> open(ways.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  for (const double parameter : scan) {
    const std::vector<double> parameters(open.size(), parameter);
    const std::vector<Metrics> metrics = evaluate(plane, ways, open, parameters);
    std::vector<std::size_t> inside;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (ways[open[i]].criterion.inside(metrics[i])) {
        low[open[i]] = parameter;
        inside.push_back(open[i]);
      } else {
        high[open[i]] = parameter;
      }
    }
    open = std::move(inside);
    if (open.empty()) break;
    monitor.checkpoint(0.5);
  }
  const double length = tolerance * scan.back();
  while (true) {
    std::vector<std::size_t> wide;
    std::vector<double> middles;
    for (std::size_t i = 0; i < ways.size(); ++i)
      if (std::isfinite(high[i]) && high[i] - low[i] > length) {
        wide.push_back(i);
        middles.push_back((low[i] + high[i]) / 2);
      }
    if (wide.empty()) break;
    const std::vector<Metrics> metrics = evaluate(plane, ways, wide, middles);
    for (std::size_t i = 0; i < wide.size(); ++i)
      (ways[wide[i]].criterion.inside(metrics[i]) ? low : high)[wide[i]] = middles[i];
    monitor.checkpoint(0.5);
  }
  std::vector<double> exits;
  for (std::size_t i = 0; i < ways.size(); ++i)
    exits.push_back(std::isfinite(high[i]) ? (low[i] + high[i]) / 2 : high[i]);
  return exits;
}

std::vector<double> even_scan(double most, std::int64_t count) {
  std::vector<double> scan;
  for (std::int64_t i = 0; i <= count; ++i)
    scan.push_back(most * static_cast<double>(i) / static_cast<double>(count));
  return scan;
}

/// Exits come in pairs, one for each side.
std::vector<double> mean_of_sides(std::span<const double> exits) {
  std::vector<double> means;
  for (std::size_t i = 0; i + 1 < exits.size(); i += 2) means.push_back((exits[i] + exits[i + 1]) / 2);
  return means;
}

}  // namespace

TunnelWidth tunnel_width(const Landscape& landscape, std::span<const float> base,
                         std::span<const float> optimum, std::span<const float> direction,
                         std::string_view criterion, const RadialTunnel& options, Monitor& monitor) {
  constexpr std::int64_t kScan = 24;
  const double distance_to_optimum = distance(base, optimum);
  AffineFamily family;
  family.origin.assign(base.begin(), base.end());
  for (std::size_t i = 0; i < base.size(); ++i)
    family.directions.push_back(static_cast<float>((optimum[i] - base[i]) / distance_to_optimum));
  family.directions.insert(family.directions.end(), direction.begin(), direction.end());
  const std::unique_ptr<Landscape> plane = landscape.restrict_to(std::move(family));

  std::vector<float> axis;
  for (const double radius : options.radii) {
    axis.push_back(static_cast<float>(radius * distance_to_optimum));
    axis.push_back(0.0f);
  }
  const std::vector<Metrics> on_axis = plane->evaluate_many(axis, Split::train);
  std::vector<WayOut> across;
  std::vector<WayOut> around;
  for (std::size_t r = 0; r < options.radii.size(); ++r) {
    const double radius = options.radii[r] * distance_to_optimum;
    geometry::Criterion inside;
    if (criterion == "rise")
      inside.highest_loss = on_axis[r].loss + options.rise;
    else if (criterion == "level")
      inside.highest_loss = options.level;
    else
      inside.least_accuracy = options.accuracy_share * on_axis[r].accuracy;
    for (const double side : {1.0, -1.0}) {
      across.push_back({[=](double y) { return std::pair(radius, side * y); }, inside});
      around.push_back({[=](double degrees) {
                          const double phi = degrees * std::numbers::pi / 180;
                          return std::pair(radius * std::cos(phi), side * radius * std::sin(phi));
                        },
                        inside});
    }
  }
  TunnelWidth width;
  width.half_width =
      mean_of_sides(first_exits(*plane, across, even_scan(options.reach * distance_to_optimum, kScan),
                                options.tolerance / options.reach, monitor));
  width.half_angle =
      mean_of_sides(first_exits(*plane, around, even_scan(180, kScan), options.tolerance / 4, monitor));
  return width;
}

}  // namespace nwedge::experiment
