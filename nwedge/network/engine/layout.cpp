#include "nwedge/network/engine/layout.hpp"

#include <algorithm>

namespace nwedge::network {

Rim largest(const Rim& a, const Rim& b) {
  return {std::max(a.top, b.top), std::max(a.left, b.left), std::max(a.bottom, b.bottom),
          std::max(a.right, b.right)};
}

Layout Layout::dense(const Shape& shape, std::int64_t lanes, const Rim& rim) {
  Layout layout;
  layout.shape = shape;
  layout.lanes = lanes;
  layout.strides.resize(shape.size());
  std::int64_t stride = lanes;
  for (std::size_t k = shape.size(); k-- > 0;) {
    layout.strides[k] = stride;
    std::int64_t extent = shape[k];
    if (k + 1 == shape.size() && k > 0) extent += rim.left + rim.right;
    if (k + 2 == shape.size()) extent += rim.top + rim.bottom;
    stride *= extent;
    // Planes an even number of cache lines apart would meet in a few places of the cache.
    if (k + 2 == shape.size() && !rim.empty() && stride / lanes % 2 == 0) stride += lanes;
  }
  layout.size = stride;
  if (shape.size() > 1)
    layout.origin = rim.top * layout.strides[shape.size() - 2] + rim.left * layout.strides.back();
  return layout;
}

bool Layout::contiguous() const {
  std::int64_t stride = lanes;
  for (std::size_t k = shape.size(); k-- > 0;) {
    if (shape[k] != 1 && strides[k] != stride) return false;
    stride *= shape[k];
  }
  return true;
}

std::optional<Layout> Layout::reshaped(const Shape& to) const {
  // Both shapes are cut into the shortest pieces of equal size; each of ours must be one run.
  Layout result = *this;
  result.shape = to;
  result.strides.assign(to.size(), 0);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < shape.size() || j < to.size()) {
    const std::size_t i_begin = i;
    const std::size_t j_begin = j;
    std::int64_t ours = i < shape.size() ? shape[i++] : 1;
    std::int64_t theirs = j < to.size() ? to[j++] : 1;
    while (ours != theirs)
      if (ours < theirs)
        ours *= shape[i++];
      else
        theirs *= to[j++];
    std::int64_t stride = lanes;  // of the last axis of the piece that is longer than 1
    bool found = false;
    std::int64_t expected = 0;
    for (std::size_t k = i; k-- > i_begin;) {
      if (shape[k] == 1) continue;
      if (!found)
        stride = strides[k];
      else if (strides[k] != expected)
        return std::nullopt;
      found = true;
      expected = strides[k] * shape[k];
    }
    for (std::size_t k = j; k-- > j_begin;) {
      result.strides[k] = stride;
      stride *= to[k];
    }
  }
  return result;
}

Runs::Runs(const Shape& shape, std::vector<std::vector<std::int64_t>> strides, std::int64_t lanes)
    : extents_(shape), strides_(std::move(strides)), length_(lanes) {
  const auto drop = [&](std::size_t axis) {
    extents_.erase(extents_.begin() + static_cast<std::ptrdiff_t>(axis));
    for (auto& one : strides_) one.erase(one.begin() + static_cast<std::ptrdiff_t>(axis));
  };
  for (std::size_t axis = extents_.size(); axis-- > 0;)
    if (extents_[axis] == 1) drop(axis);
  while (!extents_.empty() && std::all_of(strides_.begin(), strides_.end(),
                                          [&](const auto& one) { return one.back() == length_; })) {
    length_ *= extents_.back();
    drop(extents_.size() - 1);
  }
  for (const std::int64_t extent : extents_) runs_ *= extent;
}

std::vector<std::int64_t> broadcast_strides(const Layout& layout, const Shape& to) {
  std::vector<std::int64_t> strides(to.size(), 0);
  for (std::size_t k = 0; k < layout.rank(); ++k)
    if (layout.shape[k] != 1) strides[to.size() - layout.rank() + k] = layout.strides[k];
  return strides;
}

}  // namespace nwedge::network
