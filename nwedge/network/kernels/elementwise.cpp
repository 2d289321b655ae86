#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/network/kernels/elementwise.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include "nwedge/core/registers-inl.hpp"
#include "nwedge/network/kernels/elementwise.hpp"
#include "nwedge/network/kernels/lanes.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::network::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;

void combine(const float* rows, std::int64_t stride, std::span<const float> coordinates, std::int64_t count,
             float* result) {
  for (std::int64_t n = 0; n < count; n += kRegisterFloats) {
    Register sum = load(rows + n);
    const float* row = rows + n;
    for (const float coordinate : coordinates) sum += coordinate * load(row += stride);
    store(result + n, sum);
  }
}

void multiply_elements(const float* factors, float* values, std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) values[n] *= factors[n];
}

void add_elements(const float* terms, float* values, std::int64_t count) {
  for (std::int64_t n = 0; n < count; ++n) values[n] += terms[n];
}

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(combine);
HWY_EXPORT(multiply_elements);
HWY_EXPORT(add_elements);

void combine(const float* rows, std::int64_t stride, std::span<const float> coordinates, std::int64_t count,
             float* result) {
  HWY_DYNAMIC_DISPATCH(combine)(rows, stride, coordinates, count, result);
}
void multiply_elements(const float* factors, float* values, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(multiply_elements)(factors, values, count);
}
void add_elements(const float* terms, float* values, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(add_elements)(terms, values, count);
}

}  // namespace nwedge::network
#endif
