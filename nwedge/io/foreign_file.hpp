#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nwedge::io {

/// What a file is that should be safetensors but is not, known by how it begins, and the one line of Python
/// that makes safetensors of it: PyTorch's files, pickles, npz, npy, ONNX, HDF5 (Keras), GGUF, and what a
/// download left instead of a file. Empty where nothing is recognised. `place`: the file's path, which the
/// line names where it is short and plain.
std::string foreign_file(std::span<const std::uint8_t> bytes, std::string_view place);

}  // namespace nwedge::io
