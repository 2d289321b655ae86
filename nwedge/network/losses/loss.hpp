#pragma once
#include <cstdint>

#include "nwedge/landscape.hpp"
#include "nwedge/network/losses/targets.hpp"

namespace nwedge::network {

/// What a micro-batch adds to the loss and the accuracy of a split.
struct Tally {
  double loss = 0;  ///< summed over the examples
  std::int64_t correct = 0;

  Tally& operator+=(const Tally& other) {
    loss += other.loss;
    correct += other.correct;
    return *this;
  }
};

/// The means of a split of `examples`; no accuracy where examples are neither right nor wrong.
inline Metrics metrics_of(const Tally& sum, double examples, bool has_accuracy) {
  Metrics metrics;
  metrics.loss = sum.loss / examples;
  if (has_accuracy) metrics.accuracy = static_cast<double>(sum.correct) / examples;
  return metrics;
}

/// A loss l(z, t) of one example's K outputs z and its target t, convex in z; the loss of a split is the mean
/// over its examples. Outputs, slopes and tangents are [K, stride]: lane n of each row is example n of
/// `targets.examples`, and lanes up to the next multiple of sixteen lie there too. Without state: safe from
/// several threads. A NaN output gives a NaN loss and NaN slopes of its example alone.
///
/// The second derivative is taken in two calls, so that the engine may do other work between them: `slopes`
/// leaves what `tangent` needs in its slopes and in `kept` [kept_rows(), stride].
class Loss {
 public:
  explicit Loss(std::int64_t outputs) : outputs_(outputs) {}
  virtual ~Loss() = default;
  Loss(const Loss&) = delete;
  Loss& operator=(const Loss&) = delete;

  std::int64_t outputs() const { return outputs_; }  ///< K
  /// Whether an example can be right or wrong; where not, `Tally::correct` is 0 and the accuracy NaN.
  virtual bool has_accuracy() const = 0;
  /// Whether l(z, t) = -log p(t | z) of a distribution of targets, up to a number.
  virtual bool is_log_likelihood() const = 0;
  /// Rows that `slopes` keeps for `tangent`; 0: the slopes are enough.
  virtual std::int64_t kept_rows() const { return 0; }

  /// sum_n l(z_n, t_n), and how many examples are right.
  virtual Tally tally(const float* outputs, std::int64_t stride, const Targets& targets) const = 0;
  /// The same; replaces the outputs by scale dl/dz, and by 0 in lanes without an example. `kept` may be null
  /// where no tangent will be asked for.
  virtual Tally slopes(float* outputs, std::int64_t stride, const Targets& targets, double scale,
                       float* kept) const = 0;
  /// The derivative of those slopes along a tangent z. of the outputs, which it replaces: scale d2l/dz2 z.,
  /// and 0 in lanes without an example. `slopes` and `kept` are as `slopes` left them, with the same scale.
  virtual void tangent(const float* slopes, const float* kept, float* tangent, std::int64_t stride,
                       const Targets& targets, double scale) const = 0;

 private:
  std::int64_t outputs_;
};

}  // namespace nwedge::network
