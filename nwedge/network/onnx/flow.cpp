#include "nwedge/network/onnx/flow.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/folding.hpp"
#include "nwedge/network/onnx/patterns.hpp"

namespace nwedge::network::onnx {
namespace {

std::int64_t product(const Shape& shape, std::size_t axes) {
  std::int64_t count = 1;
  for (std::size_t axis = 0; axis < axes; ++axis) count *= shape[axis];
  return count;
}

/// Entries of one example that lie before the next example: examples follow each other after each of them.
std::int64_t before(const Flow& flow) { return product(flow.shape, *flow.axis) * flow.outer; }

Shape without(Shape shape, std::size_t axis) {
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return shape;
}

}  // namespace

bool Flows::drops_axis(const Flow& flow) const { return flow.axis && flow.shape[*flow.axis] == examples_; }

Shape Flows::example_shape(const Flow& flow) const {
  if (!flow.axis) return flow.shape;
  if (drops_axis(flow)) return without(flow.shape, *flow.axis);
  Shape shape = flow.shape;
  shape[*flow.axis] /= examples_;
  return shape;
}

std::int64_t Flows::example_axis(Flow& flow, std::size_t axis, const std::string& place) const {
  if (flow.axis == axis) flow = exposed(flow, place);
  return static_cast<std::int64_t>(axis) - (drops_axis(flow) && axis > *flow.axis ? 1 : 0);
}

ValueId Flows::renamed(ValueId value, const Shape& shape) const {
  if (builder_.shape(value) == shape) return value;
  if (const Node* before = made_by(builder_, value, "reshape")) return renamed(before->inputs[0], shape);
  return add_completing(builder_, "reshape", "", {value}, {{"shape", shape}});
}

Flow Flows::reshape(const Flow& flow, const Shape& shape, const std::string& place) const {
  Flow result{flow.id, shape, std::nullopt, 1};
  const std::int64_t entries = flow.axis ? before(flow) : 1;
  const auto count_examples_at = [&](std::size_t axis) {
    result.axis = axis;
    result.outer = std::max<std::int64_t>(entries / std::max<std::int64_t>(product(shape, axis), 1), 1);
  };
  if (flow.axis && examples_ > 1) {
    for (std::size_t axis = 0; axis < shape.size() && !result.axis; ++axis) {
      const std::int64_t leading = product(shape, axis);
      if (leading > 0 && entries % leading == 0 && shape[axis] % (entries / leading * examples_) == 0)
        count_examples_at(axis);
    }
    if (!result.axis)
      throw Error(place, fmt::format("the reshape from {} to {} mixes examples", text_of(flow.shape),
                                     text_of(shape)));
  } else if (examples_ == 1) {
    // Any axis of extent 1 will do; the one where the examples were is that of the exporter.
    for (std::size_t axis = 0; axis < shape.size() && !result.axis; ++axis)
      if (shape[axis] == 1 && product(shape, axis) == entries) count_examples_at(axis);
    if (!result.axis && !shape.empty() && shape[0] == 1) count_examples_at(0);
    result.outer = 1;
  }
  result.id = renamed(flow.id, example_shape(result));
  return result;
}

Flow Flows::transpose(const Flow& flow, const std::vector<std::size_t>& permutation) const {
  Flow result{flow.id, {}, std::nullopt, flow.outer};
  std::vector<std::int64_t> axes;
  bool same = true;
  for (std::size_t to = 0; to < permutation.size(); ++to) {
    const std::size_t from = permutation[to];
    result.shape.push_back(flow.shape[from]);
    if (flow.axis == from) result.axis = to;
    if (flow.axis == from && drops_axis(flow)) continue;
    axes.push_back(static_cast<std::int64_t>(from) - (drops_axis(flow) && from > *flow.axis ? 1 : 0));
    same = same && axes.back() == static_cast<std::int64_t>(axes.size()) - 1;
  }
  if (!same) result.id = builder_.add("transpose", "", {flow.id}, {}, {{"permutation", axes}});
  return result;
}

Flow Flows::exposed(const Flow& flow, const std::string& place) const {
  if (!flow.axis) return flow;
  if (examples_ != 1)
    throw Error(place, fmt::format("acts along axis {} of {}, which counts examples; each must be on its own",
                                   *flow.axis, text_of(flow.shape)));
  return {renamed(flow.id, flow.shape), flow.shape, std::nullopt, 1};
}

Flow Flows::leading(const Flow& flow, const std::string& place) const {
  if (flow.axis == std::size_t{0} && drops_axis(flow)) return flow;
  if (examples_ == 1 && !flow.shape.empty() && flow.shape[0] == 1)
    return {renamed(flow.id, without(flow.shape, 0)), flow.shape, std::size_t{0}, 1};
  throw Error(place, fmt::format("axis 0 must count examples, in shape {}", text_of(flow.shape)));
}

std::optional<std::size_t> Flows::opposite(const Shape& other, const Flow& flow) const {
  const std::size_t back = flow.shape.size() - *flow.axis;
  return back > other.size() ? std::nullopt : std::optional(other.size() - back);
}

ValueId Flows::fitted(const Flow& other, const Flow& flow, const std::string& place) const {
  if (!flow.axis) return other.id;
  const std::optional<std::size_t> axis = opposite(other.shape, flow);
  if (!axis) return other.id;
  if (other.shape[*axis] != 1)
    throw Error(place, fmt::format("axis {} of {} meets the examples, must have extent 1", *axis,
                                   text_of(other.shape)));
  return drops_axis(flow) ? renamed(other.id, without(other.shape, *axis)) : other.id;
}

ValueId Flows::fitted(const Array& other, const Flow& flow, const std::string& place) const {
  const std::optional<std::size_t> axis = flow.axis ? opposite(other.shape, flow) : std::nullopt;
  if (!axis) return add_constant(builder_, other, place);
  Array one = other;
  if (other.shape[*axis] != 1) {
    // The first entry along the axis for all of them, if they are equal.
    Shape shape = other.shape;
    Shape strides = strides_of(shape);
    strides[*axis] = 0;
    if (shape[*axis] != examples_ || pick(other, shape, strides, 0, place).values != other.values)
      throw Error(place, fmt::format("a constant of shape {} differs between examples", text_of(shape)));
    shape[*axis] = 1;
    one = pick(other, shape, strides, 0, place);
  }
  if (drops_axis(flow)) one.shape = without(one.shape, *axis);
  return add_constant(builder_, one, place);
}

bool Flows::agree(const Flow& a, const Flow& b) {
  return a.axis && b.axis && a.shape.size() - *a.axis == b.shape.size() - *b.axis && a.outer == b.outer &&
         a.shape[*a.axis] == b.shape[*b.axis];
}

Flow Flows::from(ValueId id, const Shape& shape, const Flow& like) {
  Flow result{id, shape, std::nullopt, like.outer};
  if (like.axis) result.axis = shape.size() - (like.shape.size() - *like.axis);
  return result;
}

ValueId add_constant(GraphBuilder& builder, const Array& array, const std::string& place) {
  const std::int64_t count = entries_to_make(array.shape, place);
  if (count == 0) throw Error(place, "a constant must have entries");
  Floats values;
  values.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) values.push_back(array.real(i));
  return builder.constant(array.shape, std::move(values));
}

}  // namespace nwedge::network::onnx
