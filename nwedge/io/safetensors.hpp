#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace nwedge::io {

/// One named array in row-major order. The element types are those of safetensors' F32, F64, I64, I32 and U8.
struct Tensor {
  using Values = std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>,
                              std::vector<std::int32_t>, std::vector<std::uint8_t>>;
  std::string name;
  std::vector<std::int64_t> shape;  ///< empty: one number
  Values values;

  std::int64_t size() const;  ///< product of the shape
};

/// What a safetensors file holds; tensors in the order of the file.
struct TensorFile {
  std::vector<Tensor> tensors;
  std::map<std::string, std::string> metadata;

  /// The tensor `name`, or nullptr.
  const Tensor* find(std::string_view name) const;
};

/// Reads a safetensors file. Errors: unreadable file, a header that lies (sizes, offsets that overlap, leave
/// gaps or run past the end), unknown element type, duplicate names. F16 and BF16 are converted to float.
TensorFile read_safetensors(const std::filesystem::path& path);

/// The same from bytes in memory; `place` names them in errors.
TensorFile parse_safetensors(std::span<const std::uint8_t> bytes, std::string_view place);

/// Writes atomically (temporary name, fsync, rename): the file is there whole or not at all.
void write_safetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace nwedge::io
