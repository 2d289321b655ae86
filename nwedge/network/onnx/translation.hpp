#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nwedge/network/onnx/document.hpp"
#include "nwedge/network/onnx/flow.hpp"

namespace nwedge::network::onnx {

/// An array of floats that may be a tensor of weights: what it is shows where it is used.
struct Stored {
  std::string name;
  ArrayPointer array;
  Shape shape;              ///< the array's, or another that it is to have
  bool transposed = false;  ///< then its two axes change places
};

/// A truth value of each entry that no operator computes: whether x > bound, or whether x is no number.
struct Question {
  Flow x;
  std::optional<double> bound;
};

/// The pieces of a split that exporters make as a list.
struct Sequence {
  std::vector<Flow> parts;
};

/// What a name of the file stands for; monostate: left out.
using Operand = std::variant<std::monostate, ArrayPointer, Stored, Flow, Question, Sequence>;
using Operands = std::vector<Operand>;

/// Turns a document's nodes into those of a graph, one after the other.
class Translation {
 public:
  /// `input`: the shape of the graph's input; empty: the file's.
  Translation(const Document& document, const std::string& place, const Shape& input);

  /// Runs all nodes; then `output` can be asked for.
  void run();
  Flow output();

  // For the operators.
  GraphBuilder& builder() { return builder_; }
  const Flows& flows() const { return flows_; }
  std::int64_t opset() const { return document_.opset; }
  const std::string& place() const { return place_; }  ///< file, operator and node at work
  void note(std::string text) { notes_.push_back(std::move(text)); }

  const Operand& operand(const FileNode& step, std::size_t i) const;
  /// Input i as a value of the graph; an `Error` where it is none.
  Flow flow(const FileNode& step, std::size_t i) { return flow(operand(step, i)); }
  Flow flow(const Operand& operand);
  std::vector<ArrayPointer> constants(const FileNode& step) const;  ///< null where an input is none
  /// The one number that input i is; `otherwise` where it is left out.
  double number(const FileNode& step, std::size_t i, double otherwise) const;
  /// Input i as an array that can be a tensor of weights.
  std::optional<Stored> stored(const FileNode& step, std::size_t i) const;
  Stored need_stored(const FileNode& step, std::size_t i) const;  ///< an `Error` where it cannot

  TensorId tensor(const Stored& from, const Shape& shape, Role role, Initialisation initial,
                  std::int64_t output_axis = 0);
  TensorId buffer(const Stored& from, const Shape& shape, float initial);

  /// Whether the node is alone in using its input i.
  bool is_only_use(const FileNode& step, std::size_t i) const;
  bool is_network_output(const std::string& name) const;
  /// The shape of an input as ONNX has it.
  Shape shape_of(const Operand& operand) const;

  /// Adds a node that is called as the step.
  ValueId add(std::string_view op, const FileNode& step, std::vector<ValueId> inputs,
              std::vector<TensorId> weights = {}, Attributes attributes = {},
              std::vector<TensorId> buffers = {}) {
    return builder_.add(op, step.name, std::move(inputs), std::move(weights), std::move(attributes),
                        std::move(buffers));
  }

  std::vector<float> weights(const Graph& graph) const;
  std::vector<float> buffers(const Graph& graph) const;
  std::vector<std::string>& notes() { return notes_; }

 private:
  Operands translate(const FileNode& step);
  void take(const FileNode& step, Operands outputs);
  void count_made(std::int64_t entries);
  void check_array(const Stored& from, const Shape& shape);

  const Document& document_;
  std::string file_;
  std::string place_;
  GraphBuilder builder_;
  Flows flows_;
  std::map<std::string, Operand, std::less<>> operands_;
  std::map<std::string, std::size_t, std::less<>> uses_;
  std::map<std::string, TensorId, std::less<>> tensors_;
  std::map<std::string, TensorId, std::less<>> buffers_;
  std::map<std::string, ArrayPointer, std::less<>> arrays_;
  std::map<std::string, Flow, std::less<>> parameters_;
  std::vector<std::string> notes_;
  std::int64_t made_ = 0;    ///< entries of arrays that the file need not hold
  std::size_t counted_ = 0;  ///< nodes whose constants are among them
};

/// The values of a node from its inputs.
using Handler = Operands (*)(Translation&, const FileNode&);

/// The function for an operator of ONNX; null where there is none.
Handler find_handler(std::string_view op);

}  // namespace nwedge::network::onnx
