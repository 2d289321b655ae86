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

inline constexpr int kParts = static_cast<int>(kLanes) / kRegisterFloats;
/// Sums side by side, so that one need not wait for the addition before it.
inline constexpr int kChains = kParts < 4 ? 4 / kParts : 1;

struct LaneSums {
  Register chains[kChains][kParts] = {};

  Register part(int p) const {
    Register sum = chains[0][p];
    for (int c = 1; c < kChains; ++c) sum += chains[c][p];
    return sum;
  }
};

/// f(chain, part, entry) for every part of every entry.
template <class F>
HWY_INLINE void for_each_part(std::int64_t entries, F&& f) {
  std::int64_t entry = 0;
  for (; entry + kChains <= entries; entry += kChains)
    for (int c = 0; c < kChains; ++c)
      for (int p = 0; p < kParts; ++p) f(c, p, entry + c);
  for (; entry < entries; ++entry)
    for (int p = 0; p < kParts; ++p) f(0, p, entry);
}

void lane_moments(const float* x, std::span<const std::int64_t> entries, bool centred, float* mean,
                  float* variance) {
  const float share = 1.0f / static_cast<float>(entries.size());
  const auto count = static_cast<std::int64_t>(entries.size());
  LaneSums sums;
  if (centred)
    for_each_part(count, [&](int c, int p, std::int64_t entry) {
      sums.chains[c][p] += load(x + entries[static_cast<std::size_t>(entry)] + p * kRegisterFloats);
    });
  Register level[kParts];
  for (int p = 0; p < kParts; ++p) level[p] = sums.part(p) * share;
  LaneSums squares;
  for_each_part(count, [&](int c, int p, std::int64_t entry) {
    const Register distance =
        load(x + entries[static_cast<std::size_t>(entry)] + p * kRegisterFloats) - level[p];
    squares.chains[c][p] += distance * distance;
  });
  for (int p = 0; p < kParts; ++p) {
    store(mean + p * kRegisterFloats, level[p]);
    store(variance + p * kRegisterFloats, squares.part(p) * share);
  }
}

void add_lane_products(const float* a, const float* b, float centre, std::int64_t length, std::int64_t lanes,
                       float* first, float* second) {
  for (std::int64_t group = 0; group < lanes; group += kLanes) {
    LaneSums sums;
    LaneSums products;
    for_each_part(length / lanes, [&](int c, int p, std::int64_t entry) {
      const std::int64_t at = entry * lanes + group + p * kRegisterFloats;
      const Register value = load(a + at);
      sums.chains[c][p] += value;
      products.chains[c][p] += value * (load(b + at) - centre);
    });
    for (int p = 0; p < kParts; ++p) {
      const std::int64_t at = group + p * kRegisterFloats;
      store(first + at, load(first + at) + sums.part(p));
      store(second + at, load(second + at) + products.part(p));
    }
  }
}

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(lane_moments);
HWY_EXPORT(add_lane_products);

void lane_moments(const float* x, std::span<const std::int64_t> entries, bool centred, float* mean,
                  float* variance) {
  HWY_DYNAMIC_DISPATCH(lane_moments)(x, entries, centred, mean, variance);
}

void add_lane_products(const float* a, const float* b, float centre, std::int64_t length, std::int64_t lanes,
                       float* first, float* second) {
  HWY_DYNAMIC_DISPATCH(add_lane_products)(a, b, centre, length, lanes, first, second);
}

}  // namespace nwedge::network
#endif
