#pragma once
#include <cstdint>

namespace nwedge::network {

/// One row of 2x2 maximum pooling: y[w] = max(top[2w], top[2w + 1], bottom[2w], bottom[2w + 1]), and which of
/// the four it was, the first of equals; a NaN is the greatest. `winner` may be null. Sixteen lanes each.
void pool_row(const float* top, const float* bottom, std::int64_t width, float* y, std::uint8_t* winner);

/// Its transpose: writes slope[w] to the winner's place and 0 to the others; adds slope to sum [16].
void unpool_row(const float* slope, const std::uint8_t* winner, std::int64_t width, float* top, float* bottom,
                float* sum);

/// y[w] = the value of z = [top; bottom] at the winner's place.
void pick_row(const float* top, const float* bottom, const std::uint8_t* winner, std::int64_t width,
              float* y);

}  // namespace nwedge::network
