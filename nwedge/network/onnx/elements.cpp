#include "nwedge/network/onnx/elements.hpp"

#include <Eigen/Core>
#include <cstring>

namespace nwedge::network::onnx {
namespace {

template <class Stored, class Made>
std::vector<Made> read_as(std::span<const std::uint8_t> bytes) {
  std::vector<Made> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = static_cast<Made>(stored);
  }
  return values;
}

}  // namespace

bool is_real(std::int64_t type) {
  const auto element = static_cast<Element>(type);
  return element == Element::f32 || element == Element::f64 || element == Element::f16 ||
         element == Element::bf16;
}

std::int64_t element_bytes(std::int64_t type) {
  switch (static_cast<Element>(type)) {
    case Element::f64:
    case Element::i64:
    case Element::u64:
      return 8;
    case Element::f32:
    case Element::i32:
    case Element::u32:
      return 4;
    case Element::f16:
    case Element::bf16:
    case Element::u16:
    case Element::i16:
      return 2;
    case Element::u8:
    case Element::i8:
    case Element::boolean:
      return 1;
  }
  return 0;
}

std::variant<Floats, Integers> decode(std::int64_t type, std::span<const std::uint8_t> bytes) {
  switch (static_cast<Element>(type)) {
    case Element::f32:
      return read_as<float, float>(bytes);
    case Element::f64:
      return read_as<double, float>(bytes);
    case Element::f16:
      return read_as<Eigen::half, float>(bytes);
    case Element::bf16:
      return read_as<Eigen::bfloat16, float>(bytes);
    case Element::i64:
    case Element::u64:
      return read_as<std::int64_t, std::int64_t>(bytes);
    case Element::i32:
      return read_as<std::int32_t, std::int64_t>(bytes);
    case Element::u32:
      return read_as<std::uint32_t, std::int64_t>(bytes);
    case Element::i16:
      return read_as<std::int16_t, std::int64_t>(bytes);
    case Element::u16:
      return read_as<std::uint16_t, std::int64_t>(bytes);
    case Element::i8:
      return read_as<std::int8_t, std::int64_t>(bytes);
    case Element::u8:
    case Element::boolean:
      return read_as<std::uint8_t, std::int64_t>(bytes);
  }
  return Integers();
}

}  // namespace nwedge::network::onnx
