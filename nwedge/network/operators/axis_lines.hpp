#pragma once
#include <array>
#include <vector>

#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// Calls f(pointers…) for every line along one axis of views of one shape and every group of sixteen lanes:
/// each pointer is the line's first entry, and entry k lies k strides[axis] behind it.
template <class F, class... Views>
void for_each_line(std::size_t axis, F&& f, const Views&... views) {
  const std::array<const View*, sizeof...(Views)> all = {&views...};
  Shape outer = all[0]->layout->shape;
  outer.erase(outer.begin() + static_cast<std::ptrdiff_t>(axis));
  std::vector<std::vector<std::int64_t>> strides;
  for (const View* view : all) {
    strides.push_back(view->layout->strides);
    strides.back().erase(strides.back().begin() + static_cast<std::ptrdiff_t>(axis));
  }
  const std::int64_t lanes = all[0]->layout->lanes;
  const Runs runs(outer, std::move(strides), lanes);
  runs.for_each([&](const auto& at) {
    for (std::int64_t n = 0; n < runs.length(); n += kLanes) {
      std::array<float*, sizeof...(Views)> lines;
      for (std::size_t k = 0; k < all.size(); ++k) lines[k] = all[k]->begin() + at[k] + n;
      f(lines);
    }
  });
}

}  // namespace nwedge::network
