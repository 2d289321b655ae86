#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/network/data/data_set.hpp"
#include "nwedge/tempered.hpp"

namespace nwedge::network {

/// The temperature that suits logits best, and the loss at it.
struct BestTemperature {
  double loss = 0;     ///< mean over examples, in nats
  double inverse = 0;  ///< b = 1 / T
};

/// Minimises mean_n [log sum_c exp(b z[n, c]) - b z[n, label n]] over b = 1/T >= 0 by Newton steps inside a
/// bracket: the mean is convex in b. log(classes) at b = 0 where no temperature serves; where the loss falls
/// for ever, as when every label has the greatest logit, b is where it is within 1e-7 of its limit. NaN where
/// a logit is not finite.
///
/// `logits` are [groups, classes, 16], as `Pass::copy_logits` writes them: the greatest of each example is
/// taken off them.
BestTemperature best_temperature(float* logits, std::int64_t classes, const std::int32_t* labels,
                                 std::int64_t examples);

/// The logits of several points on all examples of a split, gathered pass by pass, until each point's best
/// temperature is found. Passes may write from several threads.
class LogitStore {
 public:
  LogitStore(const Examples& examples, std::int64_t classes);

  std::size_t most_points() const;  ///< that it holds at once, in some 64 MB
  void start(std::size_t points);
  /// Where a pass over examples `first`, … (a multiple of 16) of a point writes its logits.
  float* at(std::int64_t point, std::int64_t first);
  /// Appends what belongs to the points that `metrics` are of; threads share them.
  void finish(std::span<const Metrics> metrics, std::vector<TemperedMetrics>& result);

 private:
  const Examples& examples_;
  std::int64_t classes_;
  std::size_t size_;  // floats of one point
  std::vector<float> logits_;
};

}  // namespace nwedge::network
