#pragma once
#include <cstdint>
#include <span>
#include <variant>

#include "nwedge/network/onnx/array.hpp"

namespace nwedge::network::onnx {

/// ONNX's numbers for element types (TensorProto.DataType).
enum class Element {
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  bf16 = 16
};

bool is_real(std::int64_t type);                ///< one of the four types of floats
std::int64_t element_bytes(std::int64_t type);  ///< 0: not read

/// Little-endian bytes as floats or integers; a rest of bytes that makes no entry is left out.
std::variant<Floats, Integers> decode(std::int64_t type, std::span<const std::uint8_t> bytes);

}  // namespace nwedge::network::onnx
