#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/extents.hpp"
#include "nwedge/network/onnx/handlers.hpp"

namespace nwedge::network::onnx {
namespace {

constexpr Initialisation kOne{Initialisation::Law::constant, 1};
constexpr Initialisation kZero{Initialisation::Law::constant, 0};

bool all_are(const Array& array, float value) {
  const Floats& values = array.floats();
  return std::all_of(values.begin(), values.end(), [&](float x) { return x == value; });
}

/// Scale and shift, inputs 1 and 2; a Constant node of ones or zeros is none. Trailing ones that are left out
/// take no place.
std::vector<TensorId> scale_and_shift(Translation& t, const FileNode& step, const Shape& shape) {
  std::vector<TensorId> weights;
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    const bool scales = i == 1;
    TensorId made = kAbsent;
    if (step.has_input(i)) {
      const Stored from = t.need_stored(step, i);
      const bool constant = std::holds_alternative<ArrayPointer>(t.operand(step, i)) &&
                            from.array->is_uniform() && size_of(shape) > 1;
      if (!(constant && all_are(*from.array, scales ? 1.0F : 0.0F)))
        made = t.tensor(from, shape, Role::normalisation, scales ? kOne : kZero);
    }
    weights.push_back(made);
  }
  while (!weights.empty() && weights.back() == kAbsent) weights.pop_back();
  return weights;
}

double epsilon_of(const FileNode& step) { return step.number("epsilon", 1e-5); }

Operands batch_norm(Translation& t, const FileNode& step) {
  const Flow x = t.flows().leading(t.flow(step, 0), t.place());
  if (x.shape.size() < 2) throw Error(t.place(), "the input must have an axis of channels");
  const Shape channels = {x.shape[1]};
  const std::vector<TensorId> weights = scale_and_shift(t, step, channels);
  const std::vector<TensorId> buffers = {t.buffer(t.need_stored(step, 3), channels, 0),
                                         t.buffer(t.need_stored(step, 4), channels, 1)};
  const Attributes attributes = {{"epsilon", epsilon_of(step)},
                                 {"momentum", 1 - step.number("momentum", 0.9)}};
  return {Flows::from(t.add("batch-norm", step, {x.id}, weights, attributes, buffers), x.shape, x)};
}

Operands layer_norm(Translation& t, const FileNode& step) {
  Flow x = t.flow(step, 0);
  const std::size_t first = axis_of(step.integer("axis", -1), x.shape.size(), t.place());
  for (std::size_t axis = first; axis < x.shape.size(); ++axis) t.flows().example_axis(x, axis, t.place());
  const Shape normalised(x.shape.begin() + static_cast<std::ptrdiff_t>(first), x.shape.end());
  const std::vector<TensorId> weights = scale_and_shift(t, step, normalised);
  const Attributes attributes = {{"axes", static_cast<std::int64_t>(normalised.size())},
                                 {"epsilon", epsilon_of(step)}};
  return {Flows::from(t.add("layer-norm", step, {x.id}, weights, attributes), x.shape, x)};
}

Operands group_norm(Translation& t, const FileNode& step) {
  const Flow x = t.flows().leading(t.flow(step, 0), t.place());
  if (x.shape.size() < 2) throw Error(t.place(), "the input must have an axis of channels");
  const std::int64_t groups = step.integer("num_groups", 1);
  const Attributes attributes = {{"groups", groups}, {"epsilon", epsilon_of(step)}};
  if (t.opset() < 21 && groups != x.shape[1])
    throw Error(t.place(), "scales of whole groups are not read; export with opset_version=21");
  const std::vector<TensorId> weights = scale_and_shift(t, step, {x.shape[1]});
  return {Flows::from(t.add("group-norm", step, {x.id}, weights, attributes), x.shape, x)};
}

/// Ones and zeros that an exporter of group normalisation puts where there is no scale: its groups stand as
/// the channels of a reshaped value.
bool is_placeholder(Translation& t, const FileNode& step, const Flow& x) {
  const std::int32_t producer = t.builder().graph().values[static_cast<std::size_t>(x.id)].producer;
  return producer != kAbsent &&
         t.builder().graph().nodes[static_cast<std::size_t>(producer)].op == "reshape" && step.has_input(2) &&
         all_are(*t.need_stored(step, 1).array, 1) && all_are(*t.need_stored(step, 2).array, 0);
}

Operands instance_norm(Translation& t, const FileNode& step) {
  const Flow x = t.flows().leading(t.flow(step, 0), t.place());
  if (x.shape.size() < 3) throw Error(t.place(), "the input must have an axis of channels and others");
  const Attributes attributes = {{"groups", x.shape[1]}, {"epsilon", epsilon_of(step)}};
  const std::vector<TensorId> weights =
      is_placeholder(t, step, x) ? std::vector<TensorId>{} : scale_and_shift(t, step, {x.shape[1]});
  return {Flows::from(t.add("group-norm", step, {x.id}, weights, attributes), x.shape, x)};
}

/// Before opset 13 all axes from the given one on are one.
Operands softmax(Translation& t, const FileNode& step) {
  Flow x = t.flow(step, 0);
  const std::string_view op = step.op == "Softmax" ? "softmax" : "log-softmax";
  const std::size_t rank = x.shape.size();
  const std::size_t first = axis_of(step.integer("axis", t.opset() < 13 ? 1 : -1), rank, t.place());
  if (t.is_network_output(step.outputs.front()))
    t.note(fmt::format("the output is that of {} \"{}\": the loss takes log softmax of it once more{}",
                       step.op, step.name,
                       op == "softmax" ? "; export the network without it" : ", which changes nothing"));
  if (t.opset() >= 13 || first + 1 == rank) {
    const std::int64_t axis = t.flows().example_axis(x, first, t.place());
    return {apply(t, step, op, x, {{"axis", axis}})};
  }
  Shape flat(x.shape.begin(), x.shape.begin() + static_cast<std::ptrdiff_t>(first));
  flat.push_back(size_of(Shape(x.shape.begin() + static_cast<std::ptrdiff_t>(first), x.shape.end())));
  Flow rows = t.flows().reshape(x, flat, t.place());
  const std::int64_t axis = t.flows().example_axis(rows, first, t.place());
  return {t.flows().reshape(apply(t, step, op, rows, {{"axis", axis}}), x.shape, t.place())};
}

/// Acts in minibatches of training alone; a file that says it is not in training has none.
Operands dropout(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  const double rate = step.has_input(1) ? t.number(step, 1, 0.5) : step.number("ratio", 0.5);
  if (rate == 0 || t.number(step, 2, 1) == 0) return {x};
  return {apply(t, step, "dropout", x, {{"rate", rate}})};
}

}  // namespace

const Handlers& normalisation_handlers() {
  static const Handlers kHandlers = {{"BatchNormalization", batch_norm},
                                     {"LayerNormalization", layer_norm},
                                     {"GroupNormalization", group_norm},
                                     {"InstanceNormalization", instance_norm},
                                     {"Softmax", softmax},
                                     {"LogSoftmax", softmax},
                                     {"Dropout", dropout}};
  return kHandlers;
}

}  // namespace nwedge::network::onnx
