#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace nwedge::network {

/// The linear assignment problem: the permutation p that maximises sum_i gains[i][p(i)], for gains [n, n] in
/// rows, all finite. Shortest augmenting paths over a feasible dual solution [jonker1987]; exact, and the
/// same for the same gains. Cost O(n^3) at worst, near O(n^2) where most rows have a clear favourite.
std::vector<std::int32_t> best_assignment(std::span<const double> gains, std::int64_t n);

/// sum_i gains[i][p(i)].
double assigned_gain(std::span<const double> gains, std::span<const std::int32_t> assignment);

}  // namespace nwedge::network
