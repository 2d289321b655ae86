#include "nwedge/network/onnx/ports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"

namespace nwedge::network::onnx {
namespace {

const Port& only_one(const std::vector<Port>& ports, std::string_view what, const std::string& place) {
  std::string names;
  for (const Port& port : ports) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", port.name);
  if (ports.size() != 1)
    throw Error(place, fmt::format("a network must have one {}, has {}; export it with one ({})", what,
                                   ports.size(), names.empty() ? "none" : names));
  if (!ports.front().is_float) throw Error(place, fmt::format("{} {} must be of floats", what, names));
  return ports.front();
}

}  // namespace

const Port& network_input(const Document& document, const std::string& place) {
  const Port& input = only_one(document.inputs, "input", place);
  if (input.shape.size() < 2)
    throw Error(place, fmt::format("input \"{}\" must have an axis of examples and others, has shape {}",
                                   input.name, text_of(input.shape)));
  checked_entries(Shape(input.shape.begin() + 1, input.shape.end()),
                  fmt::format("{}, input \"{}\": all axes but that of examples must have fixed sizes", place,
                              input.name));
  if (input.shape[0] == 0 || input.shape[0] > kAnyNumber)
    throw Error(place, fmt::format("input \"{}\" must have 1 to {} examples, has {}", input.name, kAnyNumber,
                                   input.shape[0]));
  return input;
}

const Port& network_output(const Document& document, const std::string& place) {
  return only_one(document.outputs, "output", place);
}

std::int64_t examples_of(const Port& input) { return input.shape[0] < 0 ? kAnyNumber : input.shape[0]; }

Shape example_of(const Port& input) { return Shape(input.shape.begin() + 1, input.shape.end()); }

}  // namespace nwedge::network::onnx
