#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/folding.hpp"

namespace nwedge::network::onnx {
namespace {

/// The setting of a Constant node, whichever it is.
Array constant(const FileNode& step, const std::string& place) {
  for (const auto& [name, setting] : step.settings) {
    if (name == "value" && std::holds_alternative<ArrayPointer>(setting))
      return *std::get<ArrayPointer>(setting);
    if (name == "value_int" || name == "value_float") {
      if (const auto* whole = std::get_if<std::int64_t>(&setting)) return {{}, Integers{*whole}};
      if (const auto* real = std::get_if<float>(&setting)) return {{}, Floats{*real}};
    }
    if (const auto* whole = std::get_if<Integers>(&setting); name == "value_ints" && whole != nullptr)
      return {{static_cast<std::int64_t>(whole->size())}, *whole};
    if (const auto* real = std::get_if<Floats>(&setting); name == "value_floats" && real != nullptr)
      return {{static_cast<std::int64_t>(real->size())}, *real};
  }
  throw Error(place, "must hold an array of numbers");
}

Array constant_of_shape(const FileNode& step, const Array& shape, const std::string& place) {
  Array value{{}, Floats{0}};
  const auto found = step.settings.find("value");
  if (found != step.settings.end() && std::holds_alternative<ArrayPointer>(found->second))
    value = *std::get<ArrayPointer>(found->second);
  if (value.held() != 1) throw Error(place, "value must be one number");
  const Shape extents = integers_of(shape);
  return pick(value, extents, Shape(extents.size(), 0), 0, place);
}

Array range(const Array& start, const Array& limit, const Array& delta, const std::string& place) {
  if (start.held() != 1 || limit.held() != 1 || delta.held() != 1 || delta.number(0) == 0)
    throw Error(place, "start, limit and delta must be single numbers, delta not 0");
  const double steps = std::ceil((limit.number(0) - start.number(0)) / delta.number(0));
  const std::int64_t count =
      entries_to_make({Array{{}, Floats{static_cast<float>(std::max(steps, 0.0))}}.integer(0)}, place);
  if (!start.is_integer()) {
    Floats values;
    for (std::int64_t i = 0; i < count; ++i)
      values.push_back(static_cast<float>(start.number(0) + static_cast<double>(i) * delta.number(0)));
    return {{count}, std::move(values)};
  }
  Integers values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(start.integer(0)) +
                                               static_cast<std::uint64_t>(i) *
                                                   static_cast<std::uint64_t>(delta.integer(0))));
  return {{count}, std::move(values)};
}

/// The triangle of the last two axes; the rest is 0.
Array triangle(const FileNode& step, const Array& x, std::int64_t diagonal, const std::string& place) {
  if (x.shape.size() < 2) throw Error(place, "must have two axes at least");
  const bool upper = step.integer("upper", 1) != 0;
  const std::int64_t columns = x.shape.back();
  const std::int64_t rows = x.shape[x.shape.size() - 2];
  Array result = pick(x, x.shape, strides_of(x.shape), 0, place);
  const std::int64_t count = entries_to_make(x.shape, place);
  std::visit(
      [&](auto& values) {
        if (result.is_uniform() && count > 1) values.assign(static_cast<std::size_t>(count), values.front());
        for (std::int64_t i = 0; i < count; ++i) {
          const std::int64_t beyond = i % columns - i / columns % rows;
          if (upper ? beyond < diagonal : beyond > diagonal) values[static_cast<std::size_t>(i)] = 0;
        }
      },
      result.values);
  return result;
}

}  // namespace

std::optional<Array> fold_made(const FileNode& step, Constants inputs, const std::string& place) {
  if (step.op == "Constant") return constant(step, place);
  if (step.op == "ConstantOfShape") return constant_of_shape(step, constant_at(inputs, 0, place), place);
  if (step.op == "Range")
    return range(constant_at(inputs, 0, place), constant_at(inputs, 1, place), constant_at(inputs, 2, place),
                 place);
  if (step.op == "Trilu")
    return triangle(
        step, constant_at(inputs, 0, place),
        step.has_input(1) && size_of(constant_at(inputs, 1, place).shape) > 0
            ? std::clamp<std::int64_t>(constant_at(inputs, 1, place).integer(0), -kMostMade, kMostMade)
            : 0,
        place);
  return std::nullopt;
}

}  // namespace nwedge::network::onnx
