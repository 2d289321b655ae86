#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/machine_loops.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include "bench/machine_loops.hpp"
#include "nwedge/core/registers-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::bench::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;

thread_local volatile float result_of_sums;  // so that the sums are made

double multiply_add(int seed) {
  constexpr int kSums = 14;
  constexpr std::int64_t kSteps = 10'000'000;
  Register sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = broadcast(static_cast<float>(i + seed));
  Register factor = broadcast(0.999f);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    hold(factor);
#pragma GCC unroll 14
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + factor;
  }
  for (int i = 1; i < kSums; ++i) sums[0] += sums[i];
  result_of_sums = sums[0][0];
  return 2.0 * kSums * kRegisterFloats * kSteps;
}

float read_through(const float* values, std::size_t count) {
  Register sums[4] = {};
  for (std::size_t i = 0; i < count; i += 4 * kRegisterFloats)
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) sums[k] += load(values + i + k * kRegisterFloats);
  const Register all = sums[0] + sums[1] + sums[2] + sums[3];
  float total = 0;
  for (int l = 0; l < kRegisterFloats; ++l) total += all[l];
  return total;
}

}  // namespace nwedge::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::bench {

HWY_EXPORT(multiply_add);
HWY_EXPORT(read_through);

double multiply_add(int seed) { return HWY_DYNAMIC_DISPATCH(multiply_add)(seed); }
float read_through(const float* values, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(read_through)(values, count);
}

}  // namespace nwedge::bench
#endif
