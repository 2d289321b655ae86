#include "nwedge/network/operators/rearrange.hpp"

#include <algorithm>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/network/kernels/elementwise.hpp"
#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {
namespace {

/// Where every entry lies, in row-major order.
std::vector<std::int64_t> entries_of(const Layout& layout) {
  std::vector<std::int64_t> entries;
  const Runs runs(layout.shape, {layout.strides}, layout.lanes);
  runs.for_each([&](const auto& at) {
    for (std::int64_t n = 0; n < runs.length(); n += layout.lanes)
      entries.push_back(layout.origin + at[0] + n);
  });
  return entries;
}

void put(const float* from, float* to, std::int64_t count, bool add) {
  if (add)
    add_elements(from, to, count);
  else
    std::copy_n(from, count, to);
}

void put_in_order(const View& from, const std::vector<std::int64_t>& ours, const View& to,
                  const std::vector<std::int64_t>& theirs, bool add) {
  for (std::size_t k = 0; k < ours.size(); ++k)
    for (std::int64_t n = 0; n < from.layout->lanes; n += kLanes) {
      const float* values = from.data + ours[k] + n;
      float* target = to.data + theirs[k] + n;
      for (std::int64_t lane = 0; lane < kLanes; ++lane)
        target[lane] = values[lane] + (add ? target[lane] : 0.0f);
    }
}

/// to (+)= from, of one shape.
void put_alike(const View& from, const View& to, bool add) {
  const Runs runs(from.layout->shape, {from.layout->strides, to.layout->strides}, from.layout->lanes);
  runs.for_each([&](const auto& at) { put(from.begin() + at[0], to.begin() + at[1], runs.length(), add); });
}

void clear(const View& view) {
  const Runs runs(view.layout->shape, {view.layout->strides}, view.layout->lanes);
  runs.for_each([&](const auto& at) { std::fill_n(view.begin() + at[0], runs.length(), 0.0f); });
}

}  // namespace

void Rearrangement::bind(const Binding& binding) {
  if (!view(*binding.x[0])) {
    x_ = entries_of(*binding.x[0]);
    y_ = entries_of(*binding.y);
  }
  if (binding.dx[0] == nullptr || view(*binding.dx[0])) return;
  dx_ = entries_of(*binding.dx[0]);
  dy_ = entries_of(*binding.dy);
}

void Rearrangement::map(std::span<const View> x, const View& y) const {
  if (const auto seen = view(*x[0].layout))
    put_alike({x[0].data, &*seen}, y, false);
  else
    vectorise([&] { put_in_order(x[0], x_, y, y_, false); });
}

void Rearrangement::transpose(const View& dy, std::span<const View> dx,
                              std::span<const std::uint8_t> add) const {
  if (!dx[0]) return;
  const auto seen = view(*dx[0].layout);
  if (!seen) return vectorise([&] { put_in_order(dy, dy_, dx[0], dx_, add[0] != 0); });
  const bool whole = size_of(seen->shape) == size_of(dx[0].layout->shape);
  if (!whole && add[0] == 0) clear(dx[0]);
  put_alike(dy, {dx[0].data, &*seen}, add[0] != 0);
}

}  // namespace nwedge::network
