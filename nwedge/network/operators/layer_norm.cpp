#include "nwedge/network/operators/operators.hpp"
#include "nwedge/network/operators/standardise.hpp"

namespace nwedge::network {
namespace {

/// The trailing axes make a set, in which every entry has its own scale and shift.
Standardise::Sets trailing_sets(const NodeShapes& node) {
  node.expect(1, 2);
  const Shape& x = node.inputs[0];
  const std::int64_t axes = node.node.attributes.integer("axes", 1);
  node.require(axes >= 1 && axes <= static_cast<std::int64_t>(x.size()),
               "axes must be from 1 to the input's axes");
  const Shape set(x.end() - axes, x.end());
  for (const TensorPlace* tensor : node.weights)
    node.require(tensor == nullptr || tensor->count == size_of(set),
                 "scale and shift must have shape " + shape_text(set));
  return {size_of(x) / size_of(set), size_of(set), 1, false};
}

}  // namespace

/// Layer normalisation [ba2016]: over the last `axes` (1) axes. Weights scale, shift; attribute epsilon
/// (1e-5).
std::unique_ptr<Operator> make_layer_norm(const NodeShapes& node) {
  return make_standardise(node, trailing_sets(node), true, node.node.attributes.number("epsilon", 1e-5));
}

/// Root-mean-square normalisation [zhang2019]: the same without means. Weights scale; attribute epsilon
/// (1e-6).
std::unique_ptr<Operator> make_rms_norm(const NodeShapes& node) {
  return make_standardise(node, trailing_sets(node), false, node.node.attributes.number("epsilon", 1e-6));
}

}  // namespace nwedge::network
