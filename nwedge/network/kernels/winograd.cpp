#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/network/kernels/winograd.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include <algorithm>

#include "nwedge/core/registers-inl.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/winograd.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::network::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

/// B^T d for one column of four inputs.
struct Column {
  Register places[4];
};

inline Column column_of(const float* const* rows, std::int64_t at) {
  Register d[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) d[r] = rows[r] == nullptr ? Register{} : load(rows[r] + at);
  return {{d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]}};
}

}  // namespace

void transform_filters(const float* filters, std::int64_t outputs, std::int64_t channels,
                       float* transformed) {
  const std::int64_t plane = outputs * channels;
  for (std::int64_t begin = 0; begin < plane; begin += kLanes) {
    // Sixteen filters side by side; the last of them overlap those before.
    const std::int64_t first = std::max<std::int64_t>(0, std::min(begin, plane - kLanes));
    const std::int64_t count = std::min(kLanes, plane);
    alignas(64) float g[9][kLanes] = {};
    for (std::int64_t k = 0; k < count; ++k)
      for (std::int64_t t = 0; t < 9; ++t) g[t][k] = filters[(first + k) * 9 + t];
    for (std::int64_t k = 0; k < count; k += kRegisterFloats) {
      Register rows[4][3];  // G g
#pragma GCC unroll 3
      for (int t = 0; t < 3; ++t) {
        const Register top = load(g[t] + k);
        const Register middle = 0.5f * load(g[3 + t] + k);
        const Register bottom = load(g[6 + t] + k);
        const Register half = 0.5f * (top + bottom);
        rows[0][t] = top;
        rows[1][t] = half + middle;
        rows[2][t] = half - middle;
        rows[3][t] = bottom;
      }
      const auto put = [&](std::int64_t place, Register value) {
        float* to = transformed + place * plane + first + k;
        if (count == kLanes) return store(to, value);
        for (std::int64_t l = 0; l < kRegisterFloats && k + l < count; ++l) to[l] = value[l];
      };
#pragma GCC unroll 4
      for (int p = 0; p < 4; ++p) {
        const Register half = 0.5f * (rows[p][0] + rows[p][2]);
        const Register middle = 0.5f * rows[p][1];
        put(4 * p, rows[p][0]);
        put(4 * p + 1, half + middle);
        put(4 * p + 2, half - middle);
        put(4 * p + 3, rows[p][2]);
      }
    }
  }
}

void transform_inputs(const float* const* rows, std::int64_t channel_stride, std::int64_t column_stride,
                      const WinogradTiles& tiles, float* transformed) {
  const std::int64_t plane = tiles.plane();
  for (std::int64_t i = 0; i < tiles.channels; ++i)
    for (std::int64_t part = 0; part < kLanes; part += kRegisterFloats) {
      const std::int64_t begin = i * channel_stride + part;
      float* to = transformed + i * tiles.stride * kLanes + part;
      Column left[2] = {column_of(rows, begin), column_of(rows, begin + column_stride)};
      for (std::int64_t t = 0; t < tiles.tiles; ++t, to += kLanes) {
        const std::int64_t at = begin + (2 * t + 2) * column_stride;
        const bool whole = 2 * t + 2 <= tiles.columns;
        const Column right[2] = {column_of(rows, at), whole ? column_of(rows, at + column_stride) : Column{}};
#pragma GCC unroll 4
        for (int p = 0; p < 4; ++p) {
          float* place = to + 4 * p * plane;
          store(place, left[0].places[p] - right[0].places[p]);
          store(place + plane, left[1].places[p] + right[0].places[p]);
          store(place + 2 * plane, right[0].places[p] - left[1].places[p]);
          store(place + 3 * plane, left[1].places[p] - right[1].places[p]);
        }
        left[0] = right[0];
        left[1] = right[1];
      }
    }
}

void transform_outputs(const float* sums, const WinogradTiles& tiles, const float* bias, float* top,
                       float* bottom, std::int64_t output_stride, std::int64_t column_stride) {
  const std::int64_t plane = tiles.plane();
  for (std::int64_t o = 0; o < tiles.channels; ++o) {
    const Register own = broadcast(bias == nullptr ? 0.0f : bias[o]);
    for (std::int64_t t = 0; t < tiles.tiles; ++t)
      for (std::int64_t part = 0; part < kLanes; part += kRegisterFloats) {
        const float* from = sums + (o * tiles.stride + t) * kLanes + part;
        Register upper[4];
        Register lower[4];
#pragma GCC unroll 4
        for (int q = 0; q < 4; ++q) {
          const Register one = load(from + (4 + q) * plane);
          const Register two = load(from + (8 + q) * plane);
          upper[q] = load(from + q * plane) + one + two;
          lower[q] = one - two - load(from + (12 + q) * plane);
        }
        const std::int64_t at = o * output_stride + 2 * t * column_stride + part;
        const bool whole = 2 * t + 2 <= tiles.columns;
        store(top + at, upper[0] + upper[1] + upper[2] + own);
        if (whole) store(top + at + column_stride, upper[1] - upper[2] - upper[3] + own);
        if (bottom == nullptr) continue;
        store(bottom + at, lower[0] + lower[1] + lower[2] + own);
        if (whole) store(bottom + at + column_stride, lower[1] - lower[2] - lower[3] + own);
      }
  }
}

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(transform_filters);
HWY_EXPORT(transform_inputs);
HWY_EXPORT(transform_outputs);

void transform_filters(const float* filters, std::int64_t outputs, std::int64_t channels,
                       float* transformed) {
  HWY_DYNAMIC_DISPATCH(transform_filters)(filters, outputs, channels, transformed);
}
void transform_inputs(const float* const* rows, std::int64_t channel_stride, std::int64_t column_stride,
                      const WinogradTiles& tiles, float* transformed) {
  HWY_DYNAMIC_DISPATCH(transform_inputs)(rows, channel_stride, column_stride, tiles, transformed);
}
void transform_outputs(const float* sums, const WinogradTiles& tiles, const float* bias, float* top,
                       float* bottom, std::int64_t output_stride, std::int64_t column_stride) {
  HWY_DYNAMIC_DISPATCH(transform_outputs)(sums, tiles, bias, top, bottom, output_stride, column_stride);
}

}  // namespace nwedge::network
#endif
