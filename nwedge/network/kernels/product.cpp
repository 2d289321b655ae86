#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/network/kernels/product.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include <algorithm>
#include <array>
#include <utility>

#include "nwedge/core/registers-inl.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/product.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::network::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

constexpr int kParts = static_cast<int>(kLanes) / kRegisterFloats;  // registers that hold one group
constexpr int kWidest = kRegisters == 32 ? 4 : 1;                   // groups of one tile
constexpr int kMostRows = kRegisters == 32 ? 8 : 6;

/// Rows of a tile `width` groups wide: as many as leave registers for the factors and one vector.
constexpr int tile_rows(int width) {
  if (kRegisters == 32) return width <= 3 ? 8 : 6;
  return 6;
}

/// Registers of one group that a tile holds at once: where there are few, a tile of one group holds all of
/// it.
constexpr int tile_parts(int width) { return kRegisters == 16 && width == 1 && kParts == 2 ? 2 : 1; }

/// Rows x Width sums of Parts registers each, held over all terms.
template <int Rows, int Width, bool Dense>
void multiply_tile(const Product& product, std::int64_t row, std::int64_t group, std::int64_t part) {
  constexpr int kHere = tile_parts(Width);
  constexpr int kColumns = Width * kHere;
  const std::int64_t vector_group = Dense ? kLanes : product.vector_group;
  const std::int64_t result_group = Dense ? kLanes : product.result_group;
  std::array<const float*, Rows> factors;
  for (int r = 0; r < Rows; ++r)
    factors[static_cast<std::size_t>(r)] = product.factors + (row + r) * product.factor_stride;
  std::array<const float*, Width> vectors;
  for (int g = 0; g < Width; ++g)
    vectors[static_cast<std::size_t>(g)] =
        product.vectors + (group + g) * vector_group + part * kRegisterFloats;
  Register sums[Rows][kColumns];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c)
      sums[r][c] = product.into == Into::assign_with_bias ? broadcast(product.bias[row + r]) : Register{};
  for (const Term& term : product.terms) {
    const std::int64_t factor = term.factor;
    const std::int64_t vector = term.vector;
    Register values[kColumns];
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c) {
      const float* from =
          Dense ? vectors[0] + (c / kHere) * kLanes : vectors[static_cast<std::size_t>(c / kHere)];
      values[c] = load(from + vector + (c % kHere) * kRegisterFloats);
      hold(values[c]);
    }
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const Register scale = broadcast(factors[static_cast<std::size_t>(r)][factor]);
#pragma GCC unroll 8
      for (int c = 0; c < kColumns; ++c) sums[r][c] += values[c] * scale;
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c) {
      float* target = product.result + (row + r) * product.result_stride +
                      (group + c / kHere) * result_group + (part + c % kHere) * kRegisterFloats;
      store(target, product.into == Into::add ? load(target) + sums[r][c] : sums[r][c]);
    }
}

template <int Rows, int Width>
void multiply_rows(const Product& product, std::int64_t row, std::int64_t group) {
  const bool dense = product.vector_group == kLanes && product.result_group == kLanes;
  for (std::int64_t part = 0; part < kParts; part += tile_parts(Width))
    if (dense)
      multiply_tile<Rows, Width, true>(product, row, group, part);
    else
      multiply_tile<Rows, Width, false>(product, row, group, part);
}

using TileFunction = void (*)(const Product&, std::int64_t, std::int64_t);

template <int Width, int... Rows>
constexpr std::array<TileFunction, kMostRows> tiles_of(std::integer_sequence<int, Rows...>) {
  return {(Rows < tile_rows(Width) ? multiply_rows<(Rows < tile_rows(Width) ? Rows + 1 : 1), Width>
                                   : nullptr)...};
}

template <int... Widths>
constexpr auto all_tiles(std::integer_sequence<int, Widths...>) {
  return std::array<std::array<TileFunction, kMostRows>, sizeof...(Widths)>{
      tiles_of<Widths + 1>(std::make_integer_sequence<int, kMostRows>())...};
}

constexpr auto kTiles = all_tiles(std::make_integer_sequence<int, kWidest>());

}  // namespace

void multiply(const Product& product, std::int64_t rows, std::int64_t count) {
  // Tiles of nearly equal size: a thin last one would waste what it loads.
  const std::int64_t columns = (count + kWidest - 1) / kWidest;
  for (std::int64_t c = 0; c < columns; ++c) {
    const std::int64_t group = c * count / columns;
    const std::int64_t width = (c + 1) * count / columns - group;
    const auto& tiles = kTiles[static_cast<std::size_t>(width - 1)];
    const std::int64_t most = tile_rows(static_cast<int>(width));
    const std::int64_t bands = (rows + most - 1) / most;
    for (std::int64_t band = 0; band < bands; ++band) {
      const std::int64_t row = band * rows / bands;
      tiles[static_cast<std::size_t>((band + 1) * rows / bands - row - 1)](product, row, group);
    }
  }
}

void multiply_columns(const Product& product, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kGroups = 4;  // so many keep their part of `vectors` in the first-level cache
  const std::int64_t whole = columns / kLanes;
  Product part = product;
  for (std::int64_t group = 0; group < whole; group += kGroups) {
    part.vectors = product.vectors + group * kLanes;
    part.result = product.result + group * kLanes;
    HWY_NAMESPACE::multiply(part, rows, std::min(kGroups, whole - group));
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
    HWY_NAMESPACE::multiply(part, here, 1);
    for (std::int64_t r = 0; r < here; ++r) {
      float* target = product.result + (row + r) * product.result_stride + whole * kLanes;
      for (std::int64_t n = 0; n < rest; ++n)
        target[n] =
            sums[static_cast<std::size_t>(r * kLanes + n)] + (product.into == Into::add ? target[n] : 0.0f);
    }
  }
}

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(multiply);
HWY_EXPORT(multiply_columns);

void multiply(const Product& product, std::int64_t rows, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(multiply)(product, rows, count);
}
void multiply_columns(const Product& product, std::int64_t rows, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(multiply_columns)(product, rows, columns);
}

}  // namespace nwedge::network
#endif
