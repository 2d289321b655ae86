#include "nwedge/network/families/initial_weights.hpp"

#include <algorithm>
#include <span>

#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

void draw(const Initialisation& initial, RandomStream stream, std::span<float> values) {
  const double bound = initial.bound;
  switch (initial.law) {
    case Initialisation::Law::uniform:
      for (float& value : values) value = static_cast<float>(bound * (2.0 * stream.uniform() - 1.0));
      break;
    case Initialisation::Law::normal:
      for (float& value : values) value = static_cast<float>(bound * stream.normal());
      break;
    case Initialisation::Law::constant:
      std::fill(values.begin(), values.end(), static_cast<float>(bound));
      break;
  }
}

}  // namespace

std::vector<float> initial_weights(const Graph& graph, std::uint64_t seed) {
  std::vector<float> weights(static_cast<std::size_t>(graph.dimension));
  std::uint64_t factors = 0;
  std::uint64_t others = 0;
  for (const TensorPlace& tensor : graph.tensors) {
    const std::span<float> values = std::span(weights).subspan(static_cast<std::size_t>(tensor.offset),
                                                               static_cast<std::size_t>(tensor.count));
    if (tensor.role == Role::weight)
      draw(tensor.initial, RandomStream(seed, "initial weights", factors++), values);
    else
      draw(tensor.initial, RandomStream(seed, "initial biases", others++), values);
  }
  return weights;
}

}  // namespace nwedge::network
