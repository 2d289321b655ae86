#include "nwedge/network/product.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "nwedge/network/lanes.hpp"

namespace nwedge::network {
namespace {

constexpr int kParts =
    static_cast<int>(kLanes) / kRegisterFloats;    // registers that hold one group of sixteen
constexpr int kWidest = kRegisters == 32 ? 8 : 6;  // groups of one tile

/// Rows of a tile `width` groups wide: as many as leave registers for the factors and one vector.
constexpr int tile_rows(int width) {
  if (width == 1) return 8;
  if (kRegisters == 32) return width <= 6 ? 4 : 2;
  return width <= 2 ? 4 : 2;
}

/// One part (kRegisterFloats lanes) of Rows x Width sums, held in registers over all terms.
template <int Rows, int Width>
void multiply_tile(const Product& product, std::int64_t row, std::int64_t lane) {
  const float* factors = product.factors + row * product.factor_stride;
  const float* vectors = product.vectors + lane;
  const std::int64_t stride = product.factor_stride;
  Register sums[Rows][Width];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int p = 0; p < Width; ++p)
      sums[r][p] = product.into == Into::assign_with_bias ? broadcast(product.bias[row + r]) : Register{};
  for (const Term& term : product.terms) {
    const float* factor = factors + term.factor;
    const float* vector = vectors + term.vector;
    Register scale[Rows];
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) scale[r] = broadcast(factor[r * stride]);
#pragma GCC unroll 8
    for (int p = 0; p < Width; ++p) {
      Register values = load(vector + p * kLanes);
      hold(values);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) sums[r][p] += values * scale[r];
    }
  }
  float* result = product.result + row * product.result_stride + lane;
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int p = 0; p < Width; ++p) {
      float* target = result + r * product.result_stride + p * kLanes;
      store(target, product.into == Into::add ? load(target) + sums[r][p] : sums[r][p]);
    }
}

template <int Rows, int Width>
void multiply_rows(const Product& product, std::int64_t begin, std::int64_t end, std::int64_t lane) {
  std::int64_t row = begin;
  for (; row + Rows <= end; row += Rows)
    for (std::int64_t part = 0; part < kParts; ++part)
      multiply_tile<Rows, Width>(product, row, lane + part * kRegisterFloats);
  if constexpr (Rows > 1)
    if (row < end) multiply_rows<Rows / 2, Width>(product, row, end, lane);
}

using RowsFunction = void (*)(const Product&, std::int64_t, std::int64_t, std::int64_t);

template <int... Widths>
constexpr std::array<RowsFunction, sizeof...(Widths)> rows_functions(std::integer_sequence<int, Widths...>) {
  return {multiply_rows<tile_rows(Widths + 1), Widths + 1>...};
}

constexpr auto kRowsFunctions = rows_functions(std::make_integer_sequence<int, kWidest>());

}  // namespace

void multiply(const Product& product, std::int64_t rows, std::int64_t count) {
  const std::int64_t tiles = (count + kWidest - 1) / kWidest;
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const std::int64_t begin = tile * count / tiles;
    const std::int64_t width = (tile + 1) * count / tiles - begin;
    kRowsFunctions[static_cast<std::size_t>(width - 1)](product, 0, rows, begin * kLanes);
  }
}

void multiply_columns(const Product& product, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kGroups = 4;  // tiles of 4 x 4 keep their part of `vectors` in the first-level cache
  const std::int64_t whole = columns / kLanes;
  Product part = product;
  for (std::int64_t group = 0; group < whole; group += kGroups) {
    part.vectors = product.vectors + group * kLanes;
    part.result = product.result + group * kLanes;
    multiply(part, rows, std::min(kGroups, whole - group));
  }
  const std::int64_t rest = columns % kLanes;
  if (rest == 0) return;
  constexpr std::int64_t kRows = 8;
  std::array<float, kRows * kLanes> sums;
  part = product;
  part.vectors = product.vectors + whole * kLanes;
  part.result = sums.data();
  part.result_stride = kLanes;
  part.into = product.into == Into::add ? Into::assign : product.into;
  for (std::int64_t row = 0; row < rows; row += kRows) {
    const std::int64_t here = std::min(kRows, rows - row);
    part.factors = product.factors + row * product.factor_stride;
    part.bias = product.bias == nullptr ? nullptr : product.bias + row;
    multiply(part, here, 1);
    for (std::int64_t r = 0; r < here; ++r) {
      float* target = product.result + (row + r) * product.result_stride + whole * kLanes;
      for (std::int64_t n = 0; n < rest; ++n)
        target[n] =
            sums[static_cast<std::size_t>(r * kLanes + n)] + (product.into == Into::add ? target[n] : 0.0f);
    }
  }
}

}  // namespace nwedge::network
