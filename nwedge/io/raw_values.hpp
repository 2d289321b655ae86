#pragma once
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace nwedge::io {

/// The numbers that lie one after the other in `bytes`, a multiple of sizeof(T), in the machine's byte order.
template <class T>
std::vector<T> copy_values(std::span<const std::uint8_t> bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace nwedge::io
