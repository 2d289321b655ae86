#include "nwedge/geometry/sections.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>

#include "nwedge/core/error.hpp"

namespace nwedge::geometry {
namespace {

constexpr auto kTile = static_cast<std::size_t>(kTilePoints);

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
  return evaluate_sections(landscape, family, axes, {&split, 1}, monitor, this_process()).front();
}

std::vector<Section> evaluate_sections(const Landscape& landscape, const AffineFamily& family,
                                       std::span<const GridAxis> axes, std::span<const Split> splits,
                                       Monitor& monitor, Parts& parts) {
  const auto d = static_cast<std::size_t>(family.dimension());
  if (axes.size() != d)
    throw Error("section", fmt::format("needs one axis for each of {} directions, has {}", d, axes.size()));
  const std::unique_ptr<Landscape> section = landscape.restrict_to(family);
  Section empty;
  std::size_t count = 1;
  for (const GridAxis& axis : axes) {
    empty.axes.push_back(axis.values());
    count *= empty.axes.back().size();
  }
  std::vector<Section> results(splits.size(), empty);
  const std::size_t tiles = (count + kTile - 1) / kTile;
  std::atomic<std::size_t> done = 0;
  const auto evaluate_tile = [&](std::int64_t item) {
    const std::size_t begin = static_cast<std::size_t>(item) % tiles * kTile;
    const std::size_t here = std::min(kTile, count - begin);
    std::vector<float> grid(here * d);
    for (std::size_t i = 0; i < here; ++i)
      write_coordinates(empty.axes, begin + i, std::span(grid).subspan(i * d, d));
    std::vector<double> numbers;
    for (const Metrics& metrics :
         section->evaluate_many(grid, splits[static_cast<std::size_t>(item) / tiles]))
      numbers.insert(numbers.end(), {metrics.loss, metrics.accuracy});
    monitor.checkpoint(static_cast<double>(++done) / static_cast<double>(tiles * splits.size()));
    return pack(numbers);
  };
  parts.for_each(static_cast<std::int64_t>(tiles * splits.size()), evaluate_tile,
                 [&](std::int64_t item, const Parts::Bytes& bytes) {
                   Section& result = results[static_cast<std::size_t>(item) / tiles];
                   const std::vector<double> numbers = unpack(bytes);
                   for (std::size_t i = 0; i < numbers.size(); i += 2) {
                     result.loss.push_back(numbers[i]);
                     result.accuracy.push_back(numbers[i + 1]);
                   }
                 });
  return results;
}

}  // namespace nwedge::geometry
