#include "nwedge/network/losses/binary_cross_entropy.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/network/kernels/elementary.hpp"

namespace nwedge::network {
namespace {

/// exp(-|z|): in [0, 1], whatever the sign.
float exponential_of_magnitude(float z) { return exponential_of_negative(choose(z < 0, z, -z)); }

/// log(1 + exp(z)) - t z.
double loss_of(float z, float t) {
  const double beyond = static_cast<double>(choose(z > 0, 1.0f, 0.0f) - t) * z;
  return beyond + static_cast<double>(logarithm_of_one_plus(exponential_of_magnitude(z)));
}

bool is_right(float z, float t) { return !std::isnan(z) && (z > 0) == (t > 0.5f); }

Tally tally_of(const float* outputs, std::int64_t stride, const Targets& targets, std::int64_t count) {
  Tally tally;
  for (std::int64_t begin = 0; begin < targets.examples; begin += kLanes) {
    const std::int64_t here = std::min(kLanes, targets.examples - begin);
    double losses[kLanes] = {};
    float t[kLanes];
    for (std::int64_t k = 0; k < count; ++k) {
      target_lanes(targets, begin, k, count, t);
      const float* z = outputs + k * stride + begin;
      for (std::int64_t n = 0; n < kLanes; ++n) losses[n] += loss_of(z[n], t[n]);
    }
    for (std::int64_t n = 0; n < here; ++n) {
      tally.loss += losses[n] / static_cast<double>(count);
      if (count == 1) tally.correct += is_right(outputs[begin + n], t[n]) ? 1 : 0;
    }
  }
  return tally;
}

/// Replaces z by factor (p - t) and keeps factor p (1 - p), of sixteen examples.
void replace_by_slopes(float* z, const float* t, float factor, float* kept) {
  for (std::int64_t n = 0; n < kLanes; ++n) {
    const float e = exponential_of_magnitude(z[n]);
    const float more = 1 / (1 + e);
    const float less = e / (1 + e);  // p or 1 - p, the smaller of which keeps its digits
    const float yes = choose(z[n] > 0, more, less);
    const float no = choose(z[n] > 0, less, more);
    z[n] = factor * ((1 - t[n]) * yes - t[n] * no);  // p - t without cancellation where t is 0 or 1
    kept[n] = factor * yes * no;
  }
}

}  // namespace

Tally BinaryCrossEntropy::tally(const float* outputs, std::int64_t stride, const Targets& targets) const {
  return vectorise([&, count = this->outputs()] { return tally_of(outputs, stride, targets, count); });
}

Tally BinaryCrossEntropy::slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
                                 float* kept) const {
  return vectorise([&, count = this->outputs()] {
    const Tally sum = tally_of(outputs, stride, targets, count);
    const auto factor = static_cast<float>(scale / static_cast<double>(count));
    for (std::int64_t begin = 0; begin < targets.examples; begin += kLanes)
      for (std::int64_t k = 0; k < count; ++k) {
        float t[kLanes];
        float unkept[kLanes];
        target_lanes(targets, begin, k, count, t);
        float* z = outputs + k * stride + begin;
        float* bends = kept != nullptr ? kept + k * stride + begin : unkept;
        replace_by_slopes(z, t, factor, bends);
        for (std::int64_t n = targets.examples - begin; n < kLanes; ++n) z[n] = bends[n] = 0;
      }
    return sum;
  });
}

void BinaryCrossEntropy::tangent(const float*, const float* kept, float* tangent, std::int64_t stride,
                                 const Targets& targets, double) const {
  vectorise([&, count = outputs()] {
    for (std::int64_t k = 0; k < count; ++k) {
      float* row = tangent + k * stride;
      for (std::int64_t n = 0; n < targets.examples; ++n) row[n] *= kept[k * stride + n];
      for (std::int64_t n = targets.examples; n % kLanes != 0; ++n) row[n] = 0;
    }
  });
}

}  // namespace nwedge::network
