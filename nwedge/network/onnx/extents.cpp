#include "nwedge/network/onnx/extents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nwedge/core/error.hpp"

namespace nwedge::network::onnx {
namespace {

Shape reshaped(const FileNode& step, const Shape& x, Constants inputs, const std::string& place) {
  const Shape wanted = integers_of(constant_at(inputs, 1, place));
  Shape shape = wanted;
  const bool keeps_zero = step.integer("allowzero", 0) != 0;
  std::optional<std::size_t> open;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 0 && !keeps_zero && axis < x.size()) shape[axis] = x[axis];
    if (shape[axis] != -1) continue;
    if (open) throw Error(place, fmt::format("a shape has one -1 at most, is {}", text_of(shape)));
    open = axis;
    shape[axis] = 1;
  }
  const std::int64_t count = checked_entries(x, place);
  const std::int64_t given = checked_entries(shape, place);
  if (open && given > 0 && count % given == 0) shape[*open] = count / given;
  if (checked_entries(shape, place) != count)
    throw Error(place, fmt::format("a value of shape {} cannot take shape {}", text_of(x), text_of(wanted)));
  return shape;
}

Shape flattened(const FileNode& step, const Shape& x, const std::string& place) {
  const std::int64_t given = step.integer("axis", 1);
  const auto rank = static_cast<std::int64_t>(x.size());
  const std::int64_t axis = given < 0 ? given + rank : given;
  if (axis < 0 || axis > rank)
    throw Error(place, fmt::format("axis {} is not there in {}", given, text_of(x)));
  const auto middle = x.begin() + axis;
  return {checked_entries(Shape(x.begin(), middle), place), checked_entries(Shape(middle, x.end()), place)};
}

Shape squeezed(const FileNode& step, const Shape& x, Constants inputs, const std::string& place) {
  const auto axes = axes_of(step, inputs, x.size(), place);
  Shape shape;
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    const bool drop = axes ? std::find(axes->begin(), axes->end(), axis) != axes->end() : x[axis] == 1;
    if (drop && x[axis] != 1)
      throw Error(place, fmt::format("axis {} of {} must have extent 1 to be dropped", axis, text_of(x)));
    if (!drop) shape.push_back(x[axis]);
  }
  return shape;
}

Shape unsqueezed(const FileNode& step, const Shape& x, Constants inputs, const std::string& place) {
  const Integers given =
      step.has("axes") ? step.integers("axes", {}) : integers_of(constant_at(inputs, 1, place));
  if (x.size() + given.size() > kMostAxes) throw Error(place, "a value has at most eight axes");
  const std::size_t rank = x.size() + given.size();
  std::vector<bool> added(rank, false);
  for (const std::int64_t axis : given) added[axis_of(axis, rank, place)] = true;
  if (std::count(added.begin(), added.end(), true) != static_cast<std::ptrdiff_t>(given.size()))
    throw Error(place, "the axes must differ");
  Shape shape;
  auto next = x.begin();
  for (std::size_t axis = 0; axis < rank; ++axis) shape.push_back(added[axis] ? 1 : *next++);
  return shape;
}

}  // namespace

const Array& constant_at(Constants inputs, std::size_t i, const std::string& place) {
  if (i >= inputs.size() || inputs[i] == nullptr)
    throw Error(place, fmt::format("input {} must be a constant; export with fixed sizes", i));
  return *inputs[i];
}

Integers integers_of(const Array& array) {
  Integers entries;
  for (std::int64_t i = 0; i < size_of(array.shape) && i < kMostMade; ++i)
    entries.push_back(array.integer(i));
  return entries;
}

std::size_t axis_of(std::int64_t axis, std::size_t rank, const std::string& place) {
  const auto axes = static_cast<std::int64_t>(rank);
  if (axis < -axes || axis >= axes)
    throw Error(place, fmt::format("axis {} is not there, the value has {}", axis, axes));
  return static_cast<std::size_t>(axis < 0 ? axis + axes : axis);
}

std::optional<std::vector<std::size_t>> axes_of(const FileNode& step, Constants inputs, std::size_t rank,
                                                const std::string& place) {
  if (!step.has("axes") && !step.has_input(1)) return std::nullopt;
  const Integers given =
      step.has("axes") ? step.integers("axes", {}) : integers_of(constant_at(inputs, 1, place));
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : given) axes.push_back(axis_of(axis, rank, place));
  return axes;
}

Shape renamed_shape(const FileNode& step, const Shape& x, Constants inputs, const std::string& place) {
  if (step.op == "Reshape") return reshaped(step, x, inputs, place);
  if (step.op == "Flatten") return flattened(step, x, place);
  if (step.op == "Squeeze") return squeezed(step, x, inputs, place);
  return unsqueezed(step, x, inputs, place);
}

std::vector<std::size_t> permutation_of(const FileNode& step, std::size_t rank, const std::string& place) {
  Integers reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  std::vector<std::size_t> permutation;
  for (const std::int64_t axis : step.integers("perm", reversed))
    permutation.push_back(axis_of(axis, rank, place));
  std::vector<std::size_t> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  if (permutation.size() != rank || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    throw Error(place, "perm must name each axis once");
  return permutation;
}

Integers flat_indices(const Array& tuples, const Shape& x, const std::string& place) {
  const std::int64_t length = tuples.shape.empty() ? 0 : tuples.shape.back();
  if (length < 1 || length > static_cast<std::int64_t>(x.size()))
    throw Error(place, "indices must name 1 or more leading axes");
  const Integers given = integers_of(tuples);
  Integers flat;
  for (auto tuple = given.begin(); given.end() - tuple >= length; tuple += length) {
    std::int64_t at = 0;
    for (std::int64_t k = 0; k < length; ++k) {
      const std::int64_t extent = x[static_cast<std::size_t>(k)];
      const std::int64_t index = tuple[k] < 0 ? tuple[k] + extent : tuple[k];
      if (index < 0 || index >= extent)
        throw Error(place, fmt::format("index {} must lie in axis {} of {}", tuple[k], k, text_of(x)));
      at = at * extent + index;
    }
    flat.push_back(at);
  }
  return flat;
}

std::vector<Cut> slice_cuts(const FileNode& step, const Shape& x, Constants inputs,
                            const std::string& place) {
  const Integers starts = integers_of(constant_at(inputs, 1, place));
  const Integers ends = integers_of(constant_at(inputs, 2, place));
  Integers axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (step.has_input(3)) axes = integers_of(constant_at(inputs, 3, place));
  Integers steps(starts.size(), 1);
  if (step.has_input(4)) steps = integers_of(constant_at(inputs, 4, place));
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    throw Error(place, "starts, ends, axes and steps must be equally many");
  std::vector<Cut> cuts;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = axis_of(axes[i], x.size(), place);
    const std::int64_t extent = x[axis];
    const std::int64_t pace = std::clamp<std::int64_t>(steps[i], -kMostEntries, kMostEntries);
    if (pace == 0) throw Error(place, "a step must not be 0");
    const auto bound = [&](std::int64_t at) {
      const std::int64_t from_start = at < 0 ? std::max<std::int64_t>(at, -kMostEntries) + extent : at;
      return pace > 0 ? std::clamp<std::int64_t>(from_start, 0, extent)
                      : std::clamp<std::int64_t>(from_start, -1, extent - 1);
    };
    const std::int64_t length =
        pace > 0 ? bound(ends[i]) - bound(starts[i]) : bound(starts[i]) - bound(ends[i]);
    const std::int64_t stride = std::abs(pace);
    cuts.push_back({axis, bound(starts[i]), pace, length > 0 ? (length + stride - 1) / stride : 0});
  }
  return cuts;
}

std::vector<Cut> split_cuts(const FileNode& step, const Shape& x, Constants inputs,
                            const std::string& place) {
  const std::size_t axis = axis_of(step.integer("axis", 0), x.size(), place);
  const auto parts = static_cast<std::int64_t>(step.outputs.size());
  if (parts < 1) throw Error(place, "must have outputs");
  Integers sizes;
  if (step.has("split"))
    sizes = step.integers("split", {});
  else if (step.has_input(1))
    sizes = integers_of(constant_at(inputs, 1, place));
  if (sizes.empty()) {
    const std::int64_t most = (x[axis] + parts - 1) / parts;
    for (std::int64_t i = 0; i < parts; ++i)
      sizes.push_back(std::clamp<std::int64_t>(x[axis] - i * most, 0, most));
  }
  std::vector<Cut> cuts;
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    if (size < 0 || size > x[axis] - start) throw Error(place, fmt::format("the parts exceed axis {}", axis));
    cuts.push_back({axis, start, 1, size});
    start += size;
  }
  if (start != x[axis] || cuts.size() != step.outputs.size())
    throw Error(place, fmt::format("the parts must be {} and make up extent {}", parts, x[axis]));
  return cuts;
}

}  // namespace nwedge::network::onnx
