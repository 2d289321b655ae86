#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nwedge/core/quantity.hpp"
#include "nwedge/experiment/alignment.hpp"
#include "nwedge/network/alignment/matching.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::experiment {

/// One way to arrange the units of several networks: of the two of every pair, and of all together.
struct Arranged {
  std::string kind;
  std::vector<network::Arrangement> firsts;   ///< of each pair, in the order (0, 1), (0, 2), …, (1, 2), …
  std::vector<network::Arrangement> seconds;  ///< likewise
  std::vector<network::Arrangement> all;      ///< of each network
};

struct SeedPair {
  std::size_t first;
  std::size_t second;
};
std::vector<SeedPair> seed_pairs(std::size_t count);

/// Each kind of `Alignment`; the "universe" adds its objective, round by round.
Arranged as_trained(const network::UnitGroups& groups, std::size_t count);
Arranged pairwise(const network::UnitGroups& groups, std::span<const std::vector<float>> points,
                  const network::MatchingOptions& matching);
Arranged universe(const network::UnitGroups& groups, std::span<const std::vector<float>> points,
                  const network::MatchingOptions& matching, std::vector<double>& overlaps);
Arranged at_random(const network::UnitGroups& groups, std::size_t count, std::uint64_t seed);
Arranged shuffled(const network::UnitGroups& groups, std::span<const std::vector<float>> points,
                  const network::MatchingOptions& matching, std::uint64_t seed);

/// Loss of REPAIRed middles above the mean of the two ends, of the training loss.
double repaired_height(const network::Network& network, std::span<const float> a, std::span<const float> b,
                       std::int64_t examples);

/// A number of every pair of seeds.
using PairNumbers = std::vector<PairValue>;

/// A number that follows from means over pairs of several lists of pairs, all of the same seeds, with its
/// jackknife error over the seeds; unknown for fewer than 3 that leave pairs.
Quantity over_seeds(std::span<const PairNumbers> lists, std::size_t seeds,
                    const std::function<double(std::span<const double>)>& of_means);

/// 1 - mean after / mean before.
Quantity share_removed(const PairNumbers& before, const PairNumbers& after, std::size_t seeds);

/// The least-squares slope on `levels` of numbers y_k = mean over pairs of `above[k]` / that of `below[k]`,
/// as a share of the mean of y; without `below` of the means themselves.
Quantity relative_slope(std::span<const PairNumbers> above, std::span<const PairNumbers> below,
                        std::span<const double> levels, std::size_t seeds);

/// Trains networks of every width and measures their barriers.
void measure_widths(const Alignment& options, const Input& input, AlignmentResult& result, Monitor& monitor);

}  // namespace nwedge::experiment
