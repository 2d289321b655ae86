#pragma once
#include <optional>
#include <string>
#include <vector>

#include "nwedge/network/onnx/extents.hpp"

namespace nwedge::network::onnx {

/// The outputs of a node whose inputs are constants, as exporters need them for shapes, indices, scales and
/// masks; none where the operator is not one of those. Floats are computed in double and kept as float.
/// Errors at `place`: inputs that do not fit, more than `kMostMade` entries.
std::optional<std::vector<Array>> fold(const FileNode& step, Constants inputs, const std::string& place);

// Its parts, by what they do.
std::optional<Array> fold_elements(const FileNode& step, Constants inputs, const std::string& place);
std::optional<Array> fold_reduction(const FileNode& step, Constants inputs, const std::string& place);
std::optional<Array> fold_made(const FileNode& step, Constants inputs, const std::string& place);

/// A shape whose entries can be computed here, as their number.
std::int64_t entries_to_make(const Shape& shape, const std::string& place);

/// y[i, j, …] = x[offset + i strides[0] + j strides[1] + …].
Array pick(const Array& x, const Shape& shape, const Shape& strides, std::int64_t offset,
           const std::string& place);

}  // namespace nwedge::network::onnx
