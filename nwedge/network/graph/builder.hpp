#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// Makes a graph, node by node; each is checked against its operator's shape rule as it comes, so an `Error`
/// names the node, the rule and the shapes.
class GraphBuilder {
 public:
  /// `place` begins every error: an option, or a file.
  GraphBuilder(const Shape& input, std::string place);

  ValueId input() const { return 0; }
  const Shape& shape(ValueId value) const { return graph_.values[static_cast<std::size_t>(value)].shape; }
  const Graph& graph() const { return graph_; }
  const std::string& place() const { return place_; }

  /// A new tensor of weights, behind the ones before it in the flat vector. Errors: a name that is there
  /// already; more weights than 2^31.
  TensorId add_tensor(const std::string& name, const Shape& shape, Role role, Initialisation initial,
                      std::int64_t output_axis = 0);
  TensorId add_buffer(const std::string& name, const Shape& shape, float initial);

  /// The value of a new node.
  ValueId add(std::string_view op, std::string name, std::vector<ValueId> inputs,
              std::vector<TensorId> weights = {}, Attributes attributes = {},
              std::vector<TensorId> buffers = {});

  /// A tensor of weights as a value that is the same for all examples.
  ValueId parameter(TensorId tensor) { return add("parameter", "", {}, {tensor}); }
  /// Numbers as a value that is the same for all examples.
  ValueId constant(const Shape& shape, std::vector<float> values);

  /// The finished graph, with `output` as what the loss sees. Nodes that do not lead to it are left out; an
  /// `Error` when a tensor of weights is used by no node.
  Graph finish(ValueId output, std::string model, std::string activation = "");

 private:
  Graph graph_;
  std::string place_;
};

}  // namespace nwedge::network
