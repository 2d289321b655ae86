#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/extents.hpp"
#include "nwedge/network/onnx/handlers.hpp"

namespace nwedge::network::onnx {
namespace {

constexpr std::int64_t kMostPieces = 4096;

Flow cut(Translation& t, const FileNode& step, Flow x, const Cut& c) {
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

Operands slice(Translation& t, const FileNode& step) {
  Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  for (const Cut& c : slice_cuts(step, x.shape, inputs, t.place())) x = cut(t, step, x, c);
  return {x};
}

Operands split(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  Operands parts;
  for (const Cut& c : split_cuts(step, x.shape, inputs, t.place())) parts.emplace_back(cut(t, step, x, c));
  return parts;
}

/// y = x with an axis replaced by those of the indices.
Operands gather(Translation& t, const FileNode& step) {
  Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const Array& which = constant_at(inputs, 1, t.place());
  const std::size_t axis = axis_of(step.integer("axis", 0), x.shape.size(), t.place());
  Integers indices = integers_of(which);
  for (std::int64_t& index : indices) {
    if (index < 0) index += x.shape[axis];
    if (index < 0 || index >= x.shape[axis])
      throw Error(t.place(), fmt::format("an index must lie in axis {} of {}", axis, text_of(x.shape)));
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

/// y[i, …, rest] = x[index[i, …, 0], index[i, …, 1], …, rest]: the leading axes are taken as one.
Operands gather_tuples(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const Array& which = constant_at(inputs, 1, t.place());
  if (step.integer("batch_dims", 0) != 0) throw Error(t.place(), "batch_dims must be 0");
  const Integers indices = flat_indices(which, x.shape, t.place());
  const auto rest = x.shape.begin() + which.shape.back();
  Shape merged = {checked_entries(Shape(x.shape.begin(), rest), t.place())};
  merged.insert(merged.end(), rest, x.shape.end());
  Shape full(which.shape.begin(), which.shape.end() - 1);
  full.insert(full.end(), rest, x.shape.end());
  const Flow rows = gathered(t, step, t.flows().reshape(x, merged, t.place()), 0, indices);
  return {t.flows().reshape(rows, full, t.place())};
}

/// A list of pieces: "split" is the extent of each, or their extents one by one.
Operands split_to_sequence(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const std::size_t axis = axis_of(step.integer("axis", 0), x.shape.size(), t.place());
  const bool given = step.has_input(1);
  Integers sizes = given ? integers_of(constant_at(inputs, 1, t.place())) : Integers{1};
  if (!given || inputs[1]->shape.empty()) {
    const std::int64_t most = sizes.empty() ? 0 : sizes.front();
    if (most < 1 || x.shape[axis] / most > kMostPieces)
      throw Error(t.place(), fmt::format("pieces must be 1 to {}", kMostPieces));
    sizes.clear();
    for (std::int64_t start = 0; start < x.shape[axis]; start += most)
      sizes.push_back(std::min(most, x.shape[axis] - start));
  }
  Sequence pieces;
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    if (size < 0 || size > x.shape[axis] - start)
      throw Error(t.place(), fmt::format("the pieces exceed axis {}", axis));
    Flow piece = cut(t, step, x, {axis, start, 1, size});
    if (!given && step.integer("keepdims", 1) == 0) {
      Shape shape = piece.shape;
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
      piece = t.flows().reshape(piece, shape, t.place());
    }
    pieces.parts.push_back(piece);
    start += size;
  }
  return {pieces};
}

Operands sequence_at(Translation& t, const FileNode& step) {
  const auto* pieces = std::get_if<Sequence>(&t.operand(step, 0));
  const double given = t.number(step, 1, 0);
  const auto count = static_cast<double>(pieces == nullptr ? 0 : pieces->parts.size());
  const double at = given < 0 ? given + count : given;
  if (pieces == nullptr || !(at >= 0 && at < count))
    throw Error(t.place(), "must take one of the pieces of a split");
  return {pieces->parts[static_cast<std::size_t>(at)]};
}

}  // namespace

Flow gathered(Translation& t, const FileNode& step, Flow x, std::size_t axis, const Integers& indices) {
  const std::int64_t at = t.flows().example_axis(x, axis, t.place());
  Shape full = x.shape;
  full[axis] = static_cast<std::int64_t>(indices.size());
  return Flows::from(t.add("gather", step, {x.id}, {}, {{"axis", at}, {"indices", indices}}), full, x);
}

const Handlers& piece_handlers() {
  static const Handlers kHandlers = {{"Slice", slice},
                                     {"Split", split},
                                     {"Gather", gather},
                                     {"GatherND", gather_tuples},
                                     {"SplitToSequence", split_to_sequence},
                                     {"SequenceAt", sequence_at}};
  return kHandlers;
}

}  // namespace nwedge::network::onnx
