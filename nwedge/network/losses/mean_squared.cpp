#include "nwedge/network/losses/mean_squared.hpp"

#include <algorithm>

namespace nwedge::network {

Tally MeanSquared::tally(const float* outputs, std::int64_t stride, const Targets& targets) const {
  Tally tally;
  for (std::int64_t begin = 0; begin < targets.examples; begin += kLanes) {
    double squares[kLanes] = {};
    for (std::int64_t k = 0; k < this->outputs(); ++k) {
      float t[kLanes];
      target_lanes(targets, begin, k, this->outputs(), t);
      const float* z = outputs + k * stride + begin;
      for (std::int64_t n = 0; n < kLanes; ++n) {
        const double difference = static_cast<double>(z[n]) - t[n];
        squares[n] += difference * difference;
      }
    }
    for (std::int64_t n = 0; n < std::min(kLanes, targets.examples - begin); ++n)
      tally.loss += squares[n] / static_cast<double>(this->outputs());
  }
  return tally;
}

Tally MeanSquared::slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
                          float*) const {
  const Tally sum = tally(outputs, stride, targets);
  const auto factor = static_cast<float>(2 * scale / static_cast<double>(this->outputs()));
  for (std::int64_t begin = 0; begin < targets.examples; begin += kLanes)
    for (std::int64_t k = 0; k < this->outputs(); ++k) {
      float t[kLanes];
      target_lanes(targets, begin, k, this->outputs(), t);
      float* z = outputs + k * stride + begin;
      for (std::int64_t n = 0; n < kLanes; ++n)
        z[n] = begin + n < targets.examples ? factor * (z[n] - t[n]) : 0.0f;
    }
  return sum;
}

void MeanSquared::tangent(const float*, const float*, float* tangent, std::int64_t stride,
                          const Targets& targets, double scale) const {
  const auto factor = static_cast<float>(2 * scale / static_cast<double>(outputs()));
  const std::int64_t lanes = (targets.examples + kLanes - 1) / kLanes * kLanes;
  for (std::int64_t k = 0; k < outputs(); ++k) {
    float* row = tangent + k * stride;
    for (std::int64_t n = 0; n < targets.examples; ++n) row[n] *= factor;
    std::fill(row + targets.examples, row + lanes, 0.0f);
  }
}

}  // namespace nwedge::network
