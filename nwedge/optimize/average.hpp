#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace nwedge::optimize {

/// A running average of the points of a descent, an observer to be passed to `minimize` as std::ref(average).
/// Kept in double; memory 8D bytes; cost of a point one pass over D.
class WeightAverage {
 public:
  /// The mean of the points after steps first, first + every, first + 2 every, … (first >= 0, every >= 1):
  /// stochastic weight averaging [izmailov2018].
  static WeightAverage mean(std::int64_t first, std::int64_t every);
  /// a <- decay a + (1 - decay) theta after each step, beginning with a = the first point; decay in [0, 1).
  static WeightAverage exponential(double decay);

  void operator()(std::int64_t step, std::span<const float> point);

  std::int64_t count() const { return count_; }  ///< points taken in so far
  std::vector<float> point() const;              ///< [D]; an `Error` when there was none

 private:
  WeightAverage(std::int64_t first, std::int64_t every, double decay)
      : first_(first), every_(every), decay_(decay) {}

  std::int64_t first_;
  std::int64_t every_;
  double decay_;  // negative: the plain mean
  std::int64_t count_ = 0;
  std::vector<double> average_;
};

}  // namespace nwedge::optimize
