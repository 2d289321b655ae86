#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/elements.hpp"
#include "nwedge/network/onnx/extents.hpp"
#include "nwedge/network/onnx/handlers.hpp"

namespace nwedge::network::onnx {
namespace {

constexpr std::int64_t kMostCopies = 4096;

Operands same(Translation& t, const FileNode& step) {
  // What is left after folding: of a value, or of a constant to the type of a value.
  if (step.op == "Cast" && !is_real(step.integer("to", 0)))
    throw Error(t.place(), "values of the network stay floats; export without this cast");
  const Operand& from = t.operand(step, 0);
  const auto* array = std::get_if<ArrayPointer>(&from);
  const auto* like = std::get_if<ArrayPointer>(&t.operand(step, 1));
  if (step.op != "CastLike" || array == nullptr || !(*array)->is_integer()) return {from};
  if (like != nullptr && (*like)->is_integer()) return {from};
  const Integers& entries = (*array)->integers();
  return {std::make_shared<const Array>(Array{(*array)->shape, Floats(entries.begin(), entries.end())})};
}

Operands rename(Translation& t, const FileNode& step) {
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const auto* kept = std::get_if<Stored>(&t.operand(step, 0));
  if (kept != nullptr && !kept->transposed) {
    Stored renamed = *kept;
    renamed.shape = renamed_shape(step, kept->shape, inputs, t.place());
    return {renamed};
  }
  const Flow x = t.flow(step, 0);
  return {t.flows().reshape(x, renamed_shape(step, x.shape, inputs, t.place()), t.place())};
}

Operands transpose(Translation& t, const FileNode& step) {
  const Operand& from = t.operand(step, 0);
  const std::vector<std::size_t> permutation = permutation_of(step, t.shape_of(from).size(), t.place());
  if (const auto* kept = std::get_if<Stored>(&from); kept != nullptr && permutation.size() == 2) {
    Stored flipped = *kept;
    if (permutation[0] == 1) flipped.transposed = !flipped.transposed;
    return {flipped};
  }
  return {t.flows().transpose(t.flow(from), permutation)};
}

Operands shape(Translation& t, const FileNode& step) {
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

Operands concatenate(Translation& t, const FileNode& step) {
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

/// x broadcast to a shape; with an axis of examples where the shape has N of them.
Flow expanded(Translation& t, const FileNode& step, Flow x, const Shape& target) {
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

Operands expand(Translation& t, const FileNode& step) {
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const Shape target = integers_of(constant_at(inputs, 1, t.place()));
  checked_entries(target, t.place());
  return {expanded(t, step, t.flow(step, 0), target)};
}

Operands tile(Translation& t, const FileNode& step) {
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
  static const Handlers kHandlers = {{"Identity", same},    {"Cast", same},           {"CastLike", same},
                                     {"Reshape", rename},   {"Flatten", rename},      {"Squeeze", rename},
                                     {"Unsqueeze", rename}, {"Transpose", transpose}, {"Shape", shape},
                                     {"Size", shape},       {"Concat", concatenate},  {"Expand", expand},
                                     {"Tile", tile}};
  return kHandlers;
}

}  // namespace nwedge::network::onnx
