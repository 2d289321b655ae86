#pragma once
#include <cstdint>
#include <span>

namespace nwedge::network {

/// gradient[o, t] (+)= sum over rows h, columns w and lanes n of
///     slopes[o slope_channel + h slope_row + w slope_column + n]
///   * values[offsets[t] + h value_row + w value_column + n],
///
/// the slope of the filters of a convolution: offsets[t] is where weight t of a filter first finds its pixel.
/// Lanes are summed last, by halves. `scratch`: `correlation_scratch` floats. Cost 32 O T H W FLOP.
struct Correlation {
  const float* slopes = nullptr;
  std::int64_t slope_channel = 0;
  std::int64_t slope_row = 0;
  std::int64_t slope_column = 16;
  const float* values = nullptr;
  std::span<const std::int32_t> offsets;
  std::int64_t value_row = 0;
  std::int64_t value_column = 16;
  std::int64_t outputs = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  float* gradient = nullptr;  ///< [O, T]
  bool add = false;           ///< onto what is there
};

inline constexpr std::int64_t kMostOutputs = 4;  // of a tile, with any instruction set

void correlate(const Correlation& correlation, float* scratch);
std::int64_t correlation_scratch(std::int64_t terms);

}  // namespace nwedge::network
