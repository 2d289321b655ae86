#include "nwedge/network/kernels.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "nwedge/network/elementary.hpp"

namespace nwedge::network {
namespace {

constexpr int kParts = static_cast<int>(kLanes) / kRegisterFloats;
constexpr int kFilterRows = kRegisters == 32 ? 2 : 1;  // filters of a tile: nine sums each

template <int Rows>
void filter_tile(const float* x, std::int64_t x_row, const float* dz, const Planes& dz_planes,
                 std::int64_t rows, std::int64_t columns, float* lanes) {
  Register sums[Rows][9] = {};
  for (std::int64_t h = 0; h < rows; ++h) {
    const float* x_at = x + h * x_row;
    const float* dz_at = dz + h * dz_planes.row;
    for (std::int64_t w = 0; w < columns; ++w, x_at += kLanes, dz_at += kLanes) {
      Register slope[Rows];
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        slope[r] = load(dz_at + r * dz_planes.channel);
        hold(slope[r]);
      }
#pragma GCC unroll 9
      for (int t = 0; t < 9; ++t) {
        Register value = load(x_at + (t / 3) * x_row + (t % 3) * kLanes);
        hold(value);
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r) sums[r][t] += slope[r] * value;
      }
    }
  }
  for (int r = 0; r < Rows; ++r)
    for (int t = 0; t < 9; ++t) store(lanes + (r * 9 + t) * kLanes, sums[r][t]);
}

template <int Rows>
void filter_rows(const float* x, const Planes& x_planes, const float* dz, const Planes& dz_planes,
                 std::int64_t rows, std::int64_t columns, std::int64_t first, float* gradient, bool add) {
  const std::int64_t inputs = x_planes.shape.channels;
  alignas(64) std::array<float, static_cast<std::size_t>(Rows) * 9 * kLanes> lanes;
  for (std::int64_t i = 0; i < inputs; ++i) {
    for (std::int64_t part = 0; part < kParts; ++part)
      filter_tile<Rows>(x + i * x_planes.channel + part * kRegisterFloats, x_planes.row,
                        dz + dz_planes.origin + first * dz_planes.channel + part * kRegisterFloats, dz_planes,
                        rows, columns, lanes.data() + part * kRegisterFloats);
    for (int r = 0; r < Rows; ++r)
      for (int t = 0; t < 9; ++t) {
        float& target = gradient[((first + r) * inputs + i) * 9 + t];
        target = lane_sum(lanes.data() + (r * 9 + t) * kLanes) + (add ? target : 0.0f);
      }
  }
}

/// Exchanges, between registers x[i] and x[i + Distance], the lanes whose numbers have the bit `Distance`
/// that the register's number lacks, or lack the one that it has.
template <int Distance, std::size_t... Lane>
void exchange(Register* x, std::index_sequence<Lane...>) {
  constexpr int kSide = kRegisterFloats;
  for (int i = 0; i < kSide; ++i) {
    if (i & Distance) continue;
    const Register low = x[i];
    const Register high = x[i + Distance];
    x[i] = __builtin_shufflevector(
        low, high, (static_cast<int>(Lane) & Distance ? static_cast<int>(Lane) - Distance + kSide : Lane)...);
    x[i + Distance] = __builtin_shufflevector(
        low, high, (static_cast<int>(Lane) & Distance ? static_cast<int>(Lane) + kSide : Lane + Distance)...);
  }
}

/// A square as wide as a register: element (i, j) goes to (j, i) by exchanging one bit of i and j at a time.
void transpose_tile(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
  constexpr int kSide = kRegisterFloats;
  constexpr auto kAll = std::make_index_sequence<kSide>();
  Register x[kSide];
  for (int i = 0; i < kSide; ++i) x[i] = load(from + i * from_stride);
  exchange<1>(x, kAll);
  exchange<2>(x, kAll);
  if constexpr (kSide > 4) exchange<4>(x, kAll);
  if constexpr (kSide > 8) exchange<8>(x, kAll);
  for (int i = 0; i < kSide; ++i) store(to + i * to_stride, x[i]);
}

}  // namespace

Planes Planes::plain(const ImageShape& shape, std::int64_t lanes) {
  return {shape, 0, shape.width * lanes, shape.height * shape.width * lanes};
}

Planes Planes::bordered(const ImageShape& shape) {
  const std::int64_t row = (shape.width + 2) * kLanes;
  return {shape, row + kLanes, row, (shape.height + 2) * row};
}

void transpose(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_stride) {
  constexpr std::int64_t kSide = kRegisterFloats;
  if (rows < kSide || columns < kSide) {
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < columns; ++c) to[c * to_stride + r] = from[r * from_stride + c];
    return;
  }
  // The last tile of a row or column that is no whole number of tiles overlaps the one before it.
  for (std::int64_t r = 0; r < rows; r += kSide)
    for (std::int64_t c = 0; c < columns; c += kSide) {
      const std::int64_t row = std::min(r, rows - kSide);
      const std::int64_t column = std::min(c, columns - kSide);
      transpose_tile(from + row * from_stride + column, from_stride, to + column * to_stride + row,
                     to_stride);
    }
}

void filter_gradient(const float* x, const Planes& x_planes, const float* dz, const Planes& dz_planes,
                     std::int64_t rows, std::int64_t columns, float* gradient, bool add) {
  const std::int64_t outputs = dz_planes.shape.channels;
  std::int64_t o = 0;
  for (; o + kFilterRows <= outputs; o += kFilterRows)
    filter_rows<kFilterRows>(x, x_planes, dz, dz_planes, rows, columns, o, gradient, add);
  for (; o < outputs; ++o) filter_rows<1>(x, x_planes, dz, dz_planes, rows, columns, o, gradient, add);
}

void combine(const float* rows, std::int64_t stride, std::span<const float> coordinates, std::int64_t count,
             float* result) {
  for (std::int64_t n = 0; n < count; n += kRegisterFloats) {
    Register sum = load(rows + n);
    const float* row = rows + n;
    for (const float coordinate : coordinates) sum += coordinate * load(row += stride);
    store(result + n, sum);
  }
}

void activate(Activation activation, float* values, std::int64_t count) {
  if (activation == Activation::relu)
    for (std::int64_t n = 0; n < count; ++n) values[n] = values[n] < 0 ? 0.0f : values[n];
  else
    for (std::int64_t n = 0; n < count; ++n) values[n] = hyperbolic_tangent(values[n]);
}

void multiply_by_derivative(Activation activation, const float* y, float factor, float* slope,
                            std::int64_t count) {
  if (activation == Activation::relu)
    for (std::int64_t n = 0; n < count; ++n) slope[n] = y[n] <= 0 ? 0.0f : slope[n];
  else
    for (std::int64_t n = 0; n < count; ++n) slope[n] *= 1.0f - (factor * y[n]) * (factor * y[n]);
}

void multiply_elements(const float* factors, float* values, std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) values[n] *= factors[n];
}

void add_elements(const float* terms, float* values, std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) values[n] += terms[n];
}

void pool_row(const float* top, const float* bottom, std::int64_t width, float* y, std::uint8_t* winner) {
  for (std::int64_t n = 0; n < width * kLanes; n += kRegisterFloats) {
    const std::int64_t pixel = n / kLanes * 2 * kLanes + n % kLanes;
    Register best = load(top + pixel);
    Integers place = {};
    const auto compete = [&](Register candidate, std::int32_t name) {
      const Integers wins = (candidate > best) | (candidate != candidate);
      best = wins ? candidate : best;
      place = wins ? Integers{} + name : place;
    };
    compete(load(top + pixel + kLanes), 1);
    compete(load(bottom + pixel), 2);
    compete(load(bottom + pixel + kLanes), 3);
    store(y + n, best);
    if (winner != nullptr) {
      const Bytes bytes = __builtin_convertvector(place, Bytes);
      std::memcpy(winner + n, &bytes, sizeof bytes);
    }
  }
}

void unpool_row(const float* slope, const std::uint8_t* winner, std::int64_t width, float* top, float* bottom,
                float* sum) {
  for (std::int64_t part = 0; part < kLanes; part += kRegisterFloats) {
    Register total = load(sum + part);
    for (std::int64_t w = 0; w < width; ++w) {
      const Register value = load(slope + w * kLanes + part);
      Bytes bytes;
      std::memcpy(&bytes, winner + w * kLanes + part, sizeof bytes);
      const Integers place = __builtin_convertvector(bytes, Integers);
      float* left = top + 2 * w * kLanes + part;
      float* below = bottom + 2 * w * kLanes + part;
      store(left, place == 0 ? value : Register{});
      store(left + kLanes, place == 1 ? value : Register{});
      store(below, place == 2 ? value : Register{});
      store(below + kLanes, place == 3 ? value : Register{});
      total += value;
    }
    store(sum + part, total);
  }
}

void pick_row(const float* top, const float* bottom, const std::uint8_t* winner, std::int64_t width,
              float* y) {
  for (std::int64_t n = 0; n < width * kLanes; n += kRegisterFloats) {
    const std::int64_t pixel = n / kLanes * 2 * kLanes + n % kLanes;
    Bytes bytes;
    std::memcpy(&bytes, winner + n, sizeof bytes);
    const Integers place = __builtin_convertvector(bytes, Integers);
    Register value = load(top + pixel);
    value = place == 1 ? load(top + pixel + kLanes) : value;
    value = place == 2 ? load(bottom + pixel) : value;
    value = place == 3 ? load(bottom + pixel + kLanes) : value;
    store(y + n, value);
  }
}

void hyperbolic_tangent_bend(const float* y, const float* slope, const float* tangent, float* bend,
                             std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) bend[n] = -2.0f * y[n] * slope[n] * tangent[n];
}

float lane_sum(const float* lanes) {
  std::array<float, kLanes / 2> sums;
  for (std::size_t j = 0; j < 8; ++j) sums[j] = lanes[j] + lanes[j + 8];
  for (std::size_t j = 0; j < 4; ++j) sums[j] += sums[j + 4];
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

}  // namespace nwedge::network
