#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nwedge/network/graph/shape.hpp"

namespace nwedge::network {

/// A network as a graph of operators: data only. Values flow along its edges, one per example; weights lie in
/// one flat vector, buffers (running statistics) in another. Operators and their attributes are those of
/// `operators/table.hpp`; a graph is made by a `GraphBuilder`, which applies their shape rules.

/// Positions in the graph's lists.
using ValueId = std::int32_t;
using TensorId = std::int32_t;
inline constexpr std::int32_t kAbsent = -1;  ///< an optional value or tensor that is not there

/// What an operator is told besides its values and tensors, by name.
class Attributes {
 public:
  using Entry =
      std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<float>>;

  Attributes() = default;
  Attributes(std::initializer_list<std::pair<const std::string, Entry>> entries) : entries_(entries) {}

  /// The entry, or `otherwise` where there is none; an `Error` where it is of another type.
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  double number(std::string_view name, double otherwise) const;
  std::string text(std::string_view name, std::string_view otherwise) const;
  std::vector<std::int64_t> integers(std::string_view name, std::vector<std::int64_t> otherwise) const;
  const std::vector<float>& floats(std::string_view name) const;  ///< must be there

  void set(const std::string& name, Entry entry) { entries_[name] = std::move(entry); }
  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

/// What a tensor of weights does: who scales, decays or leaves out weights asks for it.
enum class Role {
  weight,         ///< factors of a product: linear, convolution, attention
  bias,           ///< added
  normalisation,  ///< scale and shift of a normalisation
  embedding,      ///< a value that is itself learnt: class token, positions
};

/// How a tensor begins; `bound` is its number.
struct Initialisation {
  enum class Law { uniform, normal, constant };  ///< in [-bound, bound]; N(0, bound^2); bound
  Law law = Law::constant;
  double bound = 0;
};

/// A tensor's place in the flat vector of weights, row-major.
struct TensorPlace {
  std::string name;  ///< as in the state_dict of the equivalent PyTorch module: "0.weight"
  Shape shape;
  std::int64_t offset = 0;
  std::int64_t count = 0;
  Role role = Role::weight;
  std::int64_t output_axis = 0;  ///< the axis of output channels, of a weight
  Initialisation initial;
};

/// A tensor's place in the flat vector of buffers: what an operator keeps and does not learn.
struct BufferPlace {
  std::string name;  ///< "bn1.running_mean"
  Shape shape;
  std::int64_t offset = 0;
  std::int64_t count = 0;
  float initial = 0;
};

/// One operator at work: output = op(inputs; weights, buffers).
struct Node {
  std::string op;                 ///< of the table of operators
  std::string name;               ///< for messages: the module's or the ONNX node's
  std::vector<ValueId> inputs;    ///< in the operator's order
  std::vector<TensorId> weights;  ///< in the operator's order; kAbsent where one is left out
  std::vector<TensorId> buffers;  ///< in the operator's order
  Attributes attributes;
  ValueId output = kAbsent;
};

/// A value of one example; what it costs is 4 bytes an entry and example.
struct Value {
  Shape shape;
  std::int32_t producer = kAbsent;  ///< node; kAbsent: the network's input
};

struct Graph {
  std::string model;       ///< canonical name: "mlp:100,100", "resnet:20", "onnx:FILE"
  std::string activation;  ///< "relu", "tanh", …: what the family was asked for; empty where it has no choice
  std::vector<Value> values;     ///< values[0] is the input
  std::vector<Node> nodes;       ///< each after those that it takes values from
  ValueId output = kAbsent;      ///< what the loss sees, one row of floats an example
  std::int64_t dimension = 0;    ///< D, the number of weights
  std::int64_t buffer_size = 0;  ///< floats of all buffers
  std::vector<TensorPlace> tensors;
  std::vector<BufferPlace> buffers;

  const Shape& input_shape() const { return values.front().shape; }
  std::int64_t outputs() const { return size_of(values[static_cast<std::size_t>(output)].shape); }
};

/// "nodes "conv1" (convolution)": how messages name a node.
std::string node_text(const Node& node);
/// "resnet50 on [3, 224, 224]": how messages name a network.
std::string model_text(const Graph& graph);

}  // namespace nwedge::network
