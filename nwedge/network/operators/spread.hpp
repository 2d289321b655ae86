#pragma once
#include <algorithm>
#include <array>
#include <vector>

#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// target (+)= f(from_0, from_1, …), entry by entry of `shape`, to which all views are broadcast. Entries of
/// a target that is smaller than that are sums over those that share it.
template <class F, class... Views>
void spread(const View& target, bool add, const Shape& shape, F&& f, const Views&... from) {
  const bool reduces = size_of(target.layout->shape) != size_of(shape);
  if (reduces && !add) {
    const Runs all(target.layout->shape, {target.layout->strides}, target.layout->lanes);
    all.for_each([&](const auto& at) { std::fill_n(target.begin() + at[0], all.length(), 0.0f); });
  }
  const bool onto = add || reduces;
  std::vector<std::vector<std::int64_t>> strides = {broadcast_strides(*target.layout, shape)};
  const std::array<const View*, sizeof...(Views)> views = {&from...};
  for (const View* view : views) strides.push_back(broadcast_strides(*view->layout, shape));
  const Runs runs(shape, std::move(strides), target.layout->lanes);
  runs.for_each([&](const auto& at) {
    float* to = target.begin() + at[0];
    const auto loop = [&]<std::size_t... K>(std::index_sequence<K...>) {
      const std::array<const float*, sizeof...(Views)> values = {(views[K]->begin() + at[K + 1])...};
      if (onto)
        for (std::int64_t n = 0; n < runs.length(); ++n) to[n] += f(values[K][n]...);
      else
        for (std::int64_t n = 0; n < runs.length(); ++n) to[n] = f(values[K][n]...);
    };
    loop(std::make_index_sequence<sizeof...(Views)>());
  });
}

/// The shape of the broadcasting of two, by NumPy's rules. An `Error` where an axis has two extents,
/// neither 1.
Shape broadcast_shape(const NodeShapes& node);

}  // namespace nwedge::network
