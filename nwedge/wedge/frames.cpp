#include "nwedge/wedge/frames.hpp"

#include "nwedge/core/vectorise.hpp"
#include "nwedge/core/vectors.hpp"

namespace nwedge::wedge {
void Frames::gather(std::int64_t wedge, std::span<const float> x, std::span<double> result) const {
  const auto s = static_cast<std::size_t>(wedges_.short_directions);
  const std::size_t first = static_cast<std::size_t>(wedge) * s;
  if (wedges_.axis()) {
    for (std::size_t i = 0; i < s; ++i)
      result[i] = x[static_cast<std::size_t>(wedges_.short_axes[first + i])];
    return;
  }
  for (std::size_t i = 0; i < s; ++i)
    result[i] = dot(std::span(wedges_.frames).subspan((first + i) * x.size(), x.size()), x);
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
    vectorise([=] {
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += a[i] * static_cast<double>(row[j]);
    });
  }
}

}  // namespace nwedge::wedge
