#include "nwedge/network/operators/rearrange.hpp"

#include <algorithm>

#include "nwedge/network/kernels/elementwise.hpp"

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

void put_in_order(const View& from, const View& to, bool add) {
  const std::vector<std::int64_t> ours = entries_of(*from.layout);
  const std::vector<std::int64_t> theirs = entries_of(*to.layout);
  for (std::size_t k = 0; k < ours.size(); ++k)
    put(from.data + ours[k], to.data + theirs[k], from.layout->lanes, add);
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

void Rearrangement::map(std::span<const View> x, const View& y) const {
  if (const auto seen = view(*x[0].layout))
    put_alike({x[0].data, &*seen}, y, false);
  else
    put_in_order(x[0], y, false);
}

void Rearrangement::transpose(const View& dy, std::span<const View> dx,
                              std::span<const std::uint8_t> add) const {
  if (!dx[0]) return;
  const auto seen = view(*dx[0].layout);
  if (!seen) return put_in_order(dy, dx[0], add[0] != 0);
  const bool whole = size_of(seen->shape) == size_of(dx[0].layout->shape);
  if (!whole && add[0] == 0) clear(dx[0]);
  put_alike(dy, {dx[0].data, &*seen}, add[0] != 0);
}

}  // namespace nwedge::network
