#include "nwedge/network/fisher.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

constexpr double kFloor = 1e-6;  // of the mean of all entries

std::int32_t draw(std::span<const float> probabilities, RandomStream& stream) {
  double left = stream.uniform();
  for (std::size_t c = 0; c + 1 < probabilities.size(); ++c) {
    left -= static_cast<double>(probabilities[c]);
    if (left < 0) return static_cast<std::int32_t>(c);
  }
  return static_cast<std::int32_t>(probabilities.size() - 1);
}

}  // namespace

std::vector<double> fisher_diagonal(const Network& network, std::span<const float> point, std::int64_t count,
                                    std::uint64_t seed) {
  const std::int64_t classes = network.classes();
  if (classes == 0) throw Error("Fisher information", "the network must classify, it does not");
  const Examples& all = network.data().train;
  count = std::min(count, all.count());
  Examples examples;
  examples.images.assign(all.images.begin(), all.images.begin() + static_cast<std::ptrdiff_t>(
                                                                      count * network.data().shape.size()));
  const std::vector<float> probabilities = network.probabilities(point, Split::train);
  for (std::int64_t n = 0; n < count; ++n) {
    RandomStream stream(seed, "Fisher label", static_cast<std::uint64_t>(n));
    examples.labels.push_back(
        draw(std::span(probabilities)
                 .subspan(static_cast<std::size_t>(n * classes), static_cast<std::size_t>(classes)),
             stream));
  }
  return network.mean_squared_gradients(point, examples);
}

std::vector<float> fisher_average(std::span<const std::vector<float>> points,
                                  std::span<const std::vector<double>> fishers) {
  if (points.empty() || points.size() != fishers.size())
    throw Error("Fisher average", fmt::format("there must be as many points as Fisher diagonals, at least "
                                              "one, are {} and {}",
                                              points.size(), fishers.size()));
  const std::size_t dimension = points.front().size();
  double total = 0;
  for (std::size_t m = 0; m < points.size(); ++m) {
    if (points[m].size() != dimension || fishers[m].size() != dimension)
      throw Error("Fisher average", fmt::format("all must have {} entries, number {} has {} and {}",
                                                dimension, m, points[m].size(), fishers[m].size()));
    for (const double f : fishers[m]) total += f;
  }
  const double mean = total / static_cast<double>(points.size() * dimension);
  const double floor = mean > 0 ? kFloor * mean : 1;
  std::vector<float> average(dimension);
  for (std::size_t i = 0; i < dimension; ++i) {
    double weight = 0;
    double sum = 0;
    for (std::size_t m = 0; m < points.size(); ++m) {
      weight += fishers[m][i] + floor;
      sum += (fishers[m][i] + floor) * static_cast<double>(points[m][i]);
    }
    average[i] = static_cast<float>(sum / weight);
  }
  return average;
}

}  // namespace nwedge::network
