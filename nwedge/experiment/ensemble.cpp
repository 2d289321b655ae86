#include "nwedge/experiment/ensemble.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "nwedge/classifier.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/closed_forms.hpp"
#include "nwedge/experiment/ensemble_sets.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/prediction_quality.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/optimize/average.hpp"

namespace nwedge::experiment {
namespace {

namespace theory = wedge::theory;

/// Members whose mean loss is so many times that of the initial point were lost.
constexpr double kLostFactor = 10;
constexpr std::array<std::string_view, 3> kSchedules = {"constant", "cyclic", "restarts"};

nlohmann::json to_json(const Metrics& train, const Metrics& test) {
  return {{"train", {{"loss", train.loss}, {"accuracy", train.accuracy}}},
          {"test", {{"loss", test.loss}, {"accuracy", test.accuracy}}}};
}

Metrics mean_of(std::span<const Metrics> metrics) {
  Metrics mean{0, 0};
  for (const Metrics& m : metrics) {
    mean.loss += m.loss / static_cast<double>(metrics.size());
    mean.accuracy += m.accuracy / static_cast<double>(metrics.size());
  }
  return mean;
}

std::vector<float> mean_point(std::span<const std::vector<float>> points) {
  auto mean = optimize::WeightAverage::mean(0, 1);
  for (std::size_t i = 0; i < points.size(); ++i) mean(static_cast<std::int64_t>(i), points[i]);
  return mean.point();
}

nlohmann::json mean_quality(std::span<const PredictionQuality> qualities) {
  PredictionQuality mean{};
  for (const PredictionQuality& q : qualities) {
    mean.accuracy += q.accuracy / static_cast<double>(qualities.size());
    mean.loss += q.loss / static_cast<double>(qualities.size());
    mean.calibration_error += q.calibration_error / static_cast<double>(qualities.size());
  }
  return to_json(mean);
}

/// What the predictions of a set's members, of their weight average, and of their average are worth on the
/// test split.
void add_predictions(nlohmann::json& result, const Classifier& classifier, const MemberSet& set,
                     std::span<const float> average) {
  const std::span<const std::int32_t> labels = classifier.labels(Split::test);
  const auto quality = [&](std::span<const float> p) {
    return prediction_quality(p, labels, classifier.classes());
  };
  std::vector<double> sum;
  std::vector<PredictionQuality> singles;
  for (const std::vector<float>& member : set.members) {
    const std::vector<float> p = classifier.probabilities(member, Split::test);
    sum.resize(p.size());
    for (std::size_t i = 0; i < p.size(); ++i) sum[i] += p[i];
    singles.push_back(quality(p));
  }
  std::vector<float> mean(sum.size());
  for (std::size_t i = 0; i < sum.size(); ++i)
    mean[i] = static_cast<float>(sum[i] / static_cast<double>(set.members.size()));
  result["single-prediction"] = mean_quality(singles);
  result["weight-average-prediction"] = to_json(quality(classifier.probabilities(average, Split::test)));
  result["prediction-average"] = to_json(quality(mean));
}

/// The straight barriers between all pairs, [N][N], and their largest and mean.
void add_barriers(nlohmann::json& result, const Landscape& landscape, const MemberSet& set,
                  std::int64_t points) {
  const std::vector<double> t = geometry::even_positions(points);
  const std::size_t count = set.members.size();
  std::vector<std::vector<double>> matrix(count, std::vector<double>(count, 0.0));
  std::vector<double> all;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = i + 1; j < count; ++j) {
      const geometry::Path line = geometry::Path::line(set.members[i], set.members[j]);
      const double barrier = geometry::barrier(geometry::profile(landscape, line, t, Split::train)).loss;
      matrix[i][j] = matrix[j][i] = barrier;
      all.push_back(barrier);
    }
  result["barriers"] = matrix;
  const Spread spread = spread_of(all);
  result["largest-barrier"] = spread.most;
  result["mean-barrier"] = spread.mean;
}

/// What the model alone can say: which wedge each member is in, the closed form for the set where there is
/// one, and what it is about.
void add_wedge_facts(nlohmann::json& result, const wedge::WedgeModel& model, const MemberSet& set,
                     const Ensemble& options, const Input& input) {
  std::vector<std::int64_t> nearest;
  for (const std::vector<float>& member : set.members) nearest.push_back(model.nearest(member));
  result["wedges"] = nearest;
  const wedge::Predictor predictor(model);
  const std::optional<WedgeForms> forms = wedge_forms(model);
  const auto members = static_cast<std::int64_t>(set.members.size());
  // An energy is half a sum of s squares.
  double deviation = std::sqrt(2 / static_cast<double>(model.short_directions()));
  nlohmann::json prediction;
  if (set.kind == "seeds") {
    const std::set<std::int64_t> distinct(nearest.begin(), nearest.end());
    const bool apart = std::ssize(distinct) == members;
    const wedge::Prediction average = apart ? predictor.average_loss(members, true)
                                            : wedge::Prediction::none("some of these optima share a wedge");
    add_prediction(prediction, "weight-average-loss", average);
    if (average.known() && average.value > 0) deviation = average.deviation / average.value;
  } else if (set.kind == "kick") {
    const auto start = std::find_if(input.optima.begin(), input.optima.end(),
                                    [&](const optimize::Result& run) { return run.seed == *set.start_seed; });
    const std::int64_t home = model.nearest(start->point);
    const auto left =
        std::count_if(nearest.begin(), nearest.end(), [&](std::int64_t w) { return w != home; });
    result["switched-share"] = static_cast<double>(left) / static_cast<double>(members);
    add_prediction(prediction, "switch-probability", predictor.switch_probability(*set.height));
  } else if (set.kind == "constant" && forms && forms->optima_on_wedge() && input.training.momentum == 0 &&
             input.training.weight_decay == 0 && input.training.method == "sgd" && options.clip_norm == 0 &&
             *set.height < theory::critical_learning_rate()) {
    const double noise =
        model.options().gradient_noise / std::sqrt(static_cast<double>(input.training.batch_size));
    const theory::Parameters& parameters = forms->parameters;
    prediction = {{"single-loss", theory::sgd_loss(parameters, *set.height, noise)},
                  {"weight-average-loss",
                   theory::sgd_average_loss(parameters, *set.height, noise, members, set.cycle_steps)}};
  }
  if (prediction.is_null()) return;
  prediction["relative-deviation"] = deviation;
  result["prediction"] = std::move(prediction);
}

nlohmann::json measure(const MemberSet& set, const Input& input, const Ensemble& options) {
  nlohmann::json result = {{"kind", set.kind}, {"members", set.members.size()}, {"diverged", set.diverged}};
  result["height"] = set.height ? nlohmann::json(*set.height) : nlohmann::json();
  result["start-seed"] = set.start_seed ? nlohmann::json(*set.start_seed) : nlohmann::json();
  if (set.members.size() < 2) return result;
  const Landscape& landscape = input.landscape;
  const std::vector<float> average = mean_point(set.members);
  std::vector<Metrics> train;
  std::vector<Metrics> test;
  result["member-metrics"] = nlohmann::json::array();
  for (const std::vector<float>& member : set.members) {
    train.push_back(landscape.evaluate(member, Split::train));
    test.push_back(landscape.evaluate(member, Split::test));
    result["member-metrics"].push_back(to_json(train.back(), test.back()));
  }
  const Metrics average_train = landscape.evaluate(average, Split::train);
  const Metrics average_test = landscape.evaluate(average, Split::test);
  result["single"] = to_json(mean_of(train), mean_of(test));
  result["weight-average"] = to_json(average_train, average_test);
  if (!set.exponential_average.empty())
    result["exponential-average"] = to_json(landscape.evaluate(set.exponential_average, Split::train),
                                            landscape.evaluate(set.exponential_average, Split::test));
  result["gain"] = mean_of(train).loss - average_train.loss;
  result["accuracy-gain"] = average_test.accuracy - mean_of(test).accuracy;
  add_barriers(result, landscape, set, options.barrier_points);
  // Too high a rate leads out of the low-loss set without end; such points are no members of anything.
  const Metrics start = landscape.evaluate(input.optima.front().initial);
  result["lost"] = !(result["single"]["train"]["loss"].get<double>() <= kLostFactor * start.loss);
  if (const auto* classifier = dynamic_cast<const Classifier*>(&landscape))
    add_predictions(result, *classifier, set, average);
  if (const auto* model = dynamic_cast<const wedge::WedgeModel*>(&landscape))
    add_wedge_facts(result, *model, set, options, input);
  return result;
}

/// Applies the criterion of `judge` to one record.
void decide(Finding& finding, const nlohmann::json& result) {
  const nlohmann::json& correlation = result.at("rank-correlation");
  if (!result.contains("same-wedge-barrier") || result["same-wedge-barrier"].is_null() ||
      correlation.at("value").is_null()) {
    finding.reason = "needs at least two finite optima and three sets";
    return;
  }
  const double tolerance = result["same-wedge-barrier"].get<double>();
  double worst_shared = std::numeric_limits<double>::infinity();
  double seeds_gain = std::numeric_limits<double>::quiet_NaN();
  int shared = 0;
  int apart = 0;
  for (const nlohmann::json& set : result.at("sets")) {
    if (!set.contains("gain") || set["gain"].is_null() || set["largest-barrier"].is_null()) continue;
    if (set.value("lost", false)) continue;
    const double gain = set["gain"].get<double>();
    if (set["kind"] == "seeds") seeds_gain = gain;
    if (set["largest-barrier"].get<double>() <= tolerance) {
      worst_shared = std::min(worst_shared, gain);
      ++shared;
    } else {
      ++apart;
    }
  }
  const double low = correlation["low"].is_null() ? -1 : correlation["low"].get<double>();
  const double high = correlation["high"].is_null() ? 1 : correlation["high"].get<double>();
  finding.measurement = fmt::format(
      "gain of averaging at least {:.2g} in the {} sets without a barrier (at most {:.2g}), {:.3g} for "
      "independent "
      "seeds; rank correlation of barrier and gain {:.2f} [{:.2f}, {:.2f}] over {} sets",
      shared > 0 ? worst_shared : 0.0, shared, tolerance, seeds_gain, correlation["value"].get<double>(), low,
      high, shared + apart);
  if (shared == 0 || apart == 0) {
    finding.reason = shared == 0 ? "no set stayed in one wedge" : "no set left its wedge";
  } else if (worst_shared < -tolerance || seeds_gain > -tolerance || low > 0) {
    finding.verdict = Verdict::not_reproduced;
  } else if (high < 0) {
    finding.verdict = Verdict::reproduced;
  } else {
    finding.reason = "the interval of the rank correlation holds 0";
  }
}

/// Every closed form of a record's sets; empty for other landscapes and variants without any.
ClosedForms closed_forms(const nlohmann::json& result) {
  constexpr double kStandardErrors = 3;
  ClosedForms forms;
  for (const nlohmann::json& set : result.at("sets")) {
    if (!set.contains("prediction") || !set["prediction"].contains("relative-deviation")) continue;
    const nlohmann::json& predicted = set["prediction"];
    const auto members = set.at("members").get<std::int64_t>();
    const std::string name =
        set["height"].is_null() ? "seeds"
                                : fmt::format("{} {}", set["kind"].get<std::string>(), number(set["height"]));
    const double tolerance = kStandardErrors * number(predicted["relative-deviation"]);
    const auto compare = [&](const char* what, double expected, const nlohmann::json& measured,
                             double allowed) {
      forms.add(name + what, expected, number(measured), allowed * expected);
    };
    if (predicted.contains("single-loss"))
      compare(" single", number(predicted["single-loss"]), set["single"]["train"]["loss"],
              tolerance / std::sqrt(static_cast<double>(members)));
    if (predicted.contains("weight-average-loss"))
      compare(" average", number(predicted["weight-average-loss"]), set["weight-average"]["train"]["loss"],
              tolerance);
    if (predicted.contains("switch-probability")) {
      const double probability = number(predicted["switch-probability"]);
      const auto switched = std::llround(number(set["switched-share"]) * static_cast<double>(members));
      const Interval interval = proportion(switched, members);
      forms.add(name + " switched", fmt::format("{:.2g}", probability),
                fmt::format("{} of {}", switched, members),
                probability >= interval.low && probability <= interval.high);
    }
  }
  return forms;
}

}  // namespace

void Ensemble::visit(OptionVisitor& visitor) {
  visitor.field(
      "start-fraction", start_fraction, between(0, 1),
      "where on the training run to go on from: 1 the optimum, 0.5 the recorded point nearest to half of it");
  visitor.field("continue-from", continue_from, at_least(1), "how many of the trained optima to go on from");
  visitor.field("schedules", schedules, kSchedules, "ways of going on, each with every height");
  visitor.field("heights", heights, above(0), "learning rates: constant, or the highest of a cycle");
  visitor.field("kicks", kicks, between(0, 1),
                "rho of kicks theta <- rho theta + sqrt(1 - rho^2) theta', then a training");
  visitor.field("snapshots", snapshots, at_least(2), "members of each set");
  visitor.field("cycle-steps", cycle_steps, at_least(0),
                "steps between snapshots; 0: one epoch, or a fifth of the training without examples");
  visitor.field("low-fraction", low_fraction, between(0, 1), "lowest over highest learning rate of a cycle");
  visitor.field("clip-norm", clip_norm, at_least(0), "longest gradient while going on; 0: no limit");
  visitor.field("average-decay", average_decay, between(0, 0.999999), "of the exponential average, per step");
  visitor.field("barrier-points", barrier_points, at_least(3),
                "points on each straight line between members");
  visitor.field(
      "same-wedge-share", same_wedge_share, between(0, 1),
      "members share a wedge when their largest barrier is below this share of the independent seeds' mean");
}

void Ensemble::validate_for(const Planned& planned, std::string_view place) const {
  if (start_fraction < 1 && !planned.trained)
    throw Error(place,
                fmt::format("start-fraction must be 1 for given weights, which have no trajectory, is {}",
                            start_fraction));
  if (start_fraction < 1 && planned.training.record_points == 0)
    throw Error(place,
                fmt::format("start-fraction {} needs record-points above 0 in the training", start_fraction));
}

double Ensemble::cost(const Landscape& landscape, const optimize::Options& training,
                      std::int64_t optima) const {
  const double train = std::max<double>(1, static_cast<double>(landscape.examples(Split::train)));
  const double test = static_cast<double>(landscape.examples(Split::test));
  const double batch = batch_examples(landscape, training.batch_size);
  const bool data = landscape.examples(Split::train) > 0;
  const double cycle = cycle_steps > 0 ? static_cast<double>(cycle_steps) * batch
                       : data          ? train
                                       : static_cast<double>(training.total_steps(landscape)) / 5;
  const double members = static_cast<double>(snapshots);
  const double ways =
      static_cast<double>(continue_from) * static_cast<double>(schedules.size() * heights.size());
  const double kicked = static_cast<double>(continue_from) * static_cast<double>(kicks.size());
  const double descent =
      3 * members * (ways * cycle + kicked * static_cast<double>(training.total_steps(landscape)) * batch);
  const auto set_cost = [&](double n) {
    return n * (n - 1) / 2 * static_cast<double>(barrier_points) * train + (n + 2) * (train + 2 * test);
  };
  return descent + (ways + kicked) * set_cost(members) + set_cost(static_cast<double>(optima));
}

Record Ensemble::run(const Input& input, Monitor& monitor) const {
  const std::vector<MemberSet> sets = make_member_sets(*this, input, monitor);
  std::vector<nlohmann::json> measured(sets.size());
  parallel_for(static_cast<std::int64_t>(sets.size()), [&](std::int64_t i) {
    measured[static_cast<std::size_t>(i)] = measure(sets[static_cast<std::size_t>(i)], input, *this);
    monitor.checkpoint(0.5);
  });
  Record record;
  record.result["sets"] = measured;
  std::vector<double> barriers;
  std::vector<double> gains;
  for (const nlohmann::json& set : measured) {
    if (!set.contains("gain") || set.value("lost", false)) continue;
    barriers.push_back(set["largest-barrier"].get<double>());
    gains.push_back(set["gain"].get<double>());
    if (set["kind"] == "seeds") record.result["independent-barrier"] = set["mean-barrier"];
  }
  if (record.result.contains("independent-barrier"))
    record.result["same-wedge-barrier"] =
        same_wedge_share * record.result["independent-barrier"].get<double>();
  const Interval correlation = rank_correlation(barriers, gains, 0.95, 2000, input.seed);
  record.result["rank-correlation"] = {{"value", correlation.value},
                                       {"low", correlation.low},
                                       {"high", correlation.high},
                                       {"sets", barriers.size()}};
  return record;
}

std::vector<Finding> Ensemble::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    Finding finding;
    finding.claim = "contribution-5";
    finding.landscape = record.landscape;
    finding.experiment = record.experiment;
    finding.prediction =
        "within a wedge averaging loses nothing; across wedges the average lies on a barrier";
    finding.criterion =
        "the rank correlation between a set's largest barrier and its gain has a 95 % interval below 0, no "
        "set below "
        "the same-wedge barrier loses more than that barrier, and averaging independent seeds loses more "
        "than it";
    if (!record.failure.empty())
      finding.reason = record.failure;
    else
      decide(finding, record.result);
    findings.push_back(std::move(finding));
    if (!record.failure.empty()) continue;
    if (const ClosedForms forms = closed_forms(record.result); !forms.empty())
      findings.push_back(
          forms.finding(record.landscape, record.experiment,
                        "losses of single iterates and of averages are within 3 standard errors of their "
                        "closed forms, and the "
                        "share of kicks that change wedges agrees with its probability (95 % interval)"));
  }
  return findings;
}

}  // namespace nwedge::experiment
