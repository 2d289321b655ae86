#pragma once
#include <span>

namespace nwedge {

/// Inner products of float vectors of one size, summed in double in sixteen interleaved sums whose order is
/// fixed. Cost one pass over D. Different sizes are a std::logic_error.
double dot(std::span<const float> a, std::span<const float> b);
double norm(std::span<const float> a);                                ///< ||a||
double distance(std::span<const float> a, std::span<const float> b);  ///< ||a - b||
double cosine(std::span<const float> a,
              std::span<const float> b);  ///< <a, b> / (||a|| ||b||); NaN for a zero vector

}  // namespace nwedge
