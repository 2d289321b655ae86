#pragma once
#include <cstdint>

#include "nwedge/network/losses/loss.hpp"

namespace nwedge::network {

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

/// Cross-entropy of softmax against labels of K >= 2 classes, in nats, with label smoothing s in [0, 1]
/// [szegedy2016]: with p = softmax(z) and q_c = (1 - s) [c = label] + s/K,
///
///   l(z, label) = -sum_c q_c log p_c,   dl/dz = p - q,   d2l/dz2 = diag p - p p^T,
///
/// as torch.nn.CrossEntropyLoss. With s = 0 it is the functions above, bit for bit. With s > 0 their slopes
/// are kept: the second derivative is theirs, and p is lost in p - q. Smoothing leaves the accuracy as it is.
class CrossEntropy final : public Loss {
 public:
  CrossEntropy(std::int64_t classes, double smoothing) : Loss(classes), smoothing_(smoothing) {}

  bool has_accuracy() const override { return true; }
  bool is_log_likelihood() const override { return true; }  // of the label itself; smoothing is no part of p
  std::int64_t kept_rows() const override { return smoothing_ > 0 ? outputs() : 0; }
  Tally tally(const float* outputs, std::int64_t stride, const Targets& targets) const override;
  Tally slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
               float* kept) const override;
  void tangent(const float* slopes, const float* kept, float* tangent, std::int64_t stride,
               const Targets& targets, double scale) const override;

 private:
  double smoothed_part(const float* outputs, std::int64_t stride, const Targets& targets) const;

  double smoothing_;
};

}  // namespace nwedge::network
