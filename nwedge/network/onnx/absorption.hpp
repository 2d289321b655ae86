#pragma once
#include <optional>

#include "nwedge/network/onnx/translation.hpp"

namespace nwedge::network::onnx {

/// What an Add or a Mul with an array of the file is where it follows another operator: the bias of a linear
/// layer, scale or shift of a normalisation that has none yet. Nothing otherwise.
std::optional<Flow> absorb(Translation& t, const FileNode& step);

}  // namespace nwedge::network::onnx
