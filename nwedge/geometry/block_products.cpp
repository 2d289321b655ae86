#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/geometry/block_products.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include "nwedge/geometry/block_products.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "nwedge/core/registers-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::geometry::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

constexpr int kLanes = 16;
constexpr int kParts = kLanes / kRegisterFloats;                      // registers of sixteen lanes
constexpr int kAll = static_cast<int>(kBlockRows) / kRegisterFloats;  // registers of one block

/// Lane l is table[number of lane l], the number in bits shift to shift + 3 of its word.
struct Table {
  Register entries[kParts];
};

#if HWY_TARGET == HWY_AVX3
Register pick(const Table& table, Integers words, int shift) {
  const auto numbers = reinterpret_cast<__m512i>(words >> shift);
  return _mm512_permutexvar_ps(numbers, table.entries[0]);
}
#elif HWY_TARGET == HWY_AVX2
Register pick(const Table& table, Integers words, int shift) {
  const auto low = reinterpret_cast<__m256i>(words >> shift);
  const auto highest =
      reinterpret_cast<__m256>(words << (28 - shift));  // the number's fourth bit as the sign
  return _mm256_blendv_ps(_mm256_permutevar8x32_ps(table.entries[0], low),
                          _mm256_permutevar8x32_ps(table.entries[1], low), highest);
}
#else
Register pick(const Table& table, Integers words, int shift) {
  float entries[kLanes];
  for (int p = 0; p < kParts; ++p) store(entries + p * kRegisterFloats, table.entries[p]);
  float picked[kRegisterFloats];
  for (int l = 0; l < kRegisterFloats; ++l) picked[l] = entries[(words[l] >> shift) & 15];
  return load(picked);
}
#endif

}  // namespace

void add_columns(const float* columns, std::span<const float> coordinates, float* block) {
  // The sums stay in the first-level cache, and are read and written once for so many columns.
  constexpr std::size_t kTogether = 4;
  for (int k = 0; k < kAll; ++k) store(block + k * kRegisterFloats, Register{});
  std::size_t j = 0;
  for (; j + kTogether <= coordinates.size(); j += kTogether, columns += kTogether * kBlockRows) {
    Register z[kTogether];
    for (std::size_t c = 0; c < kTogether; ++c) z[c] = broadcast(coordinates[j + c]);
    for (int k = 0; k < kAll; ++k) {
      Register sum = load(block + k * kRegisterFloats);
#pragma GCC unroll 4
      for (std::size_t c = 0; c < kTogether; ++c)
        sum += z[c] * load(columns + c * kBlockRows + k * kRegisterFloats);
      store(block + k * kRegisterFloats, sum);
    }
  }
  for (; j < coordinates.size(); ++j, columns += kBlockRows)
    for (int k = 0; k < kAll; ++k)
      store(block + k * kRegisterFloats,
            load(block + k * kRegisterFloats) + coordinates[j] * load(columns + k * kRegisterFloats));
}

void project_block(const float* columns, const float* block, std::int64_t count, float* sums) {
  for (std::int64_t j = 0; j < count; ++j, columns += kBlockRows) {
#pragma GCC unroll 4
    for (int p = 0; p < kParts; ++p) {
      Register even = load(sums + j * kLanes + p * kRegisterFloats);
      Register odd = {};
#pragma GCC unroll 4
      for (int k = 0; k < static_cast<int>(kBlockRows); k += 2 * kLanes) {
        const int at = k + p * kRegisterFloats;
        even += load(block + at) * load(columns + at);
        odd += load(block + at + kLanes) * load(columns + at + kLanes);
      }
      store(sums + j * kLanes + p * kRegisterFloats, even + odd);
    }
  }
}

void add_picked(const float* tables, const std::uint32_t* words, std::int64_t groups, float* sums) {
  constexpr int kNumbers = 8;  // of a word
  for (int part = 0; part < kParts; ++part) {
    Register total[kNumbers] = {};
    for (std::int64_t g = 0; g < groups; ++g) {
      Table table;
      for (int p = 0; p < kParts; ++p) table.entries[p] = load(tables + g * kLanes + p * kRegisterFloats);
      Integers word;
      std::memcpy(&word, words + g * kLanes + part * kRegisterFloats, sizeof word);
#pragma GCC unroll 8
      for (int t = 0; t < kNumbers; ++t) total[t] += pick(table, word, 4 * t);
    }
    for (int t = 0; t < kNumbers; ++t) store(sums + t * kLanes + part * kRegisterFloats, total[t]);
  }
}

}  // namespace nwedge::geometry::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::geometry {

HWY_EXPORT(add_columns);
HWY_EXPORT(project_block);
HWY_EXPORT(add_picked);

void add_columns(const float* columns, std::span<const float> coordinates, float* block) {
  HWY_DYNAMIC_DISPATCH(add_columns)(columns, coordinates, block);
}
void project_block(const float* columns, const float* block, std::int64_t count, float* sums) {
  HWY_DYNAMIC_DISPATCH(project_block)(columns, block, count, sums);
}
void add_picked(const float* tables, const std::uint32_t* words, std::int64_t groups, float* sums) {
  HWY_DYNAMIC_DISPATCH(add_picked)(tables, words, groups, sums);
}

}  // namespace nwedge::geometry
#endif
