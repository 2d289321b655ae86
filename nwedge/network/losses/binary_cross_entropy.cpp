#include "nwedge/network/losses/binary_cross_entropy.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/network/kernels/elementary.hpp"

namespace nwedge::network {
namespace {

/// exp(-|z|): in [0, 1], whatever the sign.
float exponential_of_magnitude(float z) { return exponential_of_negative(z < 0 ? z : -z); }

/// p(z) and p(-z) = 1 - p(z), the smaller of which keeps its digits.
struct Probabilities {
  float yes;
  float no;
};

Probabilities probabilities(float z) {
  const float e = exponential_of_magnitude(z);
  const float more = 1 / (1 + e);
  const float less = e / (1 + e);
  return z > 0 ? Probabilities{more, less} : Probabilities{less, more};
}

/// log(1 + exp(z)) - t z.
double loss_of(float z, float t) {
  const double beyond = z > 0 ? (1.0 - t) * z : -static_cast<double>(t) * z;
  return beyond + std::log1p(static_cast<double>(exponential_of_magnitude(z)));
}

bool is_right(float z, float t) { return !std::isnan(z) && (z > 0) == (t > 0.5f); }

}  // namespace

Tally BinaryCrossEntropy::tally(const float* outputs, std::int64_t stride, const Targets& targets) const {
  Tally tally;
  for (std::int64_t begin = 0; begin < targets.examples; begin += kLanes) {
    const std::int64_t here = std::min(kLanes, targets.examples - begin);
    double losses[kLanes] = {};
    float t[kLanes];
    for (std::int64_t k = 0; k < this->outputs(); ++k) {
      target_lanes(targets, begin, k, this->outputs(), t);
      const float* z = outputs + k * stride + begin;
      for (std::int64_t n = 0; n < here; ++n) losses[n] += loss_of(z[n], t[n]);
    }
    for (std::int64_t n = 0; n < here; ++n) {
      tally.loss += losses[n] / static_cast<double>(this->outputs());
      if (has_accuracy()) tally.correct += is_right(outputs[begin + n], t[n]) ? 1 : 0;
    }
  }
  return tally;
}

Tally BinaryCrossEntropy::slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
                                 float* kept) const {
  const Tally sum = tally(outputs, stride, targets);
  const auto factor = static_cast<float>(scale / static_cast<double>(this->outputs()));
  for (std::int64_t begin = 0; begin < targets.examples; begin += kLanes)
    for (std::int64_t k = 0; k < this->outputs(); ++k) {
      float t[kLanes];
      target_lanes(targets, begin, k, this->outputs(), t);
      float* z = outputs + k * stride + begin;
      for (std::int64_t n = 0; n < kLanes; ++n) {
        const Probabilities p = probabilities(z[n]);
        const bool counts = begin + n < targets.examples;
        // p - t without cancellation where t is 0 or 1
        z[n] = counts ? factor * ((1 - t[n]) * p.yes - t[n] * p.no) : 0.0f;
        if (kept != nullptr) kept[k * stride + begin + n] = counts ? factor * p.yes * p.no : 0.0f;
      }
    }
  return sum;
}

void BinaryCrossEntropy::tangent(const float*, const float* kept, float* tangent, std::int64_t stride,
                                 const Targets& targets, double) const {
  const std::int64_t lanes = (targets.examples + kLanes - 1) / kLanes * kLanes;
  for (std::int64_t k = 0; k < outputs(); ++k) {
    float* row = tangent + k * stride;
    for (std::int64_t n = 0; n < targets.examples; ++n) row[n] *= kept[k * stride + n];
    std::fill(row + targets.examples, row + lanes, 0.0f);
  }
}

}  // namespace nwedge::network
