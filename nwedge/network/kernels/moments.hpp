#pragma once
#include <cstdint>
#include <span>

namespace nwedge::network {

/// For each of sixteen lanes the mean of x[entries[k]] over k (0 where not centred), and the mean of the
/// squares of the distances from it.
void lane_moments(const float* x, std::span<const std::int64_t> entries, bool centred, float* mean,
                  float* variance);

/// For each of `lanes` lanes, a multiple of sixteen: first[n] += sum of a, second[n] += sum of a (b -
/// centre), over the entries of a and b, `length` / `lanes` of them.
void add_lane_products(const float* a, const float* b, float centre, std::int64_t length, std::int64_t lanes,
                       float* first, float* second);

}  // namespace nwedge::network
