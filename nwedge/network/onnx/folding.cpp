#include "nwedge/network/onnx/folding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"

namespace nwedge::network::onnx {
namespace {

Array cut(const Array& x, const std::vector<Cut>& cuts, const std::string& place) {
  Shape shape = x.shape;
  Shape strides = strides_of(x.shape);
  std::int64_t offset = 0;
  for (const Cut& c : cuts) {
    shape[c.axis] = c.count;
    if (c.count > 0) offset += c.start * strides[c.axis];
    strides[c.axis] *= c.count > 1 ? c.step : 0;
  }
  return pick(x, shape, strides, offset, place);
}

Array transpose(const FileNode& step, const Array& x, const std::string& place) {
  const Shape strides = strides_of(x.shape);
  Shape shape;
  Shape taken;
  for (const std::size_t axis : permutation_of(step, x.shape.size(), place)) {
    shape.push_back(x.shape[axis]);
    taken.push_back(strides[axis]);
  }
  return pick(x, shape, taken, 0, place);
}

Array expand(const Array& x, const Shape& target, const std::string& place) {
  checked_entries(target, place);
  const Shape shape = broadcast(x.shape, target, place);
  const Shape from = strides_of(x.shape);
  Shape strides(shape.size(), 0);
  for (std::size_t back = 1; back <= x.shape.size(); ++back)
    if (x.shape[x.shape.size() - back] != 1) strides[shape.size() - back] = from[from.size() - back];
  return pick(x, shape, strides, 0, place);
}

template <class Values>
Array concatenate(const std::vector<const Array*>& parts, const Shape& shape, std::size_t axis) {
  Array result{shape, Values()};
  auto& values = std::get<Values>(result.values);
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
  for (std::int64_t o = 0; o < outer; ++o)
    for (const Array* part : parts) {
      const std::int64_t run = size_of(part->shape) / outer;
      for (std::int64_t i = o * run; i < (o + 1) * run; ++i)
        if constexpr (std::is_same_v<Values, Integers>)
          values.push_back(part->integer(i));
        else
          values.push_back(part->real(i));
    }
  return result;
}

Array concatenate(const FileNode& step, Constants inputs, const std::string& place) {
  std::vector<const Array*> parts;
  for (std::size_t i = 0; i < inputs.size(); ++i) parts.push_back(&constant_at(inputs, i, place));
  Shape shape = parts.front()->shape;
  const std::size_t axis = axis_of(step.integer("axis", 0), shape.size(), place);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    Shape other = parts[i]->shape;
    if (other.size() != shape.size()) throw Error(place, "the inputs must have equally many axes");
    shape[axis] += other[axis];
    other[axis] = shape[axis];
    if (other != shape || parts[i]->is_integer() != parts.front()->is_integer())
      throw Error(place, "the inputs must have one type, and one shape but for the axis");
  }
  entries_to_make(shape, place);
  return parts.front()->is_integer() ? concatenate<Integers>(parts, shape, axis)
                                     : concatenate<Floats>(parts, shape, axis);
}

/// y = x with `axis` replaced by the axes of the indices.
Array gather(const FileNode& step, const Array& x, const Array& indices, const std::string& place) {
  const std::size_t axis = axis_of(step.integer("axis", 0), x.shape.size(), place);
  const auto at = x.shape.begin() + static_cast<std::ptrdiff_t>(axis);
  Shape shape(x.shape.begin(), at);
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), at + 1, x.shape.end());
  entries_to_make(shape, place);
  const std::int64_t inner = strides_of(x.shape)[axis];
  const std::int64_t extent = x.shape[axis];
  const std::int64_t outer = extent * inner == 0 ? 0 : size_of(x.shape) / (extent * inner);
  Array result{shape, x.is_integer() ? decltype(x.values)(Integers()) : Floats()};
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t i = 0; i < size_of(indices.shape); ++i) {
      const std::int64_t index = indices.integer(i) < 0 ? indices.integer(i) + extent : indices.integer(i);
      if (index < 0 || index >= extent)
        throw Error(place, fmt::format("index {} is not in an axis of {}", indices.integer(i), extent));
      for (std::int64_t j = 0; j < inner; ++j) {
        const std::int64_t from = (o * extent + index) * inner + j;
        if (x.is_integer())
          std::get<Integers>(result.values).push_back(x.integer(from));
        else
          std::get<Floats>(result.values).push_back(x.real(from));
      }
    }
  return result;
}

Array tile(const Array& x, const Array& repeats, const std::string& place) {
  Shape shape;
  Shape strides;
  Shape flat;
  const Shape from = strides_of(x.shape);
  if (size_of(repeats.shape) != static_cast<std::int64_t>(x.shape.size()) || 2 * x.shape.size() > kMostAxes)
    throw Error(place, "repeats must be one an axis, of four axes at most");
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    const std::int64_t times = repeats.integer(static_cast<std::int64_t>(axis));
    shape.insert(shape.end(), {times, x.shape[axis]});
    strides.insert(strides.end(), {0, from[axis]});
    checked_entries(shape, place);
    flat.push_back(times * x.shape[axis]);
  }
  Array result = pick(x, shape, strides, 0, place);
  result.shape = flat;
  return result;
}

/// y = x, but y[index] = update for each tuple of `indices`, which name leading axes.
Array scatter(const Array& x, const Array& indices, const Array& updates, const std::string& place) {
  const Integers places = flat_indices(indices, x.shape, place);
  const auto rest = x.shape.begin() + indices.shape.back();
  Shape expected(indices.shape.begin(), indices.shape.end() - 1);
  expected.insert(expected.end(), rest, x.shape.end());
  if (expected != updates.shape || updates.is_integer() != x.is_integer())
    throw Error(place, fmt::format("updates must have shape {} and the type of the data", text_of(expected)));
  const std::int64_t count = entries_to_make(x.shape, place);
  const std::int64_t run = size_of(Shape(rest, x.shape.end()));
  Array result = x;
  std::visit(
      [&](auto& values) {
        if (x.is_uniform() && count > 1) values.assign(static_cast<std::size_t>(count), values[0]);
        std::int64_t from = 0;
        for (const std::int64_t at : places)
          for (std::int64_t i = at * run; i < (at + 1) * run; ++i, ++from)
            if constexpr (std::is_same_v<std::decay_t<decltype(values)>, Integers>)
              values[static_cast<std::size_t>(i)] = updates.integer(from);
            else
              values[static_cast<std::size_t>(i)] = updates.real(from);
      },
      result.values);
  return result;
}

/// Operators that move entries of input 0.
std::optional<Array> fold_moved(const FileNode& step, Constants inputs, const std::string& place) {
  const std::string& op = step.op;
  if (op == "Identity" || op == "Dropout") return constant_at(inputs, 0, place);
  if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze") {
    Array result = constant_at(inputs, 0, place);
    result.shape = renamed_shape(step, result.shape, inputs, place);
    return result;
  }
  if (op == "Transpose") return transpose(step, constant_at(inputs, 0, place), place);
  if (op == "Slice") {
    const Array& x = constant_at(inputs, 0, place);
    return cut(x, slice_cuts(step, x.shape, inputs, place), place);
  }
  if (op == "Expand")
    return expand(constant_at(inputs, 0, place), integers_of(constant_at(inputs, 1, place)), place);
  if (op == "Tile") return tile(constant_at(inputs, 0, place), constant_at(inputs, 1, place), place);
  if (op == "Gather")
    return gather(step, constant_at(inputs, 0, place), constant_at(inputs, 1, place), place);
  if (op == "ScatterND" && step.text("reduction", "none") == "none")
    return scatter(constant_at(inputs, 0, place), constant_at(inputs, 1, place),
                   constant_at(inputs, 2, place), place);
  if (op == "Concat" && !inputs.empty()) return concatenate(step, inputs, place);
  return std::nullopt;
}

}  // namespace

std::int64_t entries_to_make(const Shape& shape, const std::string& place) {
  const std::int64_t count = checked_entries(shape, place);
  const bool any =
      std::any_of(shape.begin(), shape.end(), [](auto n) { return n > 0 && n % kAnyNumber == 0; });
  if (count > kMostMade)
    throw Error(place, fmt::format("a constant of shape {} is too large to be computed; {}", text_of(shape),
                                   any ? "export with a fixed number of examples, such as 1"
                                       : fmt::format("at most {} entries", kMostMade)));
  return count;
}

Array pick(const Array& x, const Shape& shape, const Shape& strides, std::int64_t offset,
           const std::string& place) {
  if (x.is_uniform() && checked_entries(shape, place) > 0) return {shape, x.values};
  const std::int64_t count = entries_to_make(shape, place);
  return std::visit(
      [&](const auto& from) -> Array {
        std::decay_t<decltype(from)> values;
        values.reserve(static_cast<std::size_t>(count));
        Shape at(shape.size(), 0);
        std::int64_t index = offset;
        for (std::int64_t i = 0; i < count; ++i) {
          values.push_back(from[static_cast<std::size_t>(index)]);
          for (std::size_t axis = shape.size(); axis-- > 0;) {
            index += strides[axis];
            if (++at[axis] < shape[axis]) break;
            index -= at[axis] * strides[axis];
            at[axis] = 0;
          }
        }
        return {shape, std::move(values)};
      },
      x.values);
}

std::optional<std::vector<Array>> fold(const FileNode& step, Constants inputs, const std::string& place) {
  if (step.op == "Split") {
    const Array& x = constant_at(inputs, 0, place);
    std::vector<Array> parts;
    for (const Cut& c : split_cuts(step, x.shape, inputs, place)) parts.push_back(cut(x, {c}, place));
    return parts;
  }
  for (const auto part : {fold_moved, fold_made, fold_elements, fold_reduction})
    if (std::optional<Array> result = part(step, inputs, place))
      return std::vector<Array>{std::move(*result)};
  return std::nullopt;
}

}  // namespace nwedge::network::onnx
