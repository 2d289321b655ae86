#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/network/kernels/correlate.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include <algorithm>
#include <array>
#include <utility>

#include "nwedge/core/registers-inl.hpp"
#include "nwedge/network/kernels/correlate.hpp"
#include "nwedge/network/kernels/lanes.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::network::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

constexpr int kParts = static_cast<int>(kLanes) / kRegisterFloats;
// Of a tile: its sums, a value for each term and one slope fill the registers.
constexpr int kOutputs = 4;
constexpr int kTerms = kRegisters == 32 ? 4 : 3;
static_assert(kOutputs <= kMostOutputs);
constexpr std::int64_t kBlock = 1 << 12;  // floats of the slopes that stay in the first-level cache

struct Block {
  std::int64_t output;  // the first one
  std::int64_t row;
  std::int64_t rows;
};

/// Adds a block of rows to the sums [Outputs, all terms, 16] of one tile, for one part of the lanes.
template <int Outputs, int Terms, bool Dense>
void correlate_tile(const Correlation& c, const Block& block, std::int64_t term, std::int64_t part,
                    float* lanes) {
  const auto all = static_cast<std::int64_t>(c.offsets.size());
  const std::int64_t value_column = Dense ? kLanes : c.value_column;
  const std::int64_t slope_column = Dense ? kLanes : c.slope_column;
  const std::int64_t skipped = part * kRegisterFloats;
  Register sums[Outputs][Terms];
#pragma GCC unroll 8
  for (int o = 0; o < Outputs; ++o)
#pragma GCC unroll 8
    for (int t = 0; t < Terms; ++t) sums[o][t] = load(lanes + (o * all + term + t) * kLanes + skipped);
  for (std::int64_t h = block.row; h < block.row + block.rows; ++h) {
    std::array<const float*, Outputs> slopes;
    for (int o = 0; o < Outputs; ++o)
      slopes[static_cast<std::size_t>(o)] =
          c.slopes + (block.output + o) * c.slope_channel + h * c.slope_row + skipped;
    std::array<const float*, Terms> values;
    for (int t = 0; t < Terms; ++t)
      values[static_cast<std::size_t>(t)] =
          c.values + c.offsets[static_cast<std::size_t>(term + t)] + h * c.value_row + skipped;
    for (std::int64_t w = 0; w < c.columns; ++w) {
      Register value[Terms];
#pragma GCC unroll 8
      for (int t = 0; t < Terms; ++t) {
        value[t] = load(values[static_cast<std::size_t>(t)] + w * value_column);
        hold(value[t]);
      }
#pragma GCC unroll 8
      for (int o = 0; o < Outputs; ++o) {
        Register slope = load(slopes[static_cast<std::size_t>(o)] + w * slope_column);
        hold(slope);
#pragma GCC unroll 8
        for (int t = 0; t < Terms; ++t) sums[o][t] += slope * value[t];
      }
    }
  }
#pragma GCC unroll 8
  for (int o = 0; o < Outputs; ++o)
#pragma GCC unroll 8
    for (int t = 0; t < Terms; ++t) store(lanes + (o * all + term + t) * kLanes + skipped, sums[o][t]);
}

template <int Outputs, int Terms>
void correlate_parts(const Correlation& c, const Block& block, std::int64_t term, float* lanes) {
  const bool dense = c.value_column == kLanes && c.slope_column == kLanes;
  for (std::int64_t part = 0; part < kParts; ++part)
    if (dense)
      correlate_tile<Outputs, Terms, true>(c, block, term, part, lanes);
    else
      correlate_tile<Outputs, Terms, false>(c, block, term, part, lanes);
}

using TileFunction = void (*)(const Correlation&, const Block&, std::int64_t, float*);

template <int Outputs, int... Terms>
constexpr std::array<TileFunction, kTerms> tiles_of(std::integer_sequence<int, Terms...>) {
  return {correlate_parts<Outputs, Terms + 1>...};
}

template <int... Outputs>
constexpr auto all_tiles(std::integer_sequence<int, Outputs...>) {
  return std::array{tiles_of<Outputs + 1>(std::make_integer_sequence<int, kTerms>())...};
}

constexpr auto kTiles = all_tiles(std::make_integer_sequence<int, kOutputs>());

}  // namespace

void correlate(const Correlation& c, float* scratch) {
  const auto terms = static_cast<std::int64_t>(c.offsets.size());
  const std::int64_t bands = (c.outputs + kOutputs - 1) / kOutputs;
  const std::int64_t rows = std::clamp<std::int64_t>(kBlock / (kOutputs * c.columns * kLanes), 1, c.rows);
  const std::int64_t chunks = (terms + kTerms - 1) / kTerms;
  for (std::int64_t band = 0; band < bands; ++band) {
    const std::int64_t output = band * c.outputs / bands;
    const std::int64_t outputs = (band + 1) * c.outputs / bands - output;
    std::fill_n(scratch, outputs * terms * kLanes, 0.0f);
    for (std::int64_t row = 0; row < c.rows; row += rows) {
      const Block block = {output, row, std::min(rows, c.rows - row)};
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
        const std::int64_t term = chunk * terms / chunks;
        const std::int64_t here = (chunk + 1) * terms / chunks - term;
        kTiles[static_cast<std::size_t>(outputs - 1)][static_cast<std::size_t>(here - 1)](c, block, term,
                                                                                          scratch);
      }
    }
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t t = 0; t < terms; ++t) {
        float& target = c.gradient[(output + o) * terms + t];
        target = lane_sum(scratch + (o * terms + t) * kLanes) + (c.add ? target : 0.0f);
      }
  }
}

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(correlate);

std::int64_t correlation_scratch(std::int64_t terms) { return kMostOutputs * terms * kLanes; }

void correlate(const Correlation& correlation, float* scratch) {
  HWY_DYNAMIC_DISPATCH(correlate)(correlation, scratch);
}

}  // namespace nwedge::network
#endif
