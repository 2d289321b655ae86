#include "nwedge/network/alignment/value_reader.hpp"

#include <algorithm>
#include <numeric>

#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {
namespace {

/// The part of a graph that a value needs, with the value as output.
Graph part_before(const Graph& graph, ValueId value) {
  Graph part = graph;
  part.output = value;
  std::vector<bool> needed(graph.values.size(), false);
  needed[static_cast<std::size_t>(value)] = true;
  std::vector<Node> nodes;
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    if (!needed[static_cast<std::size_t>(node.output)]) continue;
    for (const ValueId input : node.inputs) needed[static_cast<std::size_t>(input)] = true;
    nodes.push_back(node);
  }
  std::reverse(nodes.begin(), nodes.end());
  part.nodes = std::move(nodes);
  return part;
}

}  // namespace

ValueReader::ValueReader(const Graph& graph, ValueId value)
    : size_(size_of(graph.values[static_cast<std::size_t>(value)].shape)),
      plan_(std::make_shared<const Plan>(std::make_shared<const Graph>(part_before(graph, value)),
                                         Purpose::evaluation)),
      pass_(plan_) {}

std::vector<float> ValueReader::read(const StateView& state, const Examples& examples, std::int64_t first,
                                     std::int64_t count) {
  std::vector<float> result(static_cast<std::size_t>(count * size_));
  std::vector<float> lanes;
  std::vector<std::int64_t> indices;
  for (std::int64_t begin = 0; begin < count; begin += plan_->examples) {
    indices.resize(static_cast<std::size_t>(std::min(plan_->examples, count - begin)));
    std::iota(indices.begin(), indices.end(), first + begin);
    pass_.load(examples, indices);
    pass_.forward({state.weights.data(), state.buffers.data()});
    lanes.resize(static_cast<std::size_t>(pass_.groups() * size_ * kLanes));
    pass_.copy_outputs(lanes.data());
    for (std::int64_t n = 0; n < pass_.examples(); ++n) {
      const float* from = lanes.data() + n / kLanes * size_ * kLanes + n % kLanes;
      float* to = result.data() + (begin + n) * size_;
      for (std::int64_t k = 0; k < size_; ++k) to[k] = from[k * kLanes];
    }
  }
  return result;
}

std::vector<ValueId> values_read_by_products(const Graph& graph) {
  std::vector<ValueId> values;
  for (const Node& node : graph.nodes)
    if (node.op == "linear" || node.op == "convolution" || node.op == "matmul")
      for (const ValueId input : node.inputs)
        if (input != 0 && std::find(values.begin(), values.end(), input) == values.end())
          values.push_back(input);
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace nwedge::network
