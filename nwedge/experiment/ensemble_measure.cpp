#include "nwedge/experiment/ensemble_measure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "nwedge/classifier.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/optimize/average.hpp"

namespace nwedge::experiment {
namespace {

namespace theory = wedge::theory;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/// Members whose mean loss is so many times that of the initial points were lost.
constexpr double kLostFactor = 10;

using Points = std::vector<std::vector<float>>;

std::vector<float> mean_point(const Points& points, std::size_t without) {
  auto mean = optimize::WeightAverage::mean(0, 1);
  std::int64_t step = 0;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (i != without) mean(step++, points[i]);
  return mean.point();
}

constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

LossAndAccuracy plain(const Metrics& metrics) { return {metrics.loss, metrics.accuracy}; }

BothSplits both_splits(const Landscape& landscape, std::span<const float> point) {
  BothSplits result{plain(landscape.evaluate(point, Split::train)), {}};
  if (landscape.examples(Split::test) > 0) result.test = plain(landscape.evaluate(point, Split::test));
  return result;
}

LossAndAccuracy mean_of_members(std::span<const BothSplits> members, bool test) {
  LossAndAccuracy mean;
  for (const BothSplits& member : members) {
    const LossAndAccuracy& one = test ? *member.test : member.train;
    mean.loss += one.loss / static_cast<double>(members.size());
    mean.accuracy += one.accuracy / static_cast<double>(members.size());
  }
  return mean;
}

PredictionQuality mean_quality(std::span<const PredictionQuality> qualities) {
  PredictionQuality mean;
  const auto count = static_cast<double>(qualities.size());
  for (const PredictionQuality& one : qualities) {
    mean.accuracy += one.accuracy / count;
    mean.loss += one.loss / count;
    mean.calibration_error += one.calibration_error / count;
  }
  return mean;
}

/// Test split of a classifier: every example's loss and hit, averaged over members.
class ExampleMeans {
 public:
  void add(const ExampleQuality& quality) {
    losses_.resize(quality.losses.size());
    right_.resize(quality.right.size());
    for (std::size_t i = 0; i < losses_.size(); ++i) {
      losses_[i] += quality.losses[i];
      right_[i] += quality.right[i];
    }
    ++count_;
  }
  /// Mean loss less that of `other`, example by example.
  Quantity loss_above(const ExampleQuality& other) const {
    std::vector<double> differences;
    for (std::size_t i = 0; i < losses_.size(); ++i)
      differences.push_back(losses_[i] / count_ - other.losses[i]);
    return mean_of(differences, "test examples");
  }
  Quantity hits_below(const ExampleQuality& other) const {
    std::vector<double> differences;
    for (std::size_t i = 0; i < right_.size(); ++i)
      differences.push_back(other.right[i] - right_[i] / count_);
    return mean_of(differences, "test examples");
  }

 private:
  std::vector<double> losses_;
  std::vector<double> right_;
  double count_ = 0;
};

/// What the predictions of the members, of their weight average, and of their average are worth.
void add_predictions(SetResult& result, const Classifier& classifier, const MemberSet& set,
                     std::span<const float> average) {
  const std::span<const std::int32_t> labels = classifier.labels(Split::test);
  const std::int64_t classes = classifier.classes();
  std::vector<double> sum;
  std::vector<PredictionQuality> singles;
  ExampleMeans means;
  for (const std::vector<float>& member : set.members) {
    const std::vector<float> p = classifier.probabilities(member, Split::test);
    sum.resize(p.size());
    for (std::size_t i = 0; i < p.size(); ++i) sum[i] += p[i];
    singles.push_back(prediction_quality(p, labels, classes));
    means.add(example_quality(p, labels, classes));
  }
  std::vector<float> mean(sum.size());
  for (std::size_t i = 0; i < sum.size(); ++i)
    mean[i] = static_cast<float>(sum[i] / static_cast<double>(set.members.size()));
  const std::vector<float> of_average = classifier.probabilities(average, Split::test);
  result.single_prediction = mean_quality(singles);
  result.weight_average_prediction = prediction_quality(of_average, labels, classes);
  result.prediction_average = prediction_quality(mean, labels, classes);
  result.test_gain = means.loss_above(example_quality(of_average, labels, classes));
  result.prediction_gain = means.hits_below(example_quality(mean, labels, classes));
}

/// The straight barriers between all pairs, and their largest and mean.
void add_barriers(SetResult& result, const Landscape& landscape, const Points& members, std::int64_t points) {
  const std::vector<double> t = geometry::even_positions(points);
  const std::size_t count = members.size();
  result.barriers.assign(count, std::vector<double>(count, 0.0));
  std::vector<double> all;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = i + 1; j < count; ++j) {
      const geometry::Path line = geometry::Path::line(members[i], members[j]);
      const double barrier = geometry::barrier(geometry::profile(landscape, line, t, Split::train)).loss;
      result.barriers[i][j] = result.barriers[j][i] = barrier;
      all.push_back(barrier);
    }
  const Spread spread = spread_of(all);
  result.largest_barrier = spread.most;
  result.mean_barrier = spread.mean;
}

/// Adds to excess and test gain the errors of a set of independent members, from leaving each out in turn.
void add_member_errors(SetResult& result, const Landscape& landscape, const MemberSet& set) {
  const auto n = static_cast<double>(set.members.size());
  if (set.members.size() < 3) return;
  std::vector<double> excesses;
  std::vector<double> gains;
  for (std::size_t i = 0; i < set.members.size(); ++i) {
    const BothSplits average = both_splits(landscape, mean_point(set.members, i));
    excesses.push_back(average.train.loss);
    const bool test = average.test.has_value();
    const auto loss = [&](const BothSplits& one) { return test ? one.test->loss : one.train.loss; };
    double others = 0;
    for (std::size_t j = 0; j < set.members.size(); ++j)
      if (j != i) others += loss(result.member_metrics[j]) / (n - 1);
    gains.push_back(others - loss(average));
  }
  const std::string_view over = set.kind == "seeds" ? "seeds" : "members";
  const auto error = [&](std::span<const double> left) {
    return (n - 1) / std::sqrt(n) * spread_of(left).deviation;
  };
  const double of_examples =
      std::isfinite(result.test_gain.standard_error) ? result.test_gain.standard_error : 0;
  result.excess = Quantity::estimate(result.excess.value, error(excesses), std::ssize(excesses), over);
  result.test_gain = Quantity::estimate(result.test_gain.value, std::hypot(error(gains), of_examples),
                                        std::ssize(gains), over);
}

SetPrediction no_prediction(const wedge::WedgeModel& model, std::string_view reason) {
  const Quantity none = Quantity::missing(reason);
  // An energy is half a sum of s squares.
  return {none, none, none, std::sqrt(2 / static_cast<double>(model.short_directions()))};
}

/// The model's prediction for a set, or why there is none.
SetPrediction predict(const wedge::WedgeModel& model, const MemberSet& set,
                      std::span<const std::int64_t> nearest, const Ensemble& options, const Input& input) {
  const wedge::Predictor predictor(model);
  const auto members = std::ssize(set.members);
  SetPrediction result = no_prediction(model, "no closed form for this kind of set");
  if (set.kind == "seeds") {
    const std::set<std::int64_t> distinct(nearest.begin(), nearest.end());
    const wedge::Prediction average = std::ssize(distinct) == members
                                          ? predictor.average_loss(members, true)
                                          : wedge::Prediction::none("some of these optima share a wedge");
    result.weight_average_loss = average.quantity();
    if (average.known() && average.value > 0) result.relative_deviation = average.deviation / average.value;
    return result;
  }
  if (set.kind == "kick") {
    result.switch_probability = predictor.switch_probability(*set.height).quantity();
    return result;
  }
  const std::optional<WedgeForms> forms = wedge_forms(model);
  const optimize::Options& training = input.training;
  const bool plain_descent = training.momentum == 0 && training.weight_decay == 0 &&
                             training.method == "sgd" && options.clip_norm == 0;
  if (set.kind != "constant" || !forms || !forms->optima_on_wedge() || !plain_descent ||
      *set.height >= theory::critical_learning_rate())
    return result;
  const double noise = model.options().gradient_noise / std::sqrt(static_cast<double>(training.batch_size));
  result.single_loss = Quantity::exact(theory::sgd_loss(forms->parameters, *set.height, noise));
  result.weight_average_loss = Quantity::exact(
      theory::sgd_average_loss(forms->parameters, *set.height, noise, members, set.cycle_steps));
  return result;
}

void add_wedge_facts(SetResult& result, const wedge::WedgeModel& model, const MemberSet& set,
                     const Ensemble& options, const Input& input) {
  for (const std::vector<float>& member : set.members) result.wedges.push_back(model.nearest(member));
  if (set.kind == "kick") {
    const auto start = std::find_if(input.optima.begin(), input.optima.end(),
                                    [&](const optimize::Result& run) { return run.seed == *set.start_seed; });
    const std::int64_t home = model.nearest(start->point);
    const auto left = std::count_if(result.wedges.begin(), result.wedges.end(),
                                    [&](std::int64_t wedge) { return wedge != home; });
    result.switched_share = static_cast<double>(left) / static_cast<double>(set.members.size());
  }
  result.prediction = predict(model, set, result.wedges, options, input);
}

double mean_loss_of(const Input& input, bool initial) {
  double mean = 0;
  for (const optimize::Result& run : input.optima)
    mean += input.landscape.evaluate(initial ? run.initial : run.point).loss /
            static_cast<double>(input.optima.size());
  return mean;
}

}  // namespace

SetResult measure_set(const MemberSet& set, const Input& input, const Ensemble& options) {
  SetResult result;
  result.kind = set.kind;
  result.height = set.height;
  if (set.start_seed) result.start_seed = static_cast<std::int64_t>(*set.start_seed);
  result.members = std::ssize(set.members);
  result.diverged = set.diverged;
  result.excess = result.test_gain = Quantity::missing("fewer than two finite members");
  result.prediction_gain = Quantity::missing("no predictions to average");
  const Landscape& landscape = input.landscape;
  const wedge::WedgeModel* model = wedge_model(landscape);
  if (model != nullptr) result.prediction = no_prediction(*model, "fewer than two finite members");
  if (set.members.size() < 2) return result;

  for (const std::vector<float>& member : set.members)
    result.member_metrics.push_back(both_splits(landscape, member));
  const bool test = result.member_metrics.front().test.has_value();
  result.single = BothSplits{mean_of_members(result.member_metrics, false), {}};
  if (test) result.single->test = mean_of_members(result.member_metrics, true);
  // Too high a rate leads out of the low-loss set without end; such points are no members of anything.
  result.lost = !(result.single->train.loss <= kLostFactor * mean_loss_of(input, true));

  const std::vector<float> average = mean_point(set.members, kNobody);
  result.weight_average = both_splits(landscape, average);
  if (!set.exponential_average.empty())
    result.exponential_average = both_splits(landscape, set.exponential_average);
  result.gain = result.single->train.loss - result.weight_average->train.loss;
  result.excess = Quantity::single(result.weight_average->train.loss - mean_loss_of(input, false));
  result.test_gain =
      Quantity::single(test ? result.single->test->loss - result.weight_average->test->loss : *result.gain);
  add_barriers(result, landscape, set.members, options.barrier_points);
  if (const auto* classifier = classifier_of(landscape); classifier != nullptr && test)
    add_predictions(result, *classifier, set, average);
  if (result.kind == "seeds" || result.kind == "given") add_member_errors(result, landscape, set);
  if (model != nullptr) add_wedge_facts(result, *model, set, options, input);
  return result;
}

}  // namespace nwedge::experiment
