#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/standardise.hpp"

namespace nwedge::network {

/// Group normalisation [wu2018]: channels [C, …] in `groups` runs, each over all its entries; a channel has
/// its own scale and shift. Weights scale [C], shift [C]; attributes groups, epsilon (1e-5).
std::unique_ptr<Operator> make_group_norm(const NodeShapes& node) {
  node.expect(1, 2);
  const Shape& x = node.inputs[0];
  node.require(!x.empty(), "the input must have an axis of channels");
  const std::int64_t groups = node.node.attributes.integer("groups", 1);
  node.require(groups >= 1 && x[0] % groups == 0, "groups must divide the channels");
  for (const TensorPlace* tensor : node.weights)
    node.require(tensor == nullptr || tensor->shape == Shape{x[0]},
                 "scale and shift must have one entry for each channel");
  const Standardise::Sets sets = {groups, x[0] / groups, size_of(x) / x[0], true};
  return make_standardise(node, sets, true, node.node.attributes.number("epsilon", 1e-5));
}

}  // namespace nwedge::network
