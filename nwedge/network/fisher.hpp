#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/network/network.hpp"

namespace nwedge::network {

/// The diagonal of the Fisher information of a classifier's weights, [D],
///   F_i = mean_x E_{y ~ p(. | x)} [(d log p(y | x) / d theta_i)^2],
/// over the first `count` training examples (or all there are), estimated without bias from one label for
/// each, drawn from the network's own probabilities by `seed`. (With the examples' own labels it would be the
/// "empirical" Fisher, which vanishes where training examples are fitted.)
///
/// Cost: a prediction of the training split and a gradient of every one of the examples by itself.
std::vector<double> fisher_diagonal(const Network& network, std::span<const float> point, std::int64_t count,
                                    std::uint64_t seed);

/// The average weighted by how much each network's predictions depend on a weight [matena2022],
///   theta_i = sum_m (F_mi + e) theta_mi / sum_m (F_mi + e),
/// e = 1e-6 times the mean of all F_mi, so that what no prediction depends on is averaged evenly. `points`
/// and `fishers` have as many entries, at least one, of D numbers each.
std::vector<float> fisher_average(std::span<const std::vector<float>> points,
                                  std::span<const std::vector<double>> fishers);

}  // namespace nwedge::network
