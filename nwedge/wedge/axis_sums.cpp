#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/wedge/axis_sums.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include <algorithm>

#include "nwedge/core/transpose-inl.hpp"
#include "nwedge/wedge/axis_sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::wedge::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

constexpr std::size_t kPoints = 16;
constexpr std::size_t kWidth = kRegisterFloats;
constexpr std::size_t kParts = kPoints / kWidth;  // registers of one coordinate of sixteen points

/// max(|x| - width, 0)^2; a NaN passes through.
template <class Value>
void square_excess(Value& x, float width) {
  if (width != 0) {
    x = x < 0 ? -x : x;
    x -= width;
    x = x < 0 ? Value{} : x;
  }
  x *= x;
}

/// rows[16 j + i] = the excess of coordinate j of point i.
void load_block(const AxisTables& tables, const AxisTables::Block& block, const float* points, float width,
                float* rows) {
  std::size_t j = 0;
  if (block.dense)
    for (; j + kPoints <= block.count; j += kPoints)  // whole lines of the cache
      for (std::size_t first = 0; first < kPoints; first += kWidth)
        for (std::size_t part = 0; part < kPoints; part += kWidth) {
          Register tile[kWidth];
          for (std::size_t i = 0; i < kWidth; ++i)
            tile[i] = load(points + (first + i) * tables.dimension + block.begin + j + part);
          transpose_registers(tile);
          for (std::size_t i = 0; i < kWidth; ++i) {
            square_excess(tile[i], width);
            store(rows + (j + part + i) * kPoints + first, tile[i]);
          }
        }
  for (; j < block.count; ++j) {
    const std::size_t column =
        block.dense ? block.begin + j : static_cast<std::size_t>(tables.columns[block.begin + j]);
    for (std::size_t i = 0; i < kPoints; ++i) {
      float value = points[i * tables.dimension + column];
      square_excess(value, width);
      rows[j * kPoints + i] = value;
    }
  }
}

/// sums[l] += values[l], in double.
void add_doubles(Register values, double* sums) {
  constexpr std::size_t kHalf = kWidth / 2;
  using Half [[gnu::vector_size(kHalf * 4)]] = float;
  using Doubles [[gnu::vector_size(kHalf * 8)]] = double;
  Half halves[2];
  std::memcpy(halves, &values, sizeof values);
  for (std::size_t h = 0; h < 2; ++h) {
    Doubles sum;
    std::memcpy(&sum, sums + h * kHalf, sizeof sum);
    sum += __builtin_convertvector(halves[h], Doubles);
    std::memcpy(sums + h * kHalf, &sum, sizeof sum);
  }
}

/// Asks for a share of the block's lines. Inlined: GCC 12 takes a function that only prefetches for one that
/// does nothing.
[[gnu::always_inline]] inline void prefetch(const AxisTables& tables, const AxisTables::Block& block,
                                            const float* points, std::size_t share, std::size_t shares) {
  if (!block.dense) return;
  constexpr std::size_t kLine = 16;  // floats
  const std::size_t lines = (block.count + kLine - 1) / kLine * kPoints;
  for (std::size_t i = lines * share / shares; i < lines * (share + 1) / shares; ++i)
    __builtin_prefetch(points + i % kPoints * tables.dimension + block.begin + i / kPoints * kLine);
}

}  // namespace

void sum_axes_of_sixteen(const AxisTables& tables, const float* points, float width, std::span<double> sums) {
  alignas(64) float rows[(AxisTables::kBlock + 1) * kPoints];
  std::fill_n(rows + AxisTables::kBlock * kPoints, kPoints, 0.0f);
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t b = 0; b < tables.blocks.size(); ++b) {
    const AxisTables::Block& block = tables.blocks[b];
    load_block(tables, block, points, width, rows);
    for (std::size_t r = block.first_run; r < block.last_run; ++r) {
      const AxisTables::Run& run = tables.runs[r];
      // The next block comes from memory while this one is summed.
      if (b + 1 < tables.blocks.size())
        prefetch(tables, tables.blocks[b + 1], points, r - block.first_run, block.last_run - block.first_run);
      Register partial[4][kParts] = {};
      const std::uint16_t* place = tables.places.data() + run.first;
      for (std::uint32_t i = 0; i < run.count; i += 4)
#pragma GCC unroll 4
        for (std::uint32_t p = 0; p < 4; ++p)
#pragma GCC unroll 4
          for (std::size_t part = 0; part < kParts; ++part)
            partial[p][part] += load(rows + place[i + p] * kPoints + part * kWidth);
      double* sum = sums.data() + run.wedge * kPoints;
#pragma GCC unroll 4
      for (std::size_t part = 0; part < kParts; ++part)
        add_doubles((partial[0][part] + partial[1][part]) + (partial[2][part] + partial[3][part]),
                    sum + part * kWidth);
    }
  }
}

void sum_axes_of_one(const AxisTables& tables, const float* point, float width, std::span<double> sums) {
  float rows[AxisTables::kBlock + 1];
  rows[AxisTables::kBlock] = 0;
  std::fill(sums.begin(), sums.end(), 0.0);
  for (const AxisTables::Block& block : tables.blocks) {
    for (std::size_t j = 0; j < block.count; ++j)
      rows[j] =
          point[block.dense ? block.begin + j : static_cast<std::size_t>(tables.columns[block.begin + j])];
    for (std::size_t j = 0; j < block.count; ++j) square_excess(rows[j], width);
    for (std::size_t r = block.first_run; r < block.last_run; ++r) {
      const AxisTables::Run& run = tables.runs[r];
      float partial[4] = {};
      const std::uint16_t* place = tables.places.data() + run.first;
      for (std::uint32_t i = 0; i < run.count; i += 4)
        for (std::uint32_t p = 0; p < 4; ++p) partial[p] += rows[place[i + p]];
      sums[run.wedge] += static_cast<double>((partial[0] + partial[1]) + (partial[2] + partial[3]));
    }
  }
}

}  // namespace nwedge::wedge::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::wedge {

HWY_EXPORT(sum_axes_of_one);
HWY_EXPORT(sum_axes_of_sixteen);

void sum_axes_of_one(const AxisTables& tables, const float* point, float width, std::span<double> sums) {
  HWY_DYNAMIC_DISPATCH(sum_axes_of_one)(tables, point, width, sums);
}
void sum_axes_of_sixteen(const AxisTables& tables, const float* points, float width, std::span<double> sums) {
  HWY_DYNAMIC_DISPATCH(sum_axes_of_sixteen)(tables, points, width, sums);
}

}  // namespace nwedge::wedge
#endif
