#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// The weights in a safetensors file, as the flat vector of `graph`. Every tensor must be there with
/// its name and shape (F32, F64, F16 or BF16), none besides, and all values finite; an `Error` names file and
/// tensor. So it does when the file's metadata name another activation than the architecture's.
std::vector<float> read_weights(const Graph& graph, const std::filesystem::path& path);

/// Writes a flat vector [D] (weights, or a gradient) under the architecture's tensor names, atomically. The
/// metadata say the model and the activation besides what is given.
void write_weights(const Graph& graph, std::span<const float> weights, const std::filesystem::path& path,
                   std::map<std::string, std::string> metadata = {});

}  // namespace nwedge::network
