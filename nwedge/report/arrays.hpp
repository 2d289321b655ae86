#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "nwedge/io/safetensors.hpp"

namespace nwedge::report {

/// An array made small enough to draw.
struct DrawnArray {
  std::string name;
  std::vector<std::int64_t> whole;  ///< shape in the record
  std::vector<std::int64_t> shape;  ///< shape of `values`
  std::vector<float> values;        ///< row-major; empty when the array is not for drawing
};

/// The array with at most `axis_limit` >= 2 indices kept of each axis, evenly spread, first and last among
/// them: axis lengths alone decide which, so that arrays over the same axis stay aligned. Points of weight
/// space keep their shape only: arrays called "points.…", and those of rank 2 and above with an axis longer
/// than `kWeightAxis`.
DrawnArray thin(const io::Tensor& tensor, std::int64_t axis_limit);
DrawnArray thin(const DrawnArray& array, std::int64_t axis_limit);

inline constexpr std::int64_t kWeightAxis = 8192;

/// Thins the arrays further, by halves of `axis_limit` down to 16, until they hold at most `most_values`
/// numbers together. Returns the limit in force.
std::int64_t fit(std::vector<std::vector<DrawnArray>>& cells, std::int64_t axis_limit,
                 std::int64_t most_values);

/// {name: {shape, whole, data}}, data being the values as base64 of little-endian float32.
nlohmann::json pack(std::span<const DrawnArray> arrays);

}  // namespace nwedge::report
