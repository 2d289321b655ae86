#include "nwedge/network/graph/builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/network/operators/table.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kMaximumDimension = std::int64_t{1} << 31;  // 8 GiB of weights
constexpr std::int64_t kMaximumSize = std::int64_t{1} << 31;       // entries of a value

std::int64_t checked_size(const Shape& shape, const std::string& place, std::string_view what) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 1 || extent > kMaximumSize || count > kMaximumSize / extent)
      throw Error(place,
                  fmt::format("{} must have extents of at least 1 and at most {} entries, has shape {}", what,
                              kMaximumSize, shape_text(shape)));
    count *= extent;
  }
  return count;
}

/// Which nodes lead to `output`.
std::vector<bool> needed_nodes(const Graph& graph, ValueId output) {
  std::vector<bool> values(graph.values.size(), false);
  std::vector<bool> nodes(graph.nodes.size(), false);
  values[static_cast<std::size_t>(output)] = true;
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    nodes[n] = values[static_cast<std::size_t>(node.output)];
    if (!nodes[n]) continue;
    for (const ValueId input : node.inputs)
      if (input != kAbsent) values[static_cast<std::size_t>(input)] = true;
  }
  return nodes;
}

}  // namespace

GraphBuilder::GraphBuilder(const Shape& input, std::string place) : place_(std::move(place)) {
  checked_size(input, place_, "the network's input");
  graph_.values.push_back({input, kAbsent});
}

TensorId GraphBuilder::add_tensor(const std::string& name, const Shape& shape, Role role,
                                  Initialisation initial, std::int64_t output_axis) {
  const std::int64_t count = checked_size(shape, place_, fmt::format("tensor \"{}\"", name));
  for (const TensorPlace& tensor : graph_.tensors)
    if (tensor.name == name) throw Error(place_, fmt::format("two tensors are called \"{}\"", name));
  graph_.tensors.push_back({name, shape, graph_.dimension, count, role, output_axis, initial});
  graph_.dimension += count;
  if (graph_.dimension > kMaximumDimension)
    throw Error(place_, fmt::format("a network has at most {} weights, has {} with tensor \"{}\"",
                                    kMaximumDimension, graph_.dimension, name));
  return static_cast<TensorId>(graph_.tensors.size()) - 1;
}

TensorId GraphBuilder::add_buffer(const std::string& name, const Shape& shape, float initial) {
  const std::int64_t count = checked_size(shape, place_, fmt::format("buffer \"{}\"", name));
  graph_.buffers.push_back({name, shape, graph_.buffer_size, count, initial});
  graph_.buffer_size += count;
  return static_cast<TensorId>(graph_.buffers.size()) - 1;
}

ValueId GraphBuilder::add(std::string_view op, std::string name, std::vector<ValueId> inputs,
                          std::vector<TensorId> weights, Attributes attributes,
                          std::vector<TensorId> buffers) {
  Node node;
  node.op = op;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.weights = std::move(weights);
  node.buffers = std::move(buffers);
  node.attributes = std::move(attributes);
  const Shape shape = make_operator(node_shapes(graph_, node, place_))->shape();
  checked_size(shape, place_, fmt::format("the value of {}", node_text(node)));
  node.output = static_cast<ValueId>(graph_.values.size());
  graph_.values.push_back({shape, static_cast<std::int32_t>(graph_.nodes.size())});
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().output;
}

ValueId GraphBuilder::constant(const Shape& shape, std::vector<float> values) {
  return add("constant", "", {}, {}, {{"shape", shape}, {"values", std::move(values)}});
}

Graph GraphBuilder::finish(ValueId output, std::string model, std::string activation) {
  const std::vector<bool> needed = needed_nodes(graph_, output);
  Graph graph;
  graph.model = std::move(model);
  graph.activation = std::move(activation);
  graph.dimension = graph_.dimension;
  graph.buffer_size = graph_.buffer_size;
  graph.tensors = graph_.tensors;
  graph.buffers = graph_.buffers;
  std::vector<ValueId> places(graph_.values.size(), kAbsent);
  std::vector<bool> used(graph_.tensors.size(), false);
  graph.values.push_back(graph_.values.front());
  places[0] = 0;
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    if (!needed[n]) continue;
    Node node = graph_.nodes[n];
    for (ValueId& input : node.inputs)
      if (input != kAbsent) input = places[static_cast<std::size_t>(input)];
    for (const TensorId tensor : node.weights)
      if (tensor != kAbsent) used[static_cast<std::size_t>(tensor)] = true;
    places[static_cast<std::size_t>(node.output)] = static_cast<ValueId>(graph.values.size());
    graph.values.push_back({shape(node.output), static_cast<std::int32_t>(graph.nodes.size())});
    node.output = static_cast<ValueId>(graph.values.size()) - 1;
    graph.nodes.push_back(std::move(node));
  }
  graph.output = places[static_cast<std::size_t>(output)];
  const auto unused = std::find(used.begin(), used.end(), false);
  if (unused != used.end())
    throw Error(place_, fmt::format("tensor \"{}\" does not act on the output",
                                    graph_.tensors[static_cast<std::size_t>(unused - used.begin())].name));
  if (graph.dimension == 0) throw Error(place_, "a network must have weights, has none");
  return graph;
}

}  // namespace nwedge::network
