#pragma once
#include <cstdint>

namespace nwedge::network {

// Winograd's F(2x2, 3x3) [lavin2016]: a 3x3 convolution of stride 1, four outputs at a time with 16
// multiplications a channel instead of 36. With B^T = (1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1), A^T = (1 1 1
// 0; 0 1 -1 -1) and G = (1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1), a square of 2x2 outputs is
//
//     z = A^T [sum_i (G g_i G^T) .* (B^T d_i B)] A
//
// over channels i with filters g_i (3x3) and inputs d_i (4x4), the cross-correlation of PyTorch. Sums of
// sixteen places of a square are products of matrices (`Product`); the transforms of inputs and outputs are
// additions of lanes. Rounding: the error of an output is up to about four times that of the plain sum.

inline constexpr std::int64_t kWinogradPlaces = 16;  // of a square of inputs

/// U[place, o, i] from filters [O, C, 3, 3]: 16 O C floats.
void transform_filters(const float* filters, std::int64_t outputs, std::int64_t channels, float* transformed);

/// Squares of a pair of rows, side by side, sixteen lanes wide.
struct WinogradTiles {
  std::int64_t channels = 0;  ///< of inputs, or outputs
  std::int64_t tiles = 0;     ///< squares
  std::int64_t columns = 0;   ///< of outputs: 2 tiles, or one less
  std::int64_t stride = 0;    ///< tiles from channel to channel of what is transformed

  /// Floats from place to place of what is transformed; no power of two.
  std::int64_t plane() const { return (channels * stride + 1) * 16; }
};

/// V[place, i, tile] from four rows of inputs, each null where there is none (it is then zero): `rows[r]` is
/// where channel 0 has what column -1 of the outputs' first square needs. The last column of an odd number of
/// them is taken as zero.
void transform_inputs(const float* const* rows, std::int64_t channel_stride, std::int64_t column_stride,
                      const WinogradTiles& tiles, float* transformed);

/// Two rows of outputs [o, column] from sums M[place, o, tile] and a bias [o] (null: none); `bottom` may be
/// null.
void transform_outputs(const float* sums, const WinogradTiles& tiles, const float* bias, float* top,
                       float* bottom, std::int64_t output_stride, std::int64_t column_stride);

}  // namespace nwedge::network
