#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// What a file of weights holds for a graph.
struct State {
  std::vector<float> weights;      ///< [D]
  std::vector<float> buffers;      ///< [buffer_size]; initial values where the file has none
  std::vector<std::string> notes;  ///< what was not plain, one line each: prefixes, order, missing buffers
  std::vector<std::pair<std::string, std::string>> pairs;  ///< by order: the graph's name, the file's
};

/// Reads the weights and buffers of `graph` from a safetensors file, as a state_dict has them, or from an
/// ONNX file of the same network. Tensors are told apart by `match`, "names" or "order": see
/// `tensor_matching.hpp`. Every tensor of weights must be there with its shape (F32, F64, F16 or BF16), none
/// besides, and all values finite; an `Error` names file and tensor. So it does when the file's metadata name
/// another activation than the graph's.
State read_state(const Graph& graph, const std::filesystem::path& path, std::string_view match = "names");

/// Writes a flat vector [D] (weights, or a gradient) under the graph's tensor names, atomically, and buffers
/// where they are given. The metadata say the model and the activation besides what is given.
void write_state(const Graph& graph, std::span<const float> weights, std::span<const float> buffers,
                 const std::filesystem::path& path, std::map<std::string, std::string> metadata = {});

}  // namespace nwedge::network
