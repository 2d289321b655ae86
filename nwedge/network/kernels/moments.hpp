#pragma once
#include <cstdint>
#include <span>

namespace nwedge::network {

/// For each of sixteen lanes the mean of x[entries[k]] over k (0 where not centred), and the mean of the
/// squares of the distances from it.
void lane_moments(const float* x, std::span<const std::int64_t> entries, bool centred, float* mean,
                  float* variance);

}  // namespace nwedge::network
