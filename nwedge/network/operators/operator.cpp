#include "nwedge/network/operators/operator.hpp"

#include <fmt/format.h>

#include "nwedge/core/error.hpp"

namespace nwedge::network {

void NodeShapes::refuse(const std::string& rule) const {
  std::string shapes;
  for (const Shape& shape : inputs) shapes += (shapes.empty() ? "" : ", ") + shape_text(shape);
  std::string tensors;
  for (const TensorPlace* tensor : weights)
    if (tensor != nullptr)
      tensors += fmt::format("{}{} {}", tensors.empty() ? "" : ", ", tensor->name, shape_text(tensor->shape));
  throw Error(place,
              fmt::format("{}: {}; inputs {}{}{}", node_text(node), rule, shapes.empty() ? "none" : shapes,
                          tensors.empty() ? "" : ", weights ", tensors));
}

void NodeShapes::expect(std::size_t input_count, std::size_t most_weights) const {
  require(inputs.size() == input_count, fmt::format("must have {} input{}, has {}", input_count,
                                                    input_count == 1 ? "" : "s", inputs.size()));
  require(weights.size() <= most_weights,
          fmt::format("must have at most {} tensors of weights, has {}", most_weights, weights.size()));
}

std::int64_t NodeShapes::axis(std::string_view name, std::int64_t otherwise) const {
  const auto rank = static_cast<std::int64_t>(inputs.at(0).size());
  const std::int64_t given = node.attributes.integer(name, otherwise);
  const std::int64_t axis = given < 0 ? given + rank : given;
  require(axis >= 0 && axis < rank, fmt::format("{} must be one of the input's axes, is {}", name, given));
  return axis;
}

NodeShapes node_shapes(const Graph& graph, const Node& node, const std::string& place) {
  NodeShapes shapes{node, place, {}, {}, {}};
  for (const ValueId input : node.inputs)
    shapes.inputs.push_back(graph.values[static_cast<std::size_t>(input)].shape);
  for (const TensorId tensor : node.weights)
    shapes.weights.push_back(tensor == kAbsent ? nullptr : &graph.tensors[static_cast<std::size_t>(tensor)]);
  for (const TensorId buffer : node.buffers)
    shapes.buffers.push_back(&graph.buffers[static_cast<std::size_t>(buffer)]);
  return shapes;
}

}  // namespace nwedge::network
