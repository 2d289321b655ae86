#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/network/alignment/unit_groups.hpp"
#include "nwedge/network/data/data_set.hpp"

namespace nwedge::network {

/// How units of one network are matched with those of another.
struct MatchingOptions {
  /// "weights": the inner product of the tensors that touch the units. "activations": the correlation of what
  /// the units put out on examples.
  std::string method = "weights";
  std::int64_t restarts = 3;          ///< of weights: starts of the ascent, the best result counts
  std::int64_t match_examples = 512;  ///< of activations
  std::int64_t match_seed = 0;        ///< of the ascent's random order

  void visit(OptionVisitor& visitor);
};

/// A network's weights and what belongs to them.
struct StateView {
  std::span<const float> weights;
  std::span<const float> buffers;
};

/// The arrangement of `other`'s units that brings it close to `reference`, by maximising
///   sum over tensors <reference, arranged other>                                        [ainsworth2023]
/// by coordinate ascent: one group after the other in random order, each a linear assignment with the others
/// held, until no group gains. The ascent starts from a sweep along the network that looks at tensors whose
/// other units are matched already (it finds a permuted copy exactly), from the arrangement as it is, and
/// from random ones. Units of a group with groups inside of it (heads, a convolution's groups) are matched by
/// what their insides gain at best. No step lowers the objective. Cost per sweep: about sum over tensors of
/// count x units multiplications.
Arrangement match_weights(const UnitGroups& groups, std::span<const float> reference,
                          std::span<const float> other, const MatchingOptions& options);

/// sum over tensors <reference, arranged other>: what `match_weights` maximises.
double weight_overlap(const UnitGroups& groups, const Arrangement& arrangement,
                      std::span<const float> reference, std::span<const float> other);

/// Arrangements of several networks' units, all at once.
struct UniverseMatching {
  std::vector<Arrangement> arrangements;  ///< one a network; the first network stays as it is
  std::vector<double> overlaps;           ///< the objective at the start and after each round
};

/// The arrangements of all networks that bring them close to one another, by maximising
///   sum over i < j of <arranged i, arranged j>,
/// so that matching i with j and j with k is matching i with k [crisostomi2024, sharma2024]. Networks are
/// matched in random order with the sum of the others as they are arranged then [ainsworth2023, section 4],
/// by the ascent of `match_weights`, until none gains; no step lowers the objective. Nothing is lost by
/// holding the first, since one permutation of all changes nothing. The first start is every network matched
/// with the first by itself, which finds permuted copies exactly; then as they are, then random ones. At
/// least one network, all of one graph. Cost a round: k matchings of a few sweeps each, and k^2/2 inner
/// products.
UniverseMatching match_universe(const UnitGroups& groups, std::span<const std::vector<float>> networks,
                                const MatchingOptions& options);

/// The arrangement that maximises the correlation of matched units over examples, summed over the values that
/// products read [li2015]. Units that put out the same number everywhere correlate with none.
Arrangement match_activations(const UnitGroups& groups, const Graph& graph, const StateView& reference,
                              const StateView& other, const Examples& examples,
                              const MatchingOptions& options);

}  // namespace nwedge::network
