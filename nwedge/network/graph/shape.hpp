#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace nwedge::network {

/// The extents of one example's value, without the axis of examples: [C, H, W] of an image, [T, F] of a
/// sequence, [F] of features; [] is one number.
using Shape = std::vector<std::int64_t>;

/// Entries of a value: the product of the extents.
inline std::int64_t size_of(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::string shape_text(const Shape& shape);  ///< "[3, 32, 32]"

}  // namespace nwedge::network
