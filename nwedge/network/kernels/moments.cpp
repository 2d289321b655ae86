#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/network/kernels/moments.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include "nwedge/core/registers-inl.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/moments.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::network::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;

void lane_moments(const float* x, std::span<const std::int64_t> entries, bool centred, float* mean,
                  float* variance) {
  const float share = 1.0f / static_cast<float>(entries.size());
  for (std::int64_t part = 0; part < kLanes; part += kRegisterFloats) {
    Register level = {};
    if (centred)
      for (const std::int64_t at : entries) level += load(x + at + part);
    level *= share;
    Register squares = {};
    for (const std::int64_t at : entries) {
      const Register distance = load(x + at + part) - level;
      squares += distance * distance;
    }
    store(mean + part, level);
    store(variance + part, squares * share);
  }
}

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(lane_moments);

void lane_moments(const float* x, std::span<const std::int64_t> entries, bool centred, float* mean,
                  float* variance) {
  HWY_DYNAMIC_DISPATCH(lane_moments)(x, entries, centred, mean, variance);
}

}  // namespace nwedge::network
#endif
