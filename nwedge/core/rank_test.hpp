#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace nwedge {

/// A permutation test of no association between x and y.
struct RankTest {
  double correlation = 0;  ///< Spearman's rank correlation, ranks taken within each block, pooled over blocks
  double p_value = 0;      ///< two-sided: the share of arrangements whose |correlation| is at least this one
  double arrangements = 0;  ///< distinct ones of the x over the y, this one included
  bool exact = true;        ///< whether all were counted; else 100,000 seeded random ones and this one

  /// The least p-value that so many arrangements can give: 2 / arrangements, as each has its mirror image.
  double least_p_value() const { return 2 / arrangements; }
};

/// Under the null the x of a block may be exchanged among its runs: `block` names each run's block (such as
/// its seed), equal for all runs where all may be exchanged. With ranks (mean ranks for ties) a_i of x and
/// b_i of y within their blocks and their means taken off,
///   correlation = sum a_i b_i / sqrt(sum a_i^2 sum b_i^2),
/// whose distribution over all arrangements is counted exactly, block by block, over how many of each
/// distinct x have been used. NaN where a sample is constant, has a NaN, or the sizes differ.
RankTest rank_test(std::span<const double> x, std::span<const double> y, std::span<const std::int64_t> block,
                   std::uint64_t seed = 0);

/// Holm's adjusted p-values [holm1979], in the order given: with p sorted ascending, max over j <= i of
/// min(1, (m - j) p_j), j from 0. A family-wise error of at most alpha where those <= alpha are called
/// significant. A p-value that is not in (0, 1] becomes NaN, and counts among the m.
std::vector<double> holm(std::span<const double> p_values);

}  // namespace nwedge
