#include "nwedge/geometry/sections.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "nwedge/core/error.hpp"

namespace nwedge::geometry {
namespace {

/// Grid points between two checkpoints: enough for a network to gain from evaluating them together.
constexpr std::size_t kPointsAtOnce = 64;

/// c of one grid point.
void write_coordinates(std::span<const std::vector<double>> axes, std::size_t index, std::span<float> c) {
  for (std::size_t j = axes.size(); j-- > 0;) {
    c[j] = static_cast<float>(axes[j][index % axes[j].size()]);
    index /= axes[j].size();
  }
}

}  // namespace

std::vector<double> GridAxis::values() const {
  if (count < 1) throw Error("section", fmt::format("an axis must have at least 1 value, has {}", count));
  if (count == 1) return {0.5 * (least + most)};
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(count - 1);
    values[i] = (1 - t) * least + t * most;  // both ends exact
  }
  return values;
}

std::vector<std::int64_t> Section::shape() const {
  std::vector<std::int64_t> sizes;
  for (const std::vector<double>& axis : axes) sizes.push_back(static_cast<std::int64_t>(axis.size()));
  return sizes;
}

Section evaluate_section(const Landscape& landscape, const AffineFamily& family,
                         std::span<const GridAxis> axes, Split split, Monitor& monitor) {
  const auto d = static_cast<std::size_t>(family.dimension());
  if (axes.size() != d)
    throw Error("section", fmt::format("needs one axis for each of {} directions, has {}", d, axes.size()));
  const std::unique_ptr<Landscape> section = landscape.restrict_to(family);
  Section result;
  std::size_t count = 1;
  for (const GridAxis& axis : axes) {
    result.axes.push_back(axis.values());
    count *= result.axes.back().size();
  }
  result.loss.reserve(count);
  result.accuracy.reserve(count);
  std::vector<float> grid;
  for (std::size_t begin = 0; begin < count; begin += kPointsAtOnce) {
    monitor.checkpoint(static_cast<double>(begin) / static_cast<double>(count));
    const std::size_t here = std::min(kPointsAtOnce, count - begin);
    grid.resize(here * d);
    for (std::size_t i = 0; i < here; ++i)
      write_coordinates(result.axes, begin + i, std::span(grid).subspan(i * d, d));
    for (const Metrics& metrics : section->evaluate_many(grid, split)) {
      result.loss.push_back(metrics.loss);
      result.accuracy.push_back(metrics.accuracy);
    }
  }
  return result;
}

}  // namespace nwedge::geometry
