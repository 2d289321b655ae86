#pragma once
#include <cstdint>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// Every tensor drawn from its own law, as the flat vector [D]. Tensor number k of the factors (role weight),
/// in the graph's order, is drawn from the stream (seed, "initial weights", k), number k of the others from
/// (seed, "initial biases", k): the same seed gives the same weights. Cost O(D).
std::vector<float> initial_weights(const Graph& graph, std::uint64_t seed);

}  // namespace nwedge::network
