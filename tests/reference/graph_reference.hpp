#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/reference/array.hpp"
#include "tests/reference/graph_elements.hpp"
#include "tests/reference/graph_norms.hpp"
#include "tests/reference/graph_products.hpp"
#include "tests/reference/graph_shapes.hpp"

namespace nwedge::reference {

/// A graph's outputs on a batch of examples, by plain loops in double precision; shares no code with the
/// library's engine. Numbers T are doubles, or carry derivatives. Batch normalisation takes its statistics
/// from the batch (`batch_statistics`) or from the buffers.
class GraphReference {
 public:
  GraphReference(network::Graph graph, std::vector<double> buffers, bool batch_statistics)
      : graph_(std::move(graph)), buffers_(std::move(buffers)), batch_statistics_(batch_statistics) {}

  const network::Graph& graph() const { return graph_; }
  /// Whether an example's outputs depend on the others.
  bool joins_examples() const {
    return batch_statistics_ && std::any_of(graph_.nodes.begin(), graph_.nodes.end(),
                                            [](const auto& node) { return node.op == "batch-norm"; });
  }

  template <class T>
  std::vector<Array<T>> outputs(const std::vector<T>& weights, const std::vector<Array<T>>& inputs) const {
    std::vector<std::vector<Array<T>>> values(graph_.values.size());
    values[0] = inputs;
    for (const network::Node& node : graph_.nodes) {
      Arguments<T> given = {node, {}, tensors(node, weights), value(node.output).shape};
      auto& y = values[static_cast<std::size_t>(node.output)];
      if (node.op == "batch-norm") {
        y = batch_norm(given, values[static_cast<std::size_t>(node.inputs[0])], stored_moments(node));
        continue;
      }
      for (std::size_t n = 0; n < inputs.size(); ++n) {
        given.x.clear();
        for (const auto input : node.inputs) given.x.push_back(&values[static_cast<std::size_t>(input)][n]);
        y.push_back(run(given));
      }
    }
    return values[static_cast<std::size_t>(graph_.output)];
  }

 private:
  const network::Value& value(network::ValueId id) const {
    return graph_.values[static_cast<std::size_t>(id)];
  }

  template <class T>
  std::vector<Array<T>> tensors(const network::Node& node, const std::vector<T>& weights) const {
    std::vector<Array<T>> tensors;
    for (const network::TensorId id : node.weights) {
      tensors.emplace_back(Shape{0});
      if (id == network::kAbsent) continue;
      const network::TensorPlace& place = graph_.tensors[static_cast<std::size_t>(id)];
      tensors.back() = Array<T>(place.shape);
      std::copy_n(weights.begin() + place.offset, place.count, tensors.back().values.begin());
    }
    return tensors;
  }

  std::vector<Moments<double>> stored_moments(const network::Node& node) const {
    std::vector<Moments<double>> moments;
    const auto& mean = graph_.buffers[static_cast<std::size_t>(node.buffers[0])];
    const auto& variance = graph_.buffers[static_cast<std::size_t>(node.buffers[1])];
    for (std::int64_t c = 0; c < mean.count && !batch_statistics_; ++c)
      moments.push_back({buffers_[static_cast<std::size_t>(mean.offset + c)],
                         buffers_[static_cast<std::size_t>(variance.offset + c)]});
    return moments;
  }

  template <class T>
  static Array<T> run(const Arguments<T>& given) {
    using Function = Array<T> (*)(const Arguments<T>&);
    static const std::map<std::string, Function> functions = {
        {"linear", linear<T>},        {"convolution", convolution<T>},
        {"matmul", matmul<T>},        {"max-pool", pool<T>},
        {"average-pool", pool<T>},    {"add", binary<T>},
        {"subtract", binary<T>},      {"multiply", binary<T>},
        {"divide", binary<T>},        {"softmax", along_axis<T>},
        {"mean", reduction<T>},       {"log-softmax", along_axis<T>},
        {"sum", reduction<T>},        {"reshape", reshape<T>},
        {"transpose", transpose<T>},  {"concatenate", concatenate<T>},
        {"slice", slice<T>},          {"pad", pad<T>},
        {"gather", gather<T>},        {"constant", constant<T>},
        {"parameter", parameter<T>},  {"layer-norm", standardise<T>},
        {"rms-norm", standardise<T>}, {"group-norm", standardise<T>},
    };
    if (const auto found = functions.find(given.node.op); found != functions.end())
      return found->second(given);
    Array<T> y(given.shape);
    for (std::size_t n = 0; n < y.values.size(); ++n)
      y.values[n] = element(given.node, given.x[0]->values[n]);
    return y;
  }
  template <class T>
  static Array<T> parameter(const Arguments<T>& given) {
    return given.weights[0];
  }

  network::Graph graph_;
  std::vector<double> buffers_;
  bool batch_statistics_;
};

}  // namespace nwedge::reference
