#include "nwedge/experiment/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "nwedge/core/statistics.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kNormal = 1.959963984540054;  // the 97.5 % point
/// The standard error of going from two to many, as a share of the pairs' heights for infinitely many
/// members; from the errors that bench/forecast.py finds.
constexpr double kInsideError = 0.5;  // averages inside of a wedge
constexpr double kBetweenError = 1;   // and between wedges
constexpr double kEnsembleError = 0.25;
/// How far the worst loss seen stays below the level at which losses saturate, as a share of it.
constexpr double kHeadroom = 0.05;

Measured measured(std::span<const double> values) {
  const Spread spread = spread_of(values);
  return {spread.mean, spread.standard_error()};
}

/// The height of the middle of two members' predictions.
MiddleHeight ensemble_height(std::span<const float> a, std::span<const float> b, const ExampleQuality& first,
                             const ExampleQuality& second, std::span<const std::int32_t> labels,
                             std::int64_t classes) {
  std::vector<float> middle(a.size());
  for (std::size_t k = 0; k < middle.size(); ++k) middle[k] = (a[k] + b[k]) / 2;
  const ExampleQuality quality = example_quality(middle, labels, classes);
  std::vector<double> loss(labels.size());
  std::vector<double> wrong(labels.size());
  for (std::size_t n = 0; n < labels.size(); ++n) {
    loss[n] = quality.losses[n] - (first.losses[n] + second.losses[n]) / 2;
    wrong[n] = (first.right[n] + second.right[n]) / 2 - quality.right[n];
  }
  return {measured(loss), measured(wrong)};
}

/// What is left of Q between wedges where most members share one: with a share t of weights outside of it,
/// sqrt(t/(1 - t)); 1 where no wedge has half of them.
double near_factor(std::span<const std::int64_t> wedge, std::span<const double> weights) {
  std::map<std::int64_t, double> shares;
  for (std::size_t i = 0; i < weights.size(); ++i) shares[wedge[i]] += weights[i];
  double most = 0;
  for (const auto& [name, share] : shares) most = std::max(most, share);
  return std::sqrt(std::min(1.0, std::max(0.0, 1 - most) / most));
}

Estimate with_interval(double value, double error) {
  return {value, value - kNormal * error, value + kNormal * error};
}

}  // namespace

Forecast::Forecast(std::span<const std::vector<float>> probabilities, std::span<const std::int32_t> labels,
                   std::int64_t classes, std::int64_t judging)
    : middles_(probabilities.size()),
      aligned_middles_(probabilities.size()),
      ensembles_(probabilities.size()),
      classes_(static_cast<double>(classes)),
      judging_(static_cast<double>(judging)) {
  for (const std::vector<float>& own : probabilities) {
    qualities_.push_back(example_quality(own, labels, classes));
    members_.push_back({measured(qualities_.back().losses), measured(qualities_.back().right)});
    members_.back().wrong.value = 1 - members_.back().wrong.value;
    const MiddleHeight& best = members_[best_];
    const MiddleHeight& last = members_.back();
    if (last.wrong.value < best.wrong.value ||
        (last.wrong.value == best.wrong.value && last.loss.value < best.loss.value))
      best_ = members_.size() - 1;
  }
  for (std::size_t i = 0; i < members_.size(); ++i)
    for (std::size_t j = i + 1; j < members_.size(); ++j)
      set(ensembles_, i, j,
          ensemble_height(probabilities[i], probabilities[j], qualities_[i], qualities_[j], labels, classes));
  trust_ = share_of_true_differences();
}

/// How much of the differences between the checkpoints' accuracies will be there on other examples: the best
/// of several is partly the luckiest. 1 less the share of their variance that sampling alone gives.
double Forecast::share_of_true_differences() const {
  const std::size_t count = members_.size();
  const std::size_t examples = qualities_.front().right.size();
  std::vector<double> mean(examples, 0.0);
  std::vector<double> accuracies;
  for (const ExampleQuality& quality : qualities_) {
    accuracies.push_back(spread_of(quality.right).mean);
    for (std::size_t n = 0; n < examples; ++n) mean[n] += quality.right[n] / static_cast<double>(count);
  }
  double sampling = 0;
  std::vector<double> differences(examples);
  for (const ExampleQuality& quality : qualities_) {
    for (std::size_t n = 0; n < examples; ++n) differences[n] = quality.right[n] - mean[n];
    const double error = spread_of(differences).standard_error();
    sampling += error * error / static_cast<double>(count - 1);
  }
  const double seen = spread_of(accuracies).deviation * spread_of(accuracies).deviation;
  return seen > 0 ? std::max(0.0, 1 - sampling / seen) : 0.0;
}

Forecast::Pairs::Pairs(std::size_t count) : heights(count * count), wedge(count) {
  std::iota(wedge.begin(), wedge.end(), std::int64_t{0});
}

void Forecast::set(Pairs& pairs, std::size_t i, std::size_t j, const MiddleHeight& height) {
  pairs.heights[i * members_.size() + j] = pairs.heights[j * members_.size() + i] = height;
}

void Forecast::set_wedges(const std::vector<std::vector<std::int64_t>>& wedges,
                          const std::vector<std::vector<std::int64_t>>& aligned) {
  const auto name = [](Pairs& pairs, const std::vector<std::vector<std::int64_t>>& groups) {
    for (const std::vector<std::int64_t>& group : groups)
      for (const std::int64_t member : group) pairs.wedge[static_cast<std::size_t>(member)] = group.front();
  };
  name(middles_, wedges);
  name(aligned_middles_, aligned);
}

void Forecast::set_middle(std::size_t i, std::size_t j, const MiddleHeight& height) {
  set(middles_, i, j, height);
}

void Forecast::set_aligned_middle(std::size_t i, std::size_t j, const MiddleHeight& height) {
  set(aligned_middles_, i, j, height);
}

Forecast::Weights Forecast::weights_of(const Part& part) const {
  Weights weights(members_.size(), 0.0);
  for (const std::int64_t member : part.members)
    weights[static_cast<std::size_t>(member)] += 1 / static_cast<double>(part.members.size());
  return weights;
}

Measured Forecast::of_pairs(const Pairs& pairs, const Weights& weights, Number number, double level) const {
  // -ln(1 - x/level), and what a small change of x is worth in it.
  const bool saturates = std::isfinite(level);
  const auto bent = [&](double x) { return saturates ? -std::log1p(-x / level) : x; };
  const auto slope = [&](double x) { return saturates ? 1 / (level - x) : 1.0; };
  const std::size_t count = weights.size();
  double straight = 0;
  double mean = 0;
  double squares = 0;
  double inside = 0;   // Q of pairs that share a wedge
  double between = 0;  // and of those that do not
  double error = 0;
  double unknown = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (weights[i] == 0) continue;
    const double own = (members_[i].*number).value;
    straight += weights[i] * own;
    mean += weights[i] * bent(own);
    squares += weights[i] * weights[i];
    for (std::size_t j = i + 1; j < count; ++j) {
      if (weights[j] == 0) continue;
      const double other = (members_[j].*number).value;
      const Measured& height = pairs.heights[i * count + j].*number;
      const double middle = (own + other) / 2 + height.value;
      const double share = 4 * weights[i] * weights[j];
      const double rise = share * (bent(middle) - (bent(own) + bent(other)) / 2);
      const bool together = pairs.wedge[i] == pairs.wedge[j];
      (together ? inside : between) += rise;
      unknown += (!saturates ? kEnsembleError : together ? kInsideError : kBetweenError) * std::abs(rise);
      error += share * height.error * slope(middle);  // pairs share members: as if they erred together
    }
  }
  const double near = saturates ? near_factor(pairs.wedge, weights) : 1;
  // Two are met exactly; of many the pairs do not tell all.
  const double many = std::max(0.0, 1 - 2 * squares) * unknown;
  const double model = std::hypot(many, between * (1 - near) / 2);
  const double rise = inside + between * near;
  const double value = saturates ? -level * std::expm1(-(mean + rise)) : mean + rise;
  return {value - straight, std::hypot(error, model) / slope(value)};
}

double Forecast::level(const Pairs& pairs, const Weights& weights, Number number) const {
  double most = number == &MiddleHeight::loss ? std::log(classes_) : 1 - 1 / classes_;
  const auto reach = [&](double x) { most = std::max(most, x * (1 + kHeadroom)); };
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    reach((members_[i].*number).value);
    for (std::size_t j = 0; j < weights.size(); ++j)
      if (j != i && weights[j] > 0)
        reach(((members_[i].*number).value + (members_[j].*number).value) / 2 +
              (pairs.heights[i * weights.size() + j].*number).value);
  }
  return most;
}

Measured Forecast::above_members(const Part& part, Number number) const {
  const Pairs& pairs = part.aligned ? aligned_middles_ : middles_;
  const Weights weights = weights_of(part);
  return of_pairs(pairs, weights, number, level(pairs, weights, number));
}

ForecastAdvice Forecast::average(const Part& part) const {
  return finish(above_members(part, &MiddleHeight::loss), above_members(part, &MiddleHeight::wrong),
                weights_of(part));
}

ForecastAdvice Forecast::ensemble(std::span<const Part> parts) const {
  constexpr double kUnbounded = std::numeric_limits<double>::infinity();
  Weights all(members_.size(), 0.0);
  const double share = 1 / static_cast<double>(parts.size());
  for (const Part& part : parts) {
    const Weights own = weights_of(part);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += share * own[i];
  }
  const auto of = [&](Number number) {
    Measured sum = of_pairs(ensembles_, all, number, kUnbounded);
    for (const Part& part : parts) {
      const Measured inside = of_pairs(ensembles_, weights_of(part), number, kUnbounded);
      const Measured average = above_members(part, number);
      sum.value += share * (average.value - inside.value);
      sum.error = std::hypot(sum.error, share * std::hypot(average.error, inside.error));
    }
    return sum;
  };
  return finish(of(&MiddleHeight::loss), of(&MiddleHeight::wrong), all);
}

ForecastAdvice Forecast::finish(const Measured& loss, const Measured& wrong, const Weights& weights) const {
  const std::size_t count = qualities_.front().losses.size();
  std::vector<double> losses(count, 0.0);
  std::vector<double> right(count, 0.0);
  std::vector<double> over_best(count, 0.0);
  double discordant = 0;
  for (std::size_t n = 0; n < count; ++n) {
    const double best = qualities_[best_].right[n];
    for (std::size_t i = 0; i < weights.size(); ++i) {
      losses[n] += weights[i] * qualities_[i].losses[n];
      right[n] += weights[i] * qualities_[i].right[n];
      discordant += weights[i] * (qualities_[i].right[n] == best ? 0.0 : 1.0) / static_cast<double>(count);
    }
    over_best[n] = right[n] - best;
  }
  const Spread members = spread_of(losses);
  const double judged_loss = members.deviation / std::sqrt(judging_);
  ForecastAdvice advice;
  advice.loss =
      with_interval(members.mean + loss.value, std::hypot(loss.error, members.standard_error(), judged_loss));
  advice.loss.low = std::max(0.0, advice.loss.low);

  const Spread accuracy = spread_of(right);
  const double share = std::clamp(accuracy.mean - wrong.value, 0.0, 1.0);
  const double judged = std::sqrt(std::max(share * (1 - share), 1 / judging_) / judging_);
  advice.accuracy = with_interval(share, std::hypot(wrong.error, accuracy.standard_error(), judged));
  advice.accuracy.low = std::max(0.0, advice.accuracy.low);
  advice.accuracy.high = std::min(1.0, advice.accuracy.high);

  const Spread gap = spread_of(over_best);
  const double gain = trust_ * gap.mean - wrong.value;
  const double variance = std::max({discordant, std::abs(gain), 1 / judging_}) / judging_;
  const double error = std::hypot(wrong.error, gap.standard_error(), std::sqrt(variance));
  // Half an example more: what is equal counts.
  advice.at_least_best = 0.5 * std::erfc(-(gain + 0.5 / judging_) / (error * std::sqrt(2.0)));
  return advice;
}

void ForecastAdvice::visit(FieldVisitor& visitor) {
  visitor.field("accuracy", accuracy, "on the judging examples, with the interval that it should lie in");
  visitor.field("loss", loss, "cross-entropy there, nats");
  visitor.field("at-least-best", at_least_best,
                "probability that its accuracy is at least the best checkpoint's");
}

}  // namespace nwedge::experiment
