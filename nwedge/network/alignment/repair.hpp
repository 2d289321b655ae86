#pragma once
#include <cstdint>
#include <vector>

#include "nwedge/network/alignment/matching.hpp"

namespace nwedge::network {

/// REPAIR [jordan2023]: the average of two networks whose units are matched puts out less than either,
/// because what its units add up is not quite alike. Every unit z of an inner linear map or convolution is
/// rescaled, layer by layer in the order of the graph, so that over the examples
///   mean z = (mean z_a + mean z_b)/2        deviation z = (deviation z_a + deviation z_b)/2.
/// Scales go into the weights, shifts into the bias; without a bias the mean stays what the scale makes it.
/// Units that batch normalisation follows are left alone: recomputed statistics do that already. So are
/// weights that several nodes share. Cost: three passes over the examples for each layer.
std::vector<float> repaired(const Graph& graph, const StateView& average, const StateView& a,
                            const StateView& b, const Examples& examples, std::int64_t count);

/// How many units `repaired` rescales.
std::int64_t repairable_units(const Graph& graph);

}  // namespace nwedge::network
