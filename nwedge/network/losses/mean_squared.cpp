#include "nwedge/network/losses/mean_squared.hpp"

#include <algorithm>

#include "nwedge/core/vectorise.hpp"

namespace nwedge::network {
namespace {

Tally tally_of(const float* outputs, std::int64_t stride, const Targets& targets, std::int64_t count) {
  Tally tally;
  for (std::int64_t begin = 0; begin < targets.examples; begin += kLanes) {
    double squares[kLanes] = {};
    for (std::int64_t k = 0; k < count; ++k) {
      float t[kLanes];
      target_lanes(targets, begin, k, count, t);
      const float* z = outputs + k * stride + begin;
      for (std::int64_t n = 0; n < kLanes; ++n) {
        const double difference = static_cast<double>(z[n]) - t[n];
        squares[n] += difference * difference;
      }
    }
    for (std::int64_t n = 0; n < std::min(kLanes, targets.examples - begin); ++n)
      tally.loss += squares[n] / static_cast<double>(count);
  }
  return tally;
}

}  // namespace

Tally MeanSquared::tally(const float* outputs, std::int64_t stride, const Targets& targets) const {
  return vectorise([&, count = this->outputs()] { return tally_of(outputs, stride, targets, count); });
}

Tally MeanSquared::slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
                          float*) const {
  return vectorise([&, count = this->outputs()] {
    const Tally sum = tally_of(outputs, stride, targets, count);
    const auto factor = static_cast<float>(2 * scale / static_cast<double>(count));
    for (std::int64_t begin = 0; begin < targets.examples; begin += kLanes)
      for (std::int64_t k = 0; k < count; ++k) {
        float t[kLanes];
        target_lanes(targets, begin, k, count, t);
        float* z = outputs + k * stride + begin;
        for (std::int64_t n = 0; n < kLanes; ++n) z[n] = factor * (z[n] - t[n]);
        for (std::int64_t n = targets.examples - begin; n < kLanes; ++n) z[n] = 0;
      }
    return sum;
  });
}

void MeanSquared::tangent(const float*, const float*, float* tangent, std::int64_t stride,
                          const Targets& targets, double scale) const {
  vectorise([&, count = outputs()] {
    const auto factor = static_cast<float>(2 * scale / static_cast<double>(count));
    for (std::int64_t k = 0; k < count; ++k) {
      float* row = tangent + k * stride;
      for (std::int64_t n = 0; n < targets.examples; ++n) row[n] *= factor;
      for (std::int64_t n = targets.examples; n % kLanes != 0; ++n) row[n] = 0;
    }
  });
}

}  // namespace nwedge::network
