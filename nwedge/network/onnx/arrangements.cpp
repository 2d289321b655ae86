#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/elements.hpp"
#include "nwedge/network/onnx/extents.hpp"
#include "nwedge/network/onnx/handlers.hpp"

namespace nwedge::network::onnx {
namespace {

constexpr std::int64_t kMostCopies = 4096;

Operands same(Translation& t, const Step& step) {
  if (step.op == "Cast" && !is_real(step.integer("to", 0)))
    throw Error(t.place(), "values of the network stay floats; export without this cast");
  return {t.operand(step, 0)};
}

Operands rename(Translation& t, const Step& step) {
  const Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  return {t.flows().reshape(x, renamed_shape(step, x.shape, inputs, t.place()), t.place())};
}

Operands transpose(Translation& t, const Step& step) {
  const Operand& from = t.operand(step, 0);
  const std::vector<std::size_t> permutation = permutation_of(step, t.shape_of(from).size(), t.place());
  if (const auto* kept = std::get_if<Stored>(&from); kept != nullptr && permutation.size() == 2) {
    Stored flipped = *kept;
    if (permutation[0] == 1) flipped.transposed = !flipped.transposed;
    return {flipped};
  }
  return {t.flows().transpose(t.flow(from), permutation)};
}

Operands shape(Translation& t, const Step& step) {
  const Shape full = t.shape_of(t.operand(step, 0));
  if (step.op == "Size")
    return {std::make_shared<const Array>(Array{{}, Integers{checked_entries(full, t.place())}})};
  const auto rank = static_cast<std::int64_t>(full.size());
  const auto bound = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? std::max(at, -rank) + rank : at, 0, rank);
  };
  const std::int64_t start = bound(step.integer("start", 0));
  const std::int64_t end = std::max(bound(step.integer("end", rank)), start);
  return {std::make_shared<const Array>(
      Array{{end - start}, Integers(full.begin() + start, full.begin() + end)})};
}

Flow gathered(Translation& t, const Step& step, Flow x, std::size_t axis, const Integers& indices) {
  const std::int64_t at = t.flows().example_axis(x, axis, t.place());
  Shape full = x.shape;
  full[axis] = static_cast<std::int64_t>(indices.size());
  return Flows::from(t.add("gather", step, {x.id}, {}, {{"axis", at}, {"indices", indices}}), full, x);
}

Flow cut(Translation& t, const Step& step, Flow x, const Cut& c) {
  if (c.count == x.shape[c.axis] && c.start == 0 && c.step == 1) return x;
  if (c.count < 1) throw Error(t.place(), fmt::format("nothing is left of axis {}", c.axis));
  const std::int64_t axis = t.flows().example_axis(x, c.axis, t.place());
  if (c.step < 0) {
    Integers indices;
    for (std::int64_t i = 0; i < std::min(c.count, kMostMade); ++i) indices.push_back(c.start + i * c.step);
    return gathered(t, step, x, c.axis, indices);
  }
  const std::int64_t pace = std::min(c.step, x.shape[c.axis]);
  Shape full = x.shape;
  full[c.axis] = c.count;
  const Attributes attributes = {
      {"axis", axis}, {"start", c.start}, {"end", c.start + (c.count - 1) * pace + 1}, {"step", pace}};
  return Flows::from(t.add("slice", step, {x.id}, {}, attributes), full, x);
}

Operands slice(Translation& t, const Step& step) {
  Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  for (const Cut& c : slice_cuts(step, x.shape, inputs, t.place())) x = cut(t, step, x, c);
  return {x};
}

Operands split(Translation& t, const Step& step) {
  const Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  Operands parts;
  for (const Cut& c : split_cuts(step, x.shape, inputs, t.place())) parts.emplace_back(cut(t, step, x, c));
  return parts;
}

/// y = x with an axis replaced by those of the indices.
Operands gather(Translation& t, const Step& step) {
  Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const Array& which = constant_at(inputs, 1, t.place());
  const std::size_t axis = axis_of(step.integer("axis", 0), x.shape.size(), t.place());
  Integers indices = integers_of(which);
  for (std::int64_t& index : indices) {
    if (index < 0) index += x.shape[axis];
    if (index < 0 || index >= x.shape[axis])
      throw Error(t.place(), fmt::format("an index must lie in axis {} of {}", axis, shape_text(x.shape)));
  }
  const std::int64_t at = t.flows().example_axis(x, axis, t.place());
  if (which.shape.empty()) {
    Flow result = x;
    result.shape.erase(result.shape.begin() + static_cast<std::ptrdiff_t>(axis));
    if (x.axis && *x.axis > axis) result.axis = *x.axis - 1;
    const Attributes attributes = {{"axis", at}, {"indices", indices}, {"squeeze", std::int64_t{1}}};
    result.id = t.add("gather", step, {x.id}, {}, attributes);
    return {result};
  }
  const Flow flat = gathered(t, step, x, axis, indices);
  if (which.shape.size() == 1) return {flat};
  Shape full(x.shape.begin(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  full.insert(full.end(), which.shape.begin(), which.shape.end());
  full.insert(full.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end());
  return {t.flows().reshape(flat, full, t.place())};
}

Operands concatenate(Translation& t, const Step& step) {
  if (step.inputs.empty()) throw Error(t.place(), "must have inputs");
  const Flows& flows = t.flows();
  Operands parts;
  const Flow* like = nullptr;
  bool agree = true;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const Operand& part = t.operand(step, i);
    parts.push_back(std::holds_alternative<ArrayPointer>(part) ? part : Operand(t.flow(part)));
  }
  for (const Operand& part : parts)
    if (const auto* flow = std::get_if<Flow>(&part); flow != nullptr && flow->axis) {
      if (like == nullptr) like = flow;
      agree = agree && Flows::agree(*like, *flow);
    }
  const std::size_t rank = t.shape_of(parts.front()).size();
  const std::size_t axis = axis_of(step.integer("axis", 0), rank, t.place());
  if (like != nullptr && (!agree || *like->axis == axis)) {
    for (Operand& part : parts)
      if (auto* flow = std::get_if<Flow>(&part)) *flow = flows.exposed(*flow, t.place());
    like = nullptr;
  }
  Flow common = like == nullptr ? Flow{} : *like;
  Shape full = t.shape_of(parts.front());
  full[axis] = 0;
  std::vector<ValueId> ids;
  for (const Operand& part : parts) {
    const Shape shape = t.shape_of(part);
    if (shape.size() != rank) throw Error(t.place(), "the inputs must have equally many axes");
    full[axis] += shape[axis];
    if (const auto* array = std::get_if<ArrayPointer>(&part))
      ids.push_back(flows.fitted(**array, common, t.place()));
    else
      ids.push_back(std::get<Flow>(part).axis ? std::get<Flow>(part).id
                                              : flows.fitted(std::get<Flow>(part), common, t.place()));
  }
  if (like == nullptr) common.shape = full;
  const std::int64_t at = flows.example_axis(common, axis, t.place());
  const Shape like_shape = full;
  return {Flows::from(t.add("concatenate", step, ids, {}, {{"axis", at}}), like_shape, common)};
}

/// Where entry i of a padded axis comes from.
std::int64_t source_of(std::int64_t i, std::int64_t extent, const std::string& mode) {
  if (mode == "edge") return std::clamp<std::int64_t>(i, 0, extent - 1);
  if (mode == "wrap") return ((i % extent) + extent) % extent;
  const std::int64_t period = std::max<std::int64_t>(2 * (extent - 1), 1);
  const std::int64_t at = ((i % period) + period) % period;
  return at < extent ? at : period - at;
}

Operands pad(Translation& t, const Step& step) {
  Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const Integers pads = integers_of(constant_at(inputs, 1, t.place()));
  std::vector<std::size_t> axes;
  if (step.has_input(3))
    for (const std::int64_t axis : integers_of(constant_at(inputs, 3, t.place())))
      axes.push_back(axis_of(axis, x.shape.size(), t.place()));
  else
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis) axes.push_back(axis);
  if (pads.size() != 2 * axes.size()) throw Error(t.place(), "pads must be two an axis");
  const std::string mode = step.text("mode", "constant");
  for (std::size_t i = 0; i < axes.size();
       ++i) {  // the axis of examples gets its place back before others move
    const std::int64_t front = pads[i];
    const std::int64_t back = pads[i + axes.size()];
    if (front < 0 || back < 0 || front > kMostMade || back > kMostMade)
      throw Error(t.place(), fmt::format("pads must be 0 to {}; crop with a slice", kMostMade));
    if (front != 0 || back != 0) t.flows().example_axis(x, axes[i], t.place());
  }
  const std::size_t rank = t.flows().example_shape(x).size();
  Integers before(rank, 0);
  Integers after(rank, 0);
  Shape full = x.shape;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t front = pads[i];
    const std::int64_t back = pads[i + axes.size()];
    if (front == 0 && back == 0) continue;
    if (mode != "constant") {
      Integers indices;
      for (std::int64_t k = -front;
           k < x.shape[axes[i]] + back && front + back + x.shape[axes[i]] < kMostMade; ++k)
        indices.push_back(source_of(k, x.shape[axes[i]], mode));
      x = gathered(t, step, x, axes[i], indices);
      continue;
    }
    const auto at = static_cast<std::size_t>(t.flows().example_axis(x, axes[i], t.place()));
    before[at] = front;
    after[at] = back;
    full[axes[i]] += front + back;
  }
  if (full == x.shape || mode != "constant") return {x};
  const Attributes attributes = {{"before", before}, {"after", after}, {"value", t.number(step, 2, 0)}};
  return {Flows::from(t.add("pad", step, {x.id}, {}, attributes), full, x)};
}

/// x broadcast to a shape; with an axis of examples where the shape has N of them.
Flow expanded(Translation& t, const Step& step, Flow x, const Shape& target) {
  const Shape full = broadcast(x.shape, target, t.place());
  checked_entries(full, t.place());
  Shape ones(full.size() - x.shape.size(), 1);
  ones.insert(ones.end(), x.shape.begin(), x.shape.end());
  if (ones != x.shape) x = t.flows().reshape(x, ones, t.place());
  if (x.axis && full[*x.axis] != x.shape[*x.axis]) x = t.flows().exposed(x, t.place());
  const std::int64_t examples = t.flows().examples();
  for (std::size_t axis = 0; axis < full.size() && !x.axis && examples > 1; ++axis)
    if (x.shape[axis] == 1 && full[axis] == examples) {
      Shape shape = x.shape;
      shape[axis] = examples;
      const Flow repeated{x.id, shape, axis, 1};
      x = {t.flows().fitted(x, repeated, t.place()), shape, axis, 1};
    }
  if (x.shape == full) return x;
  const Flow result = Flows::from(kAbsent, full, x);
  const Shape one = t.flows().example_shape(result);
  const ValueId zeros = add_constant(t.builder(), {one, Floats{0}}, t.place());
  return Flows::from(t.add("add", step, {x.id, zeros}), full, x);
}

Operands expand(Translation& t, const Step& step) {
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const Shape target = integers_of(constant_at(inputs, 1, t.place()));
  checked_entries(target, t.place());
  return {expanded(t, step, t.flow(step, 0), target)};
}

Operands tile(Translation& t, const Step& step) {
  Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const Integers repeats = integers_of(constant_at(inputs, 1, t.place()));
  if (repeats.size() != x.shape.size()) throw Error(t.place(), "repeats must be one an axis");
  for (std::size_t axis = 0; axis < repeats.size(); ++axis) {
    if (repeats[axis] == 1) continue;
    Shape full = x.shape;
    full[axis] *=
        std::clamp<std::int64_t>(repeats[axis], -1, kMostEntries / std::max<std::int64_t>(full[axis], 1));
    checked_entries(full, t.place());
    if (x.shape[axis] == 1) {
      x = expanded(t, step, x, full);
      continue;
    }
    if (repeats[axis] < 1 || repeats[axis] > kMostCopies)
      throw Error(t.place(), fmt::format("repeats must be 1 to {}", kMostCopies));
    const std::int64_t at = t.flows().example_axis(x, axis, t.place());
    const std::vector<ValueId> copies(static_cast<std::size_t>(repeats[axis]), x.id);
    x = Flows::from(t.add("concatenate", step, copies, {}, {{"axis", at}}), full, x);
  }
  return {x};
}

}  // namespace

const Handlers& arrangement_handlers() {
  static const Handlers kHandlers = {
      {"Identity", same},  {"Cast", same},          {"CastLike", same},    {"Reshape", rename},
      {"Flatten", rename}, {"Squeeze", rename},     {"Unsqueeze", rename}, {"Transpose", transpose},
      {"Shape", shape},    {"Size", shape},         {"Slice", slice},      {"Split", split},
      {"Gather", gather},  {"Concat", concatenate}, {"Pad", pad},          {"Expand", expand},
      {"Tile", tile}};
  return kHandlers;
}

}  // namespace nwedge::network::onnx
