#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/geometry/walsh_hadamard.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/registers-inl.hpp"
#include "nwedge/geometry/walsh_hadamard.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::geometry::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

constexpr std::size_t kRun = 4096;  // floats transformed inside the first-level cache (16 KB)
constexpr std::size_t kFloats = kRegisterFloats;

/// The transform over R registers: one stage for each factor of two.
template <int R>
inline void across(Register* x) {
  if constexpr (R > 1) {
    for (int i = 0; i < R / 2; ++i) {
      const Register a = x[i];
      const Register b = x[i + R / 2];
      x[i] = a + b;
      x[i + R / 2] = a - b;
    }
    across<R / 2>(x);
    across<R / 2>(x + R / 2);
  }
}

/// The stage that joins lanes i and i ^ Distance of one register.
template <int Distance, std::size_t... I>
inline Register within_stage(Register x, std::index_sequence<I...>) {
  constexpr Register kSign = {((static_cast<int>(I) & Distance) ? -1.0f : 1.0f)...};
  return __builtin_shufflevector(x, x, (static_cast<int>(I) ^ Distance)...) + kSign * x;
}

inline Register within(Register x) {
  constexpr auto kAll = std::make_index_sequence<kFloats>();
  x = within_stage<2>(within_stage<1>(x, kAll), kAll);
  if constexpr (kFloats > 4) x = within_stage<4>(x, kAll);
  if constexpr (kFloats > 8) x = within_stage<8>(x, kAll);
  return x;
}

/// R rows of one register each, `from_step` floats apart, to rows `to_step` apart.
template <int R>
inline void transform_column(const float* from, std::size_t from_step, float* to, std::size_t to_step) {
  Register x[R];
  for (int r = 0; r < R; ++r) x[r] = load(from + static_cast<std::size_t>(r) * from_step);
  across<R>(x);
  for (int r = 0; r < R; ++r) store(to + static_cast<std::size_t>(r) * to_step, x[r]);
}

using Column = void (*)(const float*, std::size_t, float*, std::size_t);
Column column_of(int bits) {
  constexpr Column kColumns[] = {transform_column<1>, transform_column<2>, transform_column<4>,
                                 transform_column<8>, transform_column<16>};
  return kColumns[bits];
}

}  // namespace

/// A run of at most kRun consecutive floats, a multiple of one register.
void transform_run(float* values, std::size_t size) {
  for (std::size_t i = 0; i < size; i += kFloats) store(values + i, within(load(values + i)));
  for (std::size_t step = kFloats; step < size;) {
    const int bits = std::min(4, std::countr_zero(size / step));
    const Column column = column_of(bits);
    const std::size_t span = step << bits;
    for (std::size_t begin = 0; begin < size; begin += span)
      for (std::size_t i = 0; i < step; i += kFloats)
        column(values + begin + i, step, values + begin + i, step);
    step = span;
  }
}

/// `width` columns of 2^bits rows that lie `step` floats apart, through a buffer in the first-level cache:
/// rows whose distance is a power of two would evict one another. At most eight bits, in two stages of at
/// most four.
void transform_strip(float* values, std::size_t step, int bits, std::size_t width) {
  alignas(64) float buffer[kRun];
  const int high = bits / 2;
  const int low = bits - high;
  const std::size_t rows_low = std::size_t{1} << low;
  const Column first = column_of(high);
  const Column second = column_of(low);
  for (std::size_t r = 0; r < rows_low; ++r)
    for (std::size_t i = 0; i < width; i += kFloats)
      first(values + r * step + i, rows_low * step, buffer + r * width + i, rows_low * width);
  for (std::size_t r = 0; r < std::size_t{1} << high; ++r)
    for (std::size_t i = 0; i < width; i += kFloats)
      second(buffer + r * rows_low * width + i, width, values + r * rows_low * step + i, step);
}

}  // namespace nwedge::geometry::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::geometry {
namespace {

HWY_EXPORT(transform_run);
HWY_EXPORT(transform_strip);

constexpr std::size_t kRun = HWY_NAMESPACE::kRun;

/// The factors of two between `step` and `step` 2^bits, over the whole array.
void transform_strided(std::span<float> values, std::size_t step, int bits) {
  const std::size_t width = kRun >> bits;
  const std::size_t strips = step / width;  // in each group of 2^bits rows
  const std::size_t group = step << bits;
  constexpr std::size_t kTogether = 4;  // strips of one task
  const std::size_t all = values.size() / group * strips;
  parallel_for(static_cast<std::int64_t>((all + kTogether - 1) / kTogether), [&](std::int64_t task) {
    const std::size_t begin = static_cast<std::size_t>(task) * kTogether;
    for (std::size_t s = begin; s < std::min(all, begin + kTogether); ++s)
      HWY_DYNAMIC_DISPATCH(transform_strip)
    (values.data() + s / strips * group + s % strips * width, step, bits, width);
  });
}

constexpr std::size_t kSmall = 16;  // a register is full, with any instruction set

void transform_small(std::span<float> values) {
  for (std::size_t step = 1; step < values.size(); step *= 2)
    for (std::size_t i = 0; i < values.size(); ++i)
      if ((i & step) == 0) {
        const float a = values[i];
        const float b = values[i + step];
        values[i] = a + b;
        values[i + step] = a - b;
      }
}

}  // namespace

void walsh_hadamard(std::span<float> values) {
  if (!std::has_single_bit(values.size()))
    throw std::logic_error("walsh_hadamard: the size is no power of two");
  if (values.size() < kSmall) return transform_small(values);
  if (values.size() <= kRun) return HWY_DYNAMIC_DISPATCH(transform_run)(values.data(), values.size());
  constexpr std::size_t kTogether = 4;  // runs of one task
  const std::size_t runs = values.size() / kRun;
  parallel_for(static_cast<std::int64_t>((runs + kTogether - 1) / kTogether), [&](std::int64_t task) {
    const std::size_t begin = static_cast<std::size_t>(task) * kTogether;
    for (std::size_t r = begin; r < std::min(runs, begin + kTogether); ++r)
      HWY_DYNAMIC_DISPATCH(transform_run)(values.data() + r * kRun, kRun);
  });
  const int rest = std::countr_zero(runs);
  const int passes = (rest + 7) / 8;
  std::size_t step = kRun;
  for (int pass = 0; pass < passes; ++pass) {
    const int bits = (rest + pass) / passes;  // shares that differ by at most one
    transform_strided(values, step, bits);
    step <<= bits;
  }
}

}  // namespace nwedge::geometry
#endif
