#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/extents.hpp"
#include "nwedge/network/onnx/handlers.hpp"

namespace nwedge::network::onnx {
namespace {

/// Where entry i of a padded axis comes from.
std::int64_t source_of(std::int64_t i, std::int64_t extent, const std::string& mode) {
  if (mode == "edge") return std::clamp<std::int64_t>(i, 0, extent - 1);
  if (mode == "wrap") return ((i % extent) + extent) % extent;
  const std::int64_t period = std::max<std::int64_t>(2 * (extent - 1), 1);
  const std::int64_t at = ((i % period) + period) % period;
  return at < extent ? at : period - at;
}

Operands pad(Translation& t, const FileNode& step) {
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

}  // namespace

const Handlers& padding_handlers() {
  static const Handlers kHandlers = {{"Pad", pad}};
  return kHandlers;
}

}  // namespace nwedge::network::onnx
