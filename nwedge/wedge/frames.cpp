#include "nwedge/wedge/frames.hpp"

namespace nwedge::wedge {
namespace {

/// <a, b> as eight partial sums, so that it runs in vector registers.
double dot(const float* a, const float* b, std::size_t size) {
  constexpr std::size_t kLanes = 8;
  double sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      sums[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
  for (std::size_t lane = 0; i < size; ++i, ++lane)
    sums[lane] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

}  // namespace

void Frames::gather(std::int64_t wedge, std::span<const float> x, std::span<double> result) const {
  const auto s = static_cast<std::size_t>(wedges_.short_directions);
  const std::size_t first = static_cast<std::size_t>(wedge) * s;
  if (wedges_.axis()) {
    for (std::size_t i = 0; i < s; ++i)
      result[i] = x[static_cast<std::size_t>(wedges_.short_axes[first + i])];
    return;
  }
  for (std::size_t i = 0; i < s; ++i)
    result[i] = dot(wedges_.frames.data() + (first + i) * x.size(), x.data(), x.size());
}

void Frames::scatter_add(std::int64_t wedge, std::span<const double> a, std::span<double> sum) const {
  const auto s = static_cast<std::size_t>(wedges_.short_directions);
  const std::size_t first = static_cast<std::size_t>(wedge) * s;
  if (wedges_.axis()) {
    for (std::size_t i = 0; i < s; ++i) sum[static_cast<std::size_t>(wedges_.short_axes[first + i])] += a[i];
    return;
  }
  for (std::size_t i = 0; i < s; ++i) {
    const float* row = wedges_.frames.data() + (first + i) * sum.size();
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += a[i] * static_cast<double>(row[j]);
  }
}

}  // namespace nwedge::wedge
