#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
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

/// The sum of sixteen lanes, by halves.
inline float lane_sum(const float* lanes) {
  std::array<float, kLanes / 2> sums;
  for (std::size_t j = 0; j < 8; ++j) sums[j] = lanes[j] + lanes[j + 8];
  for (std::size_t j = 0; j < 4; ++j) sums[j] += sums[j + 4];
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
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
