#pragma once
#include <cstdint>
#include <string>

#include "nwedge/network/onnx/document.hpp"

namespace nwedge::network::onnx {

/// The one input, of floats, and the one output; an `Error` at `place` names them where there are more.
const Port& network_input(const Document& document, const std::string& place);
const Port& network_output(const Document& document, const std::string& place);

/// The number of examples: that of axis 0, or a prime where it may be any.
std::int64_t examples_of(const Port& input);
/// The extents of one example.
Shape example_of(const Port& input);

}  // namespace nwedge::network::onnx
