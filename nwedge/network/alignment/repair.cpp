#include "nwedge/network/alignment/repair.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/network/alignment/value_reader.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kBatch = 64;  // examples whose values are held at once

struct Channels {
  std::vector<double> mean;
  std::vector<double> deviation;
};

/// The nodes whose outputs are rescaled.
std::vector<const Node*> repairable(const Graph& graph) {
  std::vector<int> uses(graph.tensors.size(), 0);
  for (const Node& node : graph.nodes)
    for (const TensorId tensor : node.weights)
      if (tensor != kAbsent) ++uses[static_cast<std::size_t>(tensor)];
  std::vector<const Node*> nodes;
  for (const Node& node : graph.nodes) {
    if ((node.op != "linear" && node.op != "convolution") || node.output == graph.output) continue;
    const bool shared = std::any_of(node.weights.begin(), node.weights.end(), [&](TensorId tensor) {
      return tensor != kAbsent && uses[static_cast<std::size_t>(tensor)] > 1;
    });
    const bool normalised = std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& reader) {
      return reader.op == "batch-norm" && reader.inputs[0] == node.output;
    });
    // What only renames entries on the way to the network's output must not change it.
    bool is_output = false;
    for (ValueId value = node.output; !is_output;) {
      const auto reader = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& next) {
        return next.op == "reshape" && next.inputs[0] == value;
      });
      if (reader == graph.nodes.end()) break;
      value = reader->output;
      is_output = value == graph.output;
    }
    if (!shared && !normalised && !is_output) nodes.push_back(&node);
  }
  return nodes;
}

/// Entries of a value behind one another that belong to one channel: those of an image, or one feature.
std::int64_t run_of(const Node& node, const Shape& shape) {
  return node.op == "linear" ? 1 : size_of(shape) / shape[0];
}
std::int64_t channels_of(const Node& node, const Shape& shape) {
  return node.op == "linear" ? shape.back() : shape[0];
}

/// Mean and deviation of every channel, over examples and places.
Channels measure(const Graph& graph, const Node& node, const StateView& state, const Examples& examples,
                 std::int64_t count) {
  const Shape& shape = graph.values[static_cast<std::size_t>(node.output)].shape;
  const std::int64_t channels = channels_of(node, shape);
  const std::int64_t run = run_of(node, shape);
  std::vector<double> sums(static_cast<std::size_t>(channels), 0.0);
  std::vector<double> squares = sums;
  ValueReader reader(graph, node.output);
  for (std::int64_t begin = 0; begin < count; begin += kBatch) {
    const std::vector<float> values = reader.read(state, examples, begin, std::min(kBatch, count - begin));
    for (std::size_t k = 0; k < values.size(); ++k) {
      const auto channel = static_cast<std::size_t>(static_cast<std::int64_t>(k) / run % channels);
      const auto value = static_cast<double>(values[k]);
      sums[channel] += value;
      squares[channel] += value * value;
    }
  }
  const double entries = static_cast<double>(count * (size_of(shape) / channels));
  Channels result;
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const double mean = sums[c] / entries;
    result.mean.push_back(mean);
    result.deviation.push_back(std::sqrt(std::max(0.0, squares[c] / entries - mean * mean)));
  }
  return result;
}

}  // namespace

std::int64_t repairable_units(const Graph& graph) {
  std::int64_t units = 0;
  for (const Node* node : repairable(graph))
    units += channels_of(*node, graph.values[static_cast<std::size_t>(node->output)].shape);
  return units;
}

std::vector<float> repaired(const Graph& graph, const StateView& average, const StateView& a,
                            const StateView& b, const Examples& examples, std::int64_t count) {
  std::vector<float> weights(average.weights.begin(), average.weights.end());
  count = std::min(count, examples.count());
  for (const Node* node : repairable(graph)) {
    const Channels own = measure(graph, *node, {weights, average.buffers}, examples, count);
    const Channels left = measure(graph, *node, a, examples, count);
    const Channels right = measure(graph, *node, b, examples, count);
    const TensorPlace& factors = graph.tensors[static_cast<std::size_t>(node->weights[0])];
    const bool last = node->attributes.integer("transposed", 0) != 0;
    const std::int64_t channels = factors.shape[last ? 1 : 0];
    const bool biased = node->weights.size() > 1 && node->weights[1] != kAbsent;
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto at = static_cast<std::size_t>(c);
      if (own.deviation[at] <= 1e-6 * (std::abs(own.mean[at]) + 1e-30)) continue;  // silent
      const double scale = (left.deviation[at] + right.deviation[at]) / 2 / own.deviation[at];
      float* weight = weights.data() + factors.offset + (last ? c : c * (factors.count / channels));
      const std::int64_t stride = last ? channels : 1;
      for (std::int64_t k = 0; k < factors.count / channels; ++k)
        weight[k * stride] = static_cast<float>(scale * static_cast<double>(weight[k * stride]));
      if (!biased) continue;
      float& bias = weights[static_cast<std::size_t>(
          graph.tensors[static_cast<std::size_t>(node->weights[1])].offset + c)];
      bias = static_cast<float>(scale * (static_cast<double>(bias) - own.mean[at]) +
                                (left.mean[at] + right.mean[at]) / 2);
    }
  }
  return weights;
}

}  // namespace nwedge::network
