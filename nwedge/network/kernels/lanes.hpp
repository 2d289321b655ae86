#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace nwedge::network {

/// Examples that lie side by side in the innermost dimension of every value of a pass. Sixteen on every
/// processor, so that the order of all sums, and with it every bit of a result, does not depend on the width
/// of its registers.
inline constexpr std::int64_t kLanes = 16;

/// The next multiple of sixteen floats: whole cache lines.
inline constexpr std::int64_t whole_lines(std::int64_t count) {
  return (count + kLanes - 1) / kLanes * kLanes;
}

/// Floats in one vector register of the processor that this is compiled for, and how many registers it has.
#if defined(__AVX512F__)
inline constexpr int kRegisterFloats = 16;
inline constexpr int kRegisters = 32;
#elif defined(__AVX__)
inline constexpr int kRegisterFloats = 8;
inline constexpr int kRegisters = 16;
#else
inline constexpr int kRegisterFloats = 4;
inline constexpr int kRegisters = 16;
#endif

using Register [[gnu::vector_size(kRegisterFloats * 4)]] = float;
using Integers [[gnu::vector_size(kRegisterFloats * 4)]] = std::int32_t;
using Bytes [[gnu::vector_size(kRegisterFloats)]] = std::uint8_t;

inline Register load(const float* values) {
  Register loaded;
  std::memcpy(&loaded, values, sizeof loaded);
  return loaded;
}

inline void store(float* values, Register stored) { std::memcpy(values, &stored, sizeof stored); }

inline Register broadcast(float value) { return value - Register{}; }

/// Keeps the compiler from reading a value from memory again at each use: loads are what limits the products.
inline void hold(Register& value) {
#if defined(__x86_64__)
  asm("" : "+v"(value));
#endif
}

/// An array of floats that begins on a cache line; zero at first.
class LaneArray {
 public:
  LaneArray() = default;
  explicit LaneArray(std::int64_t size) : lines_(static_cast<std::size_t>((size + kLanes - 1) / kLanes)) {}
  float* data() { return reinterpret_cast<float*>(lines_.data()); }
  const float* data() const { return reinterpret_cast<const float*>(lines_.data()); }
  std::int64_t size() const { return static_cast<std::int64_t>(lines_.size()) * kLanes; }
  void clear() { std::fill(lines_.begin(), lines_.end(), Line{}); }  ///< to zero

 private:
  struct alignas(64) Line {
    float values[kLanes];
  };
  std::vector<Line> lines_;
};

}  // namespace nwedge::network
