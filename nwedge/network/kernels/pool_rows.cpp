#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/network/kernels/pool_rows.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include "nwedge/core/registers-inl.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/pool_rows.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::network::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;

void pool_row(const float* top, const float* bottom, std::int64_t width, float* y, std::uint8_t* winner) {
  for (std::int64_t n = 0; n < width * kLanes; n += kRegisterFloats) {
    const std::int64_t pixel = n / kLanes * 2 * kLanes + n % kLanes;
    Register best = load(top + pixel);
    Integers place = {};
    const auto compete = [&](Register candidate, std::int32_t name) {
      const Integers wins = (candidate > best) | (candidate != candidate);
      best = wins ? candidate : best;
      place = wins ? Integers{} + name : place;
    };
    compete(load(top + pixel + kLanes), 1);
    compete(load(bottom + pixel), 2);
    compete(load(bottom + pixel + kLanes), 3);
    store(y + n, best);
    if (winner != nullptr) {
      const Bytes bytes = __builtin_convertvector(place, Bytes);
      std::memcpy(winner + n, &bytes, sizeof bytes);
    }
  }
}

void unpool_row(const float* slope, const std::uint8_t* winner, std::int64_t width, float* top, float* bottom,
                float* sum) {
  for (std::int64_t part = 0; part < kLanes; part += kRegisterFloats) {
    Register total = load(sum + part);
    for (std::int64_t w = 0; w < width; ++w) {
      const Register value = load(slope + w * kLanes + part);
      Bytes bytes;
      std::memcpy(&bytes, winner + w * kLanes + part, sizeof bytes);
      const Integers place = __builtin_convertvector(bytes, Integers);
      float* left = top + 2 * w * kLanes + part;
      float* below = bottom + 2 * w * kLanes + part;
      store(left, place == 0 ? value : Register{});
      store(left + kLanes, place == 1 ? value : Register{});
      store(below, place == 2 ? value : Register{});
      store(below + kLanes, place == 3 ? value : Register{});
      total += value;
    }
    store(sum + part, total);
  }
}

void pick_row(const float* top, const float* bottom, const std::uint8_t* winner, std::int64_t width,
              float* y) {
  for (std::int64_t n = 0; n < width * kLanes; n += kRegisterFloats) {
    const std::int64_t pixel = n / kLanes * 2 * kLanes + n % kLanes;
    Bytes bytes;
    std::memcpy(&bytes, winner + n, sizeof bytes);
    const Integers place = __builtin_convertvector(bytes, Integers);
    Register value = load(top + pixel);
    value = place == 1 ? load(top + pixel + kLanes) : value;
    value = place == 2 ? load(bottom + pixel) : value;
    value = place == 3 ? load(bottom + pixel + kLanes) : value;
    store(y + n, value);
  }
}

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(pool_row);
HWY_EXPORT(unpool_row);
HWY_EXPORT(pick_row);

void pool_row(const float* top, const float* bottom, std::int64_t width, float* y, std::uint8_t* winner) {
  HWY_DYNAMIC_DISPATCH(pool_row)(top, bottom, width, y, winner);
}
void unpool_row(const float* slope, const std::uint8_t* winner, std::int64_t width, float* top, float* bottom,
                float* sum) {
  HWY_DYNAMIC_DISPATCH(unpool_row)(slope, winner, width, top, bottom, sum);
}
void pick_row(const float* top, const float* bottom, const std::uint8_t* winner, std::int64_t width,
              float* y) {
  HWY_DYNAMIC_DISPATCH(pick_row)(top, bottom, winner, width, y);
}

}  // namespace nwedge::network
#endif
