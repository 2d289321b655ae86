#pragma once
#include <array>
#include <utility>
#include <vector>

#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// A line of a view along one axis, sixteen lanes wide: entry k lies at data + k stride.
struct Line {
  float* data = nullptr;
  std::int64_t stride = 0;

  float& operator()(std::int64_t k, std::int64_t n) const { return data[k * stride + n]; }
};

/// Calls f(lines…) for every line along one axis of views of one shape and every group of sixteen lanes.
template <class F, class... Views>
void for_each_line(std::size_t axis, F&& f, const Views&... views) {
  const std::array<const View*, sizeof...(Views)> all = {&views...};
  const auto without_axis = [&](Shape extents) {
    extents.erase(extents.begin() + static_cast<std::ptrdiff_t>(axis));
    return extents;
  };
  std::vector<std::vector<std::int64_t>> strides;
  for (const View* view : all) strides.push_back(without_axis(view->layout->strides));
  const Runs runs(without_axis(all[0]->layout->shape), std::move(strides), all[0]->layout->lanes);
  runs.for_each([&](const auto& at) {
    const auto call = [&]<std::size_t... K>(std::int64_t n, std::index_sequence<K...>) {
      f(Line{all[K]->begin() + at[K] + n, all[K]->layout->strides[axis]}...);
    };
    for (std::int64_t n = 0; n < runs.length(); n += kLanes)
      call(n, std::make_index_sequence<sizeof...(Views)>());
  });
}

/// f(k, n) for every entry k < count of a line and every lane n; the lanes become vector code.
template <class F>
void for_each_entry(std::int64_t count, F&& f) {
  for (std::int64_t k = 0; k < count; ++k)
#pragma GCC unroll 1
    for (std::int64_t n = 0; n < kLanes; ++n) f(k, n);
}

/// The greatest entry of a line, lane by lane.
inline void find_greatest(const Line& line, std::int64_t count, float* greatest) {
  for_each_entry(1, [&](std::int64_t, std::int64_t n) { greatest[n] = line(0, n); });
  for_each_entry(count, [&](std::int64_t k, std::int64_t n) {
    greatest[n] = line(k, n) > greatest[n] ? line(k, n) : greatest[n];
  });
}

}  // namespace nwedge::network
