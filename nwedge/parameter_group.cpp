#include "nwedge/parameter_group.hpp"

#include <vector>

#include "nwedge/core/vectors.hpp"

namespace nwedge {

double group_norm(std::span<const float> values, const ParameterGroup& group) {
  if (group.stride == 1) return norm(values.subspan(group.entry(0), static_cast<std::size_t>(group.count)));
  std::vector<float> own(static_cast<std::size_t>(group.count));
  for (std::int64_t i = 0; i < group.count; ++i) own[static_cast<std::size_t>(i)] = values[group.entry(i)];
  return norm(own);
}

void scale_group(std::span<float> values, const ParameterGroup& group, double factor) {
  for (std::int64_t i = 0; i < group.count; ++i) {
    float& x = values[group.entry(i)];
    x = static_cast<float>(factor * x);
  }
}

}  // namespace nwedge
