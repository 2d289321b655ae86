#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/extents.hpp"
#include "nwedge/network/onnx/handlers.hpp"
#include "nwedge/network/onnx/windows.hpp"

namespace nwedge::network::onnx {
namespace {

Operands pool(Translation& t, const FileNode& step) {
  const SlidingWindow window = window_of(t, step, t.flow(step, 0));
  const Place where = place_of(t, step, window, kernel_of(t, step, window));
  if (std::any_of(where.dilation.begin(), where.dilation.end(), [](std::int64_t n) { return n != 1; }))
    throw Error(t.place(), "a pool must have dilations of 1");
  Attributes attributes = {{"kernel", where.kernel},
                           {"stride", where.stride},
                           {"padding", where.padding},
                           {"ceil", step.integer("ceil_mode", 0)}};
  if (step.op == "AveragePool") attributes.set("count_padding", step.integer("count_include_pad", 0));
  const std::string_view op = step.op == "MaxPool" ? "max-pool" : "average-pool";
  return {window_result(t, window, t.add(op, step, {window.image}, {}, attributes))};
}

Operands global_max(Translation& t, const FileNode& step) {
  const SlidingWindow window = window_of(t, step, t.flow(step, 0));
  const Attributes attributes = {{"kernel", Integers(window.extents)}, {"stride", Integers{1, 1}}};
  return {window_result(t, window, t.add("max-pool", step, {window.image}, {}, attributes))};
}

/// Mean or sum over axes; without them, over all.
Flow reduced(Translation& t, const FileNode& step, std::string_view op, Flow x,
             const std::vector<std::size_t>& axes, bool keep) {
  Integers taken;
  for (const std::size_t axis : axes)
    if (x.axis == axis) x = t.flows().exposed(x, t.place());
  for (const std::size_t axis : axes) taken.push_back(t.flows().example_axis(x, axis, t.place()));
  Shape shape;
  Flow like = x;
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    const bool over = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (x.axis == axis) like.axis = shape.size();
    if (!over || keep) shape.push_back(over ? 1 : x.shape[axis]);
  }
  std::sort(taken.begin(), taken.end());
  like.id = t.add(op, step, {x.id}, {}, {{"axes", taken}, {"keep", std::int64_t{keep}}});
  like.shape = shape;
  return like;
}

Operands reduction(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  const std::vector<ArrayPointer> inputs = t.constants(step);
  std::optional<std::vector<std::size_t>> axes = axes_of(step, inputs, x.shape.size(), t.place());
  if (!axes || axes->empty()) {
    if (step.integer("noop_with_empty_axes", 0) != 0) return {x};
    axes.emplace();
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis) axes->push_back(axis);
  }
  std::sort(axes->begin(), axes->end());
  axes->erase(std::unique(axes->begin(), axes->end()), axes->end());
  const bool keep = step.integer("keepdims", 1) != 0;
  if (step.op == "ReduceSumSquare" || step.op == "ReduceL2") {
    const Flow squared = combine(t, step, "multiply", x, x);
    const Flow sum = reduced(t, step, "sum", squared, *axes, keep);
    return {step.op == "ReduceL2" ? apply(t, step, "sqrt", sum) : sum};
  }
  return {reduced(t, step, step.op == "ReduceMean" ? "mean" : "sum", x, *axes, keep)};
}

Operands global_average(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  std::vector<std::size_t> axes;
  for (std::size_t axis = 2; axis < x.shape.size(); ++axis) axes.push_back(axis);
  if (axes.empty()) throw Error(t.place(), "the input must have axes behind that of channels");
  return {reduced(t, step, "mean", x, axes, true)};
}

}  // namespace

const Handlers& pool_handlers() {
  static const Handlers kHandlers = {{"MaxPool", pool},
                                     {"AveragePool", pool},
                                     {"GlobalMaxPool", global_max},
                                     {"GlobalAveragePool", global_average},
                                     {"ReduceMean", reduction},
                                     {"ReduceSum", reduction},
                                     {"ReduceSumSquare", reduction},
                                     {"ReduceL2", reduction}};
  return kHandlers;
}

}  // namespace nwedge::network::onnx
