#include "nwedge/report/wedge_figure.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include "nwedge/report/arrays.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::report {
namespace {

constexpr std::int64_t kCorePoints = 17;
constexpr std::int64_t kPlanePoints = 81;
constexpr std::int64_t kLatitudes = 121;
constexpr std::int64_t kLongitudes = 241;
constexpr double kRadius = 1.0;
constexpr double kHeight = 0.35;

/// One wedge for each choice of a short axis.
wedge::WedgeModel small_model() {
  wedge::WedgeOptions options;
  options.dimension = 3;
  options.wedges = 3;
  options.short_directions = 1;
  options.half_width = 0.02;
  options.opening = 0.06;
  wedge::WedgeSet axes;
  axes.dimension = 3;
  axes.count = 3;
  axes.short_directions = 1;
  axes.short_axes = {0, 1, 2};
  return wedge::WedgeModel(options, axes);
}

std::vector<float> even(double least, double most, std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(
        static_cast<float>(least + (most - least) * static_cast<double>(i) / static_cast<double>(count - 1)));
  return values;
}

DrawnArray drawn(std::string name, const std::vector<std::int64_t>& shape, std::vector<float> values) {
  return {std::move(name), shape, shape, std::move(values)};
}

std::vector<float> losses(const wedge::WedgeModel& model, const std::vector<float>& points) {
  std::vector<float> values;
  for (const Metrics& metrics : model.evaluate_many(points))
    values.push_back(static_cast<float>(metrics.loss));
  return values;
}

/// Half the thickness of the first wedge's core at a long radius: where its energy leaves zero.
double half_width(const wedge::WedgeModel& model, double long_radius) {
  double inside = 0;
  double outside = kRadius;
  for (int halving = 0; halving < 40; ++halving) {
    const double middle = (inside + outside) / 2;
    const std::vector<float> point = {static_cast<float>(middle), static_cast<float>(long_radius), 0};
    (model.energies(point).front() > 0 ? outside : inside) = middle;
  }
  return inside;
}

/// Rows (long radius, half-width) of the core from the origin to the sphere; every wedge is a solid of
/// revolution with this outline.
DrawnArray core(const wedge::WedgeModel& model) {
  double rim = kRadius;
  for (int step = 0; step < 40; ++step) {
    const double width = half_width(model, rim);
    rim = std::sqrt(kRadius * kRadius - width * width);
  }
  std::vector<float> rows;
  for (const float long_radius : even(0, rim, kCorePoints))
    rows.insert(rows.end(), {long_radius, static_cast<float>(half_width(model, long_radius))});
  return drawn("core", {kCorePoints, 2}, std::move(rows));
}

DrawnArray sphere(const wedge::WedgeModel& model) {
  std::vector<float> points;
  for (const double a : even(0, std::numbers::pi, kLatitudes))
    for (const double b : even(0, 2 * std::numbers::pi, kLongitudes))
      for (const double x : {std::sin(a) * std::cos(b), std::sin(a) * std::sin(b), std::cos(a)})
        points.push_back(static_cast<float>(kRadius * x));
  return drawn("sphere", {kLatitudes, kLongitudes}, losses(model, points));
}

DrawnArray plane(const wedge::WedgeModel& model, const std::vector<float>& axis) {
  std::vector<float> points;
  for (const float y : axis)
    for (const float x : axis) points.insert(points.end(), {x, y, static_cast<float>(kHeight)});
  return drawn("plane", {kPlanePoints, kPlanePoints}, losses(model, points));
}

}  // namespace

nlohmann::json wedge_figure() {
  const wedge::WedgeModel model = small_model();
  const std::vector<float> plane_axis = even(-1, 1, kPlanePoints);
  const std::vector<DrawnArray> arrays = {
      core(model), sphere(model), drawn("plane-axis", {kPlanePoints}, plane_axis), plane(model, plane_axis)};
  return {{"dimension", 3},
          {"wedges", model.wedges()},
          {"short_directions", model.short_directions()},
          {"half_width", model.options().half_width},
          {"opening", model.options().opening},
          {"radius", kRadius},
          {"height", kHeight},
          {"arrays", pack(arrays)}};
}

}  // namespace nwedge::report
