#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// A network from an ONNX file, with the numbers that the file holds.
struct OnnxModel {
  Graph graph;                     ///< model: "onnx:FILE"
  std::vector<float> weights;      ///< [graph.dimension]
  std::vector<float> buffers;      ///< [graph.buffer_size]
  std::vector<std::string> notes;  ///< what a user should know of the choices below, one line each
};

/// Reads an ONNX file of opset 11 to 21 whose operators are those of `operators/table.hpp`, or can be put
/// together from them.
///
/// Which arrays are weights. An array of floats (an initialiser, a Constant node) is
/// - a tensor of weights under its own name, where it is the factor of a product (Conv, Gemm, a matrix on the
///   right of MatMul), its bias, or scale and shift of a normalisation;
/// - a buffer, where it is mean or variance of BatchNormalization;
/// - a `parameter` (Role::embedding), where it is an initialiser of more than one entry, all finite, used in
///   any other way: added, multiplied, concatenated (class tokens, positions, scales of layers);
/// - a constant otherwise: one number, a mask with infinities or one that ScatterND makes, a Constant node.
///   Integers always are.
/// Tensors come in the order in which the file's nodes use them.
///
/// Examples. The file has one input of floats; its axis 0 counts examples and may be any number, or a fixed
/// one. All other extents are numbers. The graph is that of one example; an axis of examples is followed
/// through transpositions and reshapes, and an operator that mixes examples is refused. What depends on
/// shapes and constants alone is computed here. There is one output, of floats; its axis 0 counts examples.
///
/// Chains that exporters make of GELU, SiLU, hard swish, and of layer, group and root-mean-square
/// normalisation become those operators.
///
/// Values. F32, F64, F16 and BF16; in the file or in files of its folder, whose sizes must agree.
///
/// Errors name file, operator and node: what is no ONNX file, an operator that there is not, examples that
/// mix, more inputs or outputs, a size that the file does not hold. Memory: about three times the file.
///
/// `input`: the shape of the examples that come, where it is to be the graph's; it may differ from the file's
/// by axes of extent 1 ([F, 1, 1] for [F]). Empty: the file's.
OnnxModel read_onnx(const std::filesystem::path& path, const Shape& input = {});

/// The same from bytes in memory; `place` names them in errors, `folder` holds their external data.
OnnxModel parse_onnx(std::span<const std::uint8_t> bytes, std::string_view place,
                     const std::filesystem::path& folder, const Shape& input = {});

}  // namespace nwedge::network
