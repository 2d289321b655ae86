#pragma once
#include <cstdint>

namespace nwedge::network {

/// What a micro-batch adds to the loss and the accuracy of a split.
struct Tally {
  double loss = 0;  ///< summed over the examples, in nats
  std::int64_t correct = 0;

  Tally& operator+=(const Tally& other) {
    loss += other.loss;
    correct += other.correct;
    return *this;
  }
};

/// Cross-entropy of softmax: sum over n < examples of log sum_c exp(z[c, n]) - z[label n, n]. logits are
/// [classes, stride], of which `examples` lanes count. An example is correct when its class alone, or as the
/// first of equals, has the greatest logit. A NaN logit gives a NaN loss.
Tally cross_entropy(const float* logits, std::int64_t stride, std::int64_t classes,
                    const std::int32_t* labels, std::int64_t examples);

/// The same; replaces the logits by scale times their slope, softmax(z) - [c = label], and by 0 in lanes from
/// `examples` to the next multiple of sixteen.
Tally cross_entropy_slope(float* logits, std::int64_t stride, std::int64_t classes,
                          const std::int32_t* labels, std::int64_t examples, double scale);

/// The derivative of those slopes along a tangent of the logits, which it replaces: with p = softmax(z),
/// scale p_c (z._c - sum_k p_k z._k). `slopes` is what `cross_entropy_slope` left with the same scale.
void cross_entropy_tangent(const float* slopes, float* tangent, std::int64_t stride, std::int64_t classes,
                           const std::int32_t* labels, std::int64_t examples, double scale);

/// probabilities[n, c] = softmax(z)[c] of example n < examples, rows of `classes` floats.
void softmax(const float* logits, std::int64_t stride, std::int64_t classes, std::int64_t examples,
             float* probabilities);

}  // namespace nwedge::network
