#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nwedge/core/fields.hpp"
#include "nwedge/experiment/estimate.hpp"
#include "nwedge/experiment/prediction_quality.hpp"

namespace nwedge::experiment {

/// What an average or an ensemble will turn out to be on examples that decided nothing: intervals are of that
/// measurement, its own noise included.
struct ForecastAdvice {
  Estimate accuracy;
  Estimate loss;
  double at_least_best = 0;  ///< probability that its accuracy there is at least the best checkpoint's

  void visit(FieldVisitor& visitor);
};

/// A number with its standard error.
struct Measured {
  double value = 0;
  double error = 0;
};

/// Loss and share of wrong examples: of a network, or how far those of a middle lie above the mean of the two
/// ends (below it where negative).
struct MiddleHeight {
  Measured loss;
  Measured wrong;
};

/// Forecasts averages and ensembles of networks from what is known of them two by two.
///
/// With weights w_i that add up to 1 the mean of points theta_i of a quadratic has exactly the loss
///   L(sum_i w_i theta_i) = sum_i w_i L_i + Q,   Q = 4 sum_{i<j} w_i w_j M_ij,
/// where M_ij = L((theta_i + theta_j)/2) - (L_i + L_j)/2 is minus an eighth of the second difference along
/// the line: inside of a wedge that is right to second order. Ensembles obey the same identity, for squared
/// errors exactly [krogh1995], with M_ij = -A_ij, by how much averaging two members' predictions lowers their
/// mean loss; for cross-entropy it is the second order of the Jensen gap. So nothing is used that was not
/// measured of single members and of two; for two members both are exact. Shares of wrong examples are
/// forecast in the same way.
///
/// Averages outside of a wedge differ in two ways. First, a network's loss does not rise without end: it
/// saturates at what guessing gives, S = ln C for C classes, or a little above the worst middle where that is
/// more. So what is taken as quadratic is -ln(1 - L/S), L/S where L is small, and the result turned back.
/// (Shares of wrong examples: S = 1 - 1/C.) Second, the first steps out of a wedge cost little: the wedge
/// model's loss rises with the square of the share t of members outside of it, 4 t^2 of a pair's height (P8),
/// a quadratic's with 4 t(1 - t). Networks lie between the two. So where more than half of the members share
/// a wedge, the part of Q of pairs that do not is multiplied by the geometric mean's sqrt(t/(1 - t)), and
/// half of what that takes away is a standard error.
///
/// An ensemble of averages takes their forecast losses, and for A the members' spread less the spread inside
/// of each average. Intervals hold, besides, the noise of deciding and judging examples and an error of going
/// from two to many. The best of several checkpoints is partly the luckiest: its lead over the others counts
/// less as their accuracies differ no more than by chance.
///
/// Losses in nats. A number of a pair that is not finite makes the forecasts with that pair NaN. Cost: k^2/2
/// times N x classes additions at first, k^2/2 + k N a forecast.
class Forecast {
 public:
  /// `probabilities[i]` [N, classes] are those of checkpoint i on the deciding examples; `judging`: how many
  /// examples will judge.
  Forecast(std::span<const std::vector<float>> probabilities, std::span<const std::int32_t> labels,
           std::int64_t classes, std::int64_t judging);

  /// The middle of the line between i and j, as they are or with units matched.
  void set_middle(std::size_t i, std::size_t j, const MiddleHeight& height);
  void set_aligned_middle(std::size_t i, std::size_t j, const MiddleHeight& height);
  /// Which checkpoints share one; each stands alone where nothing is said.
  void set_wedges(const std::vector<std::vector<std::int64_t>>& wedges,
                  const std::vector<std::vector<std::int64_t>>& aligned);

  /// A checkpoint, or the average of several, as they are or with units matched.
  struct Part {
    std::vector<std::int64_t> members;
    bool aligned = false;
  };
  ForecastAdvice average(const Part& part) const;
  ForecastAdvice ensemble(std::span<const Part> parts) const;

 private:
  using Weights = std::vector<double>;  // of the checkpoints, of sum 1
  using Number = Measured MiddleHeight::*;

  struct Pairs {
    explicit Pairs(std::size_t count);
    std::vector<MiddleHeight> heights;  // [k, k]
    std::vector<std::int64_t> wedge;    // of each checkpoint
  };

  double share_of_true_differences() const;
  void set(Pairs& pairs, std::size_t i, std::size_t j, const MiddleHeight& height);
  Weights weights_of(const Part& part) const;
  /// The forecast less the mean of the members, for values that saturate at `level`.
  Measured of_pairs(const Pairs& pairs, const Weights& weights, Number number, double level) const;
  double level(const Pairs& pairs, const Weights& weights, Number number) const;
  Measured above_members(const Part& part, Number number) const;
  ForecastAdvice finish(const Measured& loss, const Measured& wrong, const Weights& weights) const;

  std::vector<ExampleQuality> qualities_;
  std::vector<MiddleHeight> members_;  // loss and share wrong of each
  Pairs middles_;
  Pairs aligned_middles_;
  Pairs ensembles_;       // of two predictions' mean
  std::size_t best_ = 0;  // checkpoint
  double trust_ = 0;      // in how far the best one is ahead of the others
  double classes_ = 0;
  double judging_ = 0;
};

}  // namespace nwedge::experiment
