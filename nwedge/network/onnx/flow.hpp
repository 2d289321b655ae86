#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/network/graph/builder.hpp"
#include "nwedge/network/onnx/array.hpp"

namespace nwedge::network::onnx {

/// A value of the network. ONNX sees all N examples at once, in `shape`; the graph has one, value `id`.
/// Examples lie along `axis`, whose extent is outer * N * inner: a transformer has N * heads there. The
/// graph's value has extent outer * inner instead, and no such axis where that is 1.
struct Flow {
  ValueId id = kAbsent;
  Shape shape;
  std::optional<std::size_t> axis;  ///< none: the same for all examples, or N = 1 and all axes there
  std::int64_t outer = 1;
};

/// Follows the axis of examples through what ONNX does with it. N is a fixed number, or, where it may be any,
/// a prime that no extent has as a factor by accident. With N = 1 no operator can mix examples, so an axis of
/// extent 1 comes and goes as it is needed.
class Flows {
 public:
  Flows(GraphBuilder& builder, std::int64_t examples) : builder_(builder), examples_(examples) {}

  std::int64_t examples() const { return examples_; }
  bool drops_axis(const Flow& flow) const;  ///< whether the graph's value lacks `axis`
  Shape example_shape(const Flow& flow) const;

  /// The axis of the graph's value for an axis of ONNX's. An `Error` at `place` where it counts examples;
  /// with N = 1 `flow` gets it back instead.
  std::int64_t example_axis(Flow& flow, std::size_t axis, const std::string& place) const;

  /// The same entries in another shape, row-major.
  Flow reshape(const Flow& flow, const Shape& shape, const std::string& place) const;
  Flow transpose(const Flow& flow, const std::vector<std::size_t>& permutation) const;

  /// With examples along axis 0 alone; an `Error` where they lie along another.
  Flow leading(const Flow& flow, const std::string& place) const;
  /// With all axes there; an `Error` unless N = 1 or there is no axis of examples.
  Flow exposed(const Flow& flow, const std::string& place) const;

  /// `other`, which has no axis of examples, as a graph's value to be broadcast against `flow`'s, both
  /// right-aligned: without its axis of extent 1 opposite to the examples.
  ValueId fitted(const Flow& other, const Flow& flow, const std::string& place) const;
  /// The same for an array: where it repeats an entry for each of N examples, that entry.
  ValueId fitted(const Array& other, const Flow& flow, const std::string& place) const;

  /// Whether two values have their examples along the same axis from the right.
  static bool agree(const Flow& a, const Flow& b);

  /// The flow of a node's value whose ONNX shape is `shape` and whose examples lie as in `like`, counted from
  /// the right.
  static Flow from(ValueId id, const Shape& shape, const Flow& like);

 private:
  ValueId renamed(ValueId value, const Shape& shape) const;
  std::optional<std::size_t> opposite(const Shape& other, const Flow& flow) const;

  GraphBuilder& builder_;
  std::int64_t examples_;
};

/// A constant as a value of the graph.
ValueId add_constant(GraphBuilder& builder, const Array& array, const std::string& place);

}  // namespace nwedge::network::onnx
