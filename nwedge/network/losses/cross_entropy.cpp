#include "nwedge/network/losses/cross_entropy.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {
namespace {

/// Softmax of sixteen examples side by side.
struct Group {
  float greatest[kLanes];
  double sum[kLanes];  ///< of exp(z - greatest): exactly 1 for the greatest, so that a tiny rest is kept
};

Group sum_exponentials(const float* logits, std::int64_t stride, std::int64_t classes) {
  Group group;
  for (std::int64_t n = 0; n < kLanes; ++n) group.greatest[n] = logits[n];
  for (std::int64_t c = 1; c < classes; ++c)
    for (std::int64_t n = 0; n < kLanes; ++n)
      group.greatest[n] = std::max(group.greatest[n], logits[c * stride + n]);
  for (std::int64_t n = 0; n < kLanes; ++n) group.sum[n] = 0;
  for (std::int64_t c = 0; c < classes; ++c)
    for (std::int64_t n = 0; n < kLanes; ++n)
      group.sum[n] += exponential_of_negative(logits[c * stride + n] - group.greatest[n]);
  return group;
}

void count(const Group& group, const float* logits, std::int64_t stride, const std::int32_t* labels,
           std::int64_t examples, Tally& tally) {
  for (std::int64_t n = 0; n < examples; ++n) {
    const float own = logits[labels[n] * stride + n];
    tally.loss += std::log(group.sum[n]) + (static_cast<double>(group.greatest[n]) - own);
    bool first = own == group.greatest[n] && !std::isnan(group.sum[n]);
    for (std::int64_t c = 0; first && c < labels[n]; ++c) first = logits[c * stride + n] < own;
    tally.correct += first ? 1 : 0;
  }
}

void replace_by_slope(const Group& group, float* logits, std::int64_t stride, std::int64_t classes,
                      const std::int32_t* labels, std::int64_t examples, double scale) {
  float factor[kLanes];
  for (std::int64_t n = 0; n < kLanes; ++n)
    factor[n] = n < examples ? static_cast<float>(scale / group.sum[n]) : 0.0f;
  float own[kLanes] = {};  // -scale (sum - e) / sum: no cancellation when the example is almost certain
  for (std::int64_t n = 0; n < examples; ++n) {
    const float e = exponential_of_negative(logits[labels[n] * stride + n] - group.greatest[n]);
    own[n] = static_cast<float>(scale * (e - group.sum[n]) / group.sum[n]);
  }
  for (std::int64_t c = 0; c < classes; ++c) {
    float* row = logits + c * stride;
    for (std::int64_t n = 0; n < kLanes; ++n)
      row[n] = factor[n] * exponential_of_negative(row[n] - group.greatest[n]);
  }
  for (std::int64_t n = examples; n < kLanes; ++n)
    for (std::int64_t c = 0; c < classes; ++c) logits[c * stride + n] = 0;
  for (std::int64_t n = 0; n < examples; ++n) logits[labels[n] * stride + n] = own[n];
}

}  // namespace

Tally cross_entropy(const float* logits, std::int64_t stride, std::int64_t classes,
                    const std::int32_t* labels, std::int64_t examples) {
  return vectorise([&] {
    Tally tally;
    for (std::int64_t begin = 0; begin < examples; begin += kLanes) {
      const Group group = sum_exponentials(logits + begin, stride, classes);
      count(group, logits + begin, stride, labels + begin, std::min(kLanes, examples - begin), tally);
    }
    return tally;
  });
}

Tally cross_entropy_slope(float* logits, std::int64_t stride, std::int64_t classes,
                          const std::int32_t* labels, std::int64_t examples, double scale) {
  return vectorise([&] {
    Tally tally;
    for (std::int64_t begin = 0; begin < examples; begin += kLanes) {
      const std::int64_t here = std::min(kLanes, examples - begin);
      const Group group = sum_exponentials(logits + begin, stride, classes);
      count(group, logits + begin, stride, labels + begin, here, tally);
      replace_by_slope(group, logits + begin, stride, classes, labels + begin, here, scale);
    }
    return tally;
  });
}

void cross_entropy_tangent(const float* slopes, float* tangent, std::int64_t stride, std::int64_t classes,
                           const std::int32_t* labels, std::int64_t examples, double scale) {
  vectorise([&] {
    const auto inverse = static_cast<float>(1 / scale);
    for (std::int64_t n = 0; n < examples; ++n) {
      // Relative to the label's class, whose own probability (1 less a rounded sum) is then not needed but as
      // a factor.
      const std::int64_t label = labels[n];
      const float own = tangent[label * stride + n];
      float mean = 0;
      for (std::int64_t c = 0; c < classes; ++c)
        if (c != label) mean += inverse * slopes[c * stride + n] * (tangent[c * stride + n] - own);
      for (std::int64_t c = 0; c < classes; ++c) {
        float& entry = tangent[c * stride + n];
        entry = c == label ? -(slopes[c * stride + n] + static_cast<float>(scale)) * mean
                           : slopes[c * stride + n] * (entry - own - mean);
      }
    }
    for (std::int64_t n = examples; n % kLanes != 0; ++n)
      for (std::int64_t c = 0; c < classes; ++c) tangent[c * stride + n] = 0;
  });
}

void softmax(const float* logits, std::int64_t stride, std::int64_t classes, std::int64_t examples,
             float* probabilities) {
  vectorise([&] {
    for (std::int64_t begin = 0; begin < examples; begin += kLanes) {
      const Group group = sum_exponentials(logits + begin, stride, classes);
      const std::int64_t here = std::min(kLanes, examples - begin);
      for (std::int64_t n = 0; n < here; ++n)
        for (std::int64_t c = 0; c < classes; ++c) {
          const float shifted = logits[c * stride + begin + n] - group.greatest[n];
          probabilities[(begin + n) * classes + c] =
              static_cast<float>(exponential_of_negative(shifted) / group.sum[n]);
        }
    }
  });
}

/// What smoothing adds to the loss: s sum_n [z_label - mean_c z_c].
double CrossEntropy::smoothed_part(const float* outputs, std::int64_t stride, const Targets& targets) const {
  double sum = 0;
  for (std::int64_t n = 0; n < targets.examples; ++n) {
    const double own = outputs[targets.labels[n] * stride + n];
    double above = 0;
    for (std::int64_t c = 0; c < this->outputs(); ++c) above += own - outputs[c * stride + n];
    sum += above / static_cast<double>(this->outputs());
  }
  return smoothing_ * sum;
}

Tally CrossEntropy::tally(const float* outputs, std::int64_t stride, const Targets& targets) const {
  Tally tally = cross_entropy(outputs, stride, this->outputs(), targets.labels, targets.examples);
  if (smoothing_ > 0) tally.loss += smoothed_part(outputs, stride, targets);
  return tally;
}

Tally CrossEntropy::slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
                           float* kept) const {
  const double added = smoothing_ > 0 ? smoothed_part(outputs, stride, targets) : 0;
  Tally tally =
      cross_entropy_slope(outputs, stride, this->outputs(), targets.labels, targets.examples, scale);
  if (smoothing_ == 0) return tally;
  tally.loss += added;
  const std::int64_t lanes = (targets.examples + kLanes - 1) / kLanes * kLanes;
  const double share = scale * smoothing_ / static_cast<double>(this->outputs());
  for (std::int64_t c = 0; c < this->outputs(); ++c) {
    float* row = outputs + c * stride;
    if (kept != nullptr) std::copy_n(row, lanes, kept + c * stride);
    for (std::int64_t n = 0; n < targets.examples; ++n)
      row[n] += static_cast<float>(c == targets.labels[n] ? scale * smoothing_ - share : -share);
  }
  return tally;
}

void CrossEntropy::tangent(const float* slopes, const float* kept, float* tangent, std::int64_t stride,
                           const Targets& targets, double scale) const {
  cross_entropy_tangent(smoothing_ > 0 ? kept : slopes, tangent, stride, outputs(), targets.labels,
                        targets.examples, scale);
}

}  // namespace nwedge::network
