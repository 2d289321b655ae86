#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/network/kernels/lane_product.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include <algorithm>
#include <array>
#include <utility>

#include "nwedge/core/registers-inl.hpp"
#include "nwedge/network/kernels/lane_product.hpp"
#include "nwedge/network/kernels/lanes.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::network::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

// Of a tile: its sums, a row of factors and one more fill the registers.
constexpr int kRows = 4;
constexpr int kColumns = kRegisters == 32 ? 4 : 3;

template <int Rows, int Columns>
void multiply_tile(const LaneMatrix& left, const LaneMatrix& right, const LaneMatrix& result,
                   std::int64_t inner, bool add) {
  Register sums[Rows][Columns];
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < Columns; ++j)
      sums[i][j] = add ? load(result.data + i * result.row + j * result.column) : Register{};
  for (std::int64_t k = 0; k < inner; ++k) {
    Register values[Columns];
#pragma GCC unroll 4
    for (int j = 0; j < Columns; ++j) {
      values[j] = load(right.data + k * right.row + j * right.column);
      hold(values[j]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      const Register factor = load(left.data + i * left.row + k * left.column);
#pragma GCC unroll 4
      for (int j = 0; j < Columns; ++j) sums[i][j] += factor * values[j];
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < Columns; ++j) store(result.data + i * result.row + j * result.column, sums[i][j]);
}

using TileFunction = void (*)(const LaneMatrix&, const LaneMatrix&, const LaneMatrix&, std::int64_t, bool);

template <int Rows, int... Columns>
constexpr std::array<TileFunction, kColumns> tiles_of(std::integer_sequence<int, Columns...>) {
  return {multiply_tile<Rows, Columns + 1>...};
}

template <int... Rows>
constexpr auto all_tiles(std::integer_sequence<int, Rows...>) {
  return std::array{tiles_of<Rows + 1>(std::make_integer_sequence<int, kColumns>())...};
}

constexpr auto kTiles = all_tiles(std::make_integer_sequence<int, kRows>());

LaneMatrix moved(const LaneMatrix& matrix, std::int64_t row, std::int64_t column, std::int64_t lane) {
  return {matrix.data + row * matrix.row + column * matrix.column + lane, matrix.row, matrix.column};
}

}  // namespace

void multiply_lanes(const LaneMatrix& left, const LaneMatrix& right, const LaneMatrix& result,
                    const LaneExtents& extents, bool add) {
  const std::int64_t bands = (extents.rows + kRows - 1) / kRows;
  const std::int64_t strips = (extents.columns + kColumns - 1) / kColumns;
  for (std::int64_t lane = 0; lane < extents.lanes; lane += kRegisterFloats)
    for (std::int64_t band = 0; band < bands; ++band) {
      const std::int64_t row = band * extents.rows / bands;
      const std::int64_t rows = (band + 1) * extents.rows / bands - row;
      for (std::int64_t strip = 0; strip < strips; ++strip) {
        const std::int64_t column = strip * extents.columns / strips;
        const std::int64_t columns = (strip + 1) * extents.columns / strips - column;
        kTiles[static_cast<std::size_t>(rows - 1)][static_cast<std::size_t>(columns - 1)](
            moved(left, row, 0, lane), moved(right, 0, column, lane), moved(result, row, column, lane),
            extents.inner, add);
      }
    }
}

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(multiply_lanes);

void multiply_lanes(const LaneMatrix& left, const LaneMatrix& right, const LaneMatrix& result,
                    const LaneExtents& extents, bool add) {
  HWY_DYNAMIC_DISPATCH(multiply_lanes)(left, right, result, extents, add);
}

}  // namespace nwedge::network
#endif
