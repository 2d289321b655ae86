#pragma once
#include <span>

namespace nwedge::geometry {

/// values <- H values in place, H_ij = (-1)^(number of common one bits of i and j): the Walsh-Hadamard matrix
/// in its natural order, without a factor, so H H = N I. N = values.size() is a power of two. Cost N log2 N
/// additions and about one pass over memory for every eight factors of two; large transforms use the threads
/// that are free. The same bits on any number of threads.
void walsh_hadamard(std::span<float> values);

}  // namespace nwedge::geometry
