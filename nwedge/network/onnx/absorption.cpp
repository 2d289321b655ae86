#include "nwedge/network/onnx/absorption.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/network/onnx/patterns.hpp"

namespace nwedge::network::onnx {
namespace {

/// The shape without ones at its front.
Shape plain(const Shape& shape) {
  const auto first = std::find_if(shape.begin(), shape.end(), [](std::int64_t n) { return n != 1; });
  return Shape(first, shape.end());
}

/// Adds the node again, with other weights.
Flow again(Translation& t, const FileNode& step, const Flow& flow, const Node& node,
           std::vector<TensorId> weights) {
  return Flows::from(t.add(node.op, step, node.inputs, std::move(weights), node.attributes), flow.shape,
                     flow);
}

std::optional<Flow> absorb_bias(Translation& t, const FileNode& step, std::size_t i, const Flow& flow,
                                const Stored& from) {
  const Node* found = made_by(t.builder(), flow.id, "linear");
  if (found == nullptr || found->weights.size() != 1 || !t.is_only_use(step, i) || from.transposed)
    return std::nullopt;
  const std::int64_t outputs = flow.shape.back();
  if (flow.axis == flow.shape.size() - 1 || from.shape != Shape{outputs}) return std::nullopt;
  const Node node = *found;
  const double inputs = static_cast<double>(t.builder().shape(node.inputs[0]).back());
  const TensorId bias =
      t.tensor(from, {outputs}, Role::bias, {Initialisation::Law::uniform, 1 / std::sqrt(inputs)});
  return again(t, step, flow, node, {node.weights[0], bias});
}

/// The shape of scale and shift of a normalisation.
Shape scale_shape(const Translation& t, const Flow& flow, const Node& node) {
  const Shape one = t.flows().example_shape(flow);
  if (node.op == "group-norm") return {one.front()};
  const auto axes = static_cast<std::ptrdiff_t>(node.attributes.integer("axes", 1));
  return Shape(one.end() - axes, one.end());
}

/// Whether an array is broadcast against a normalisation's value along the axes of its scale.
bool is_opposite(const Translation& t, const Flow& flow, const Node& node, const Stored& from,
                 const Shape& scale) {
  if (from.transposed || flow.shape.empty()) return false;
  if (node.op != "group-norm") return plain(from.shape) == plain(scale) && from.shape.size() >= scale.size();
  Shape wanted(t.flows().example_shape(flow).size(), 1);
  wanted.front() = scale.front();
  return plain(from.shape) == wanted;
}

std::optional<Flow> absorb_scale(Translation& t, const FileNode& step, const Flow& flow, const Stored& from) {
  const bool scales = step.op == "Mul";
  for (const std::string_view op : {"layer-norm", "rms-norm", "group-norm"}) {
    const Node* found = made_by(t.builder(), flow.id, op);
    if (found == nullptr) continue;
    const Node node = *found;
    const Shape shape = scale_shape(t, flow, node);
    const std::size_t free = scales ? node.weights.size() : std::max<std::size_t>(node.weights.size(), 1);
    if (free != (scales ? 0U : 1U) || (op == "rms-norm" && !scales)) return std::nullopt;
    if (!is_opposite(t, flow, node, from, shape)) return std::nullopt;
    std::vector<TensorId> weights = node.weights;
    if (!scales && weights.empty()) weights.push_back(kAbsent);
    const Initialisation initial{Initialisation::Law::constant, scales ? 1.0 : 0.0};
    weights.push_back(t.tensor(from, shape, Role::normalisation, initial));
    return again(t, step, flow, node, weights);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Flow> absorb(Translation& t, const FileNode& step) {
  if (step.inputs.size() != 2 || (step.op != "Add" && step.op != "Mul")) return std::nullopt;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const auto* flow = std::get_if<Flow>(&t.operand(step, i));
    const auto* from = std::get_if<Stored>(&t.operand(step, 1 - i));
    if (flow == nullptr || from == nullptr) continue;
    if (std::optional<Flow> found = absorb_scale(t, step, *flow, *from)) return found;
    if (step.op == "Add") return absorb_bias(t, step, i, *flow, *from);
  }
  return std::nullopt;
}

}  // namespace nwedge::network::onnx
