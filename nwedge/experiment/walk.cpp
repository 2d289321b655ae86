#include "nwedge/experiment/walk.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/judgement.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/optimize/schedule.hpp"

namespace nwedge::experiment {
namespace {

/// The landscape's own training, as one descent of a walk.
optimize::Options descent_of(const Walk& options, const Input& input) {
  optimize::Options descent = input.training;
  descent.schedule = "cosine";
  descent.warmup = 0;
  descent.final_fraction = 0;
  descent.cycle_steps = 0;
  descent.epochs = 0;
  descent.steps = options.descent_steps;
  descent.record_points = 0;
  return descent;
}

/// Where a walk has been.
struct Trace {
  std::vector<float> points;  ///< [n, D], the optimum first
  bool diverged = false;
};

/// `length` 0: descents alone.
Trace walk(const Walk& options, const Input& input, double length, Monitor& monitor) {
  const std::vector<float>& start = input.optima.front().point;
  const optimize::Options descent = descent_of(options, input);
  const std::vector<double> costs(static_cast<std::size_t>(options.walk_steps), 1.0);
  Progress progress(monitor, costs);
  std::vector<float> direction = geometry::random_direction(std::ssize(start), input.seed);
  std::vector<float> point = start;
  Trace trace{start, false};
  for (std::int64_t step = 0; step < options.walk_steps; ++step) {
    for (std::size_t i = 0; i < point.size(); ++i) point[i] += static_cast<float>(length * direction[i]);
    const auto index = static_cast<std::uint64_t>(step);
    optimize::Result result =
        optimize::minimize(input.landscape, point, descent, derive_seed(input.seed, "walk", index),
                           progress.part(static_cast<std::size_t>(step)));
    trace.diverged = result.termination == optimize::Termination::diverged;
    if (trace.diverged) break;
    point = std::move(result.point);
    trace.points.insert(trace.points.end(), point.begin(), point.end());
    const double far = distance(point, start);
    if (far > 0)
      for (std::size_t i = 0; i < point.size(); ++i)
        direction[i] = static_cast<float>((static_cast<double>(point[i]) - start[i]) / far);
  }
  return trace;
}

std::vector<double> distances(const Trace& trace, std::size_t dimension) {
  const std::span<const float> all = trace.points;
  std::vector<double> found;
  for (std::size_t i = 0; i < all.size(); i += dimension)
    found.push_back(distance(all.first(dimension), all.subspan(i, dimension)));
  return found;
}

void add(Record& record, std::string name, std::vector<double> values) {
  const auto size = std::ssize(values);
  record.arrays.push_back({std::move(name), {size}, std::move(values)});
}

/// Adds the metrics along the walk on one split; returns them.
std::vector<Metrics> add_metrics(Record& record, const Landscape& landscape, const Trace& trace,
                                 Split split) {
  const std::string name = split == Split::train ? "train" : "test";
  std::vector<Metrics> metrics = landscape.evaluate_many(trace.points, split);
  std::vector<double> losses;
  std::vector<double> accuracies;
  for (const Metrics& m : metrics) {
    losses.push_back(m.loss);
    accuracies.push_back(m.accuracy);
  }
  add(record, "loss-" + name, std::move(losses));
  if (landscape.has_accuracy()) add(record, "accuracy-" + name, std::move(accuracies));
  return metrics;
}

/// The distance that a walk of steps of length l should reach on the model: with the squared length d^2 that
/// gradient noise adds in the long directions during one descent, r_1^2 = l^2 (1 - s/D) + d^2 and
/// r_{k+1}^2 = (r_k + l)^2 + d^2.
double predicted(const Walk& options, const Input& input, const WedgeForms& forms, double length) {
  const optimize::Options descent = descent_of(options, input);
  const auto dimension = static_cast<double>(input.landscape.dimension());
  const double long_share = 1 - static_cast<double>(forms.parameters.short_directions) / dimension;
  if (!(long_share > 0)) return 0;
  double squares = 0;  // of the lengths that one unit of noise moves in all, momentum included
  for (std::int64_t step = 0; step < descent.steps; ++step)
    squares += std::pow(optimize::learning_rate(descent, step, descent.steps) / (1 - descent.momentum), 2);
  const double sigma = forms.model.options().gradient_noise;
  const double drift =
      dimension * long_share * squares * sigma * sigma / static_cast<double>(descent.batch_size);
  double reach = std::sqrt(length * length * long_share + drift);
  for (std::int64_t step = 1; step < options.walk_steps; ++step)
    reach = std::hypot(reach + length, std::sqrt(drift));
  return reach;
}

}  // namespace

void Walk::visit(OptionVisitor& visitor) {
  visitor.field("walk-steps", walk_steps, at_least(1), "steps of the walk");
  visitor.field("length", length, above(0), "length of a step over the norm of the optimum");
  visitor.field("descent-steps", descent_steps, at_least(1), "training steps after each of them");
  visitor.field("examples", examples, at_least(0), "evaluate on this many examples of each split; 0: all");
  visitor.field("least-efficiency", least_efficiency, between(0, 1),
                "a walk is long when it keeps this share of the way walked");
  visitor.field("rise-share", rise_share, between(0, 1),
                "and low when its loss never rises by more than this share of the drop in training");
}

double Walk::cost(const Landscape& landscape, const optimize::Options& training, std::int64_t) const {
  const double descents = 2 * static_cast<double>(walk_steps * descent_steps);
  return 3 * descents * batch_examples(landscape, training.batch_size) +
         2 * static_cast<double>(walk_steps) * examples_used(landscape, examples);
}

Record Walk::run(const Input& input, Monitor& monitor) const {
  const std::vector<float>& start = input.optima.front().point;
  const double scale = norm(start);
  Progress progress(monitor, std::array<double, 2>{1, 1});
  std::array<Trace, 2> traces;
  parallel_for(2, [&](std::int64_t i) {
    const auto index = static_cast<std::size_t>(i);
    traces[index] = walk(*this, input, i == 0 ? length * scale : 0.0, progress.part(index));
  });
  const Trace& trace = traces[0];
  if (trace.diverged)
    throw Error("walk", "the descent after a step diverged: lower length or the learning rate");
  const std::vector<double> far = distances(trace, start.size());
  const std::vector<double> idle = distances(traces[1], start.size());
  Record record;
  std::vector<double> steps;
  for (std::size_t i = 0; i < far.size(); ++i) steps.push_back(static_cast<double>(i));
  add(record, "step", std::move(steps));
  add(record, "distance", far);
  add(record, "idle-distance", idle);
  const SmallerLandscape smaller(input, examples, name());
  const Landscape& landscape = smaller.landscape();
  const std::vector<Metrics> train = add_metrics(record, landscape, trace, Split::train);
  if (landscape.examples(Split::test) > 0) add_metrics(record, landscape, trace, Split::test);
  const std::span<const float> end = std::span<const float>(trace.points).last(start.size());
  record.arrays.push_back({"points.end", {std::ssize(end)}, std::vector<float>(end.begin(), end.end())});

  WalkResult result;
  result.norm = scale;
  result.drop = landscape.evaluate(input.optima.front().initial).loss - train.front().loss;
  result.path = static_cast<double>(walk_steps) * length * scale;
  result.reach = far.back();
  result.efficiency = result.reach / result.path;
  result.drift = idle.back() / result.path;
  for (const Metrics& m : train)
    result.highest_rise = std::max(result.highest_rise, m.loss - train.front().loss);
  result.cosine = cosine(start, end);
  if (landscape.has_accuracy()) result.end_accuracy = train.back().accuracy;
  if (const auto forms = wedge_forms(input.landscape); forms && forms->optima_on_wedge()) {
    result.predicted_efficiency = predicted(*this, input, *forms, length * scale) / result.path;
  }
  record.result = to_record(result);
  return record;
}

std::vector<Finding> Walk::do_judge(std::span<const StoredRecord> records) const {
  std::vector<double> efficiencies, drifts, paths, rises, drops, predicted;
  for (const StoredRecord& record : records) {
    const auto result = result_of<WalkResult>(record);
    paths.push_back(result.path);
    drifts.push_back(result.drift);
    rises.push_back(result.highest_rise);
    drops.push_back(result.drop);
    efficiencies.push_back(result.efficiency);
    if (result.predicted_efficiency) predicted.push_back(*result.predicted_efficiency);
  }
  const StoredRecord& first = records.front();
  const Yardstick drop("the drop in training", mean_of(drops));
  const Yardstick path("the way walked", mean_of(paths));
  Judgement judgement(
      claim(), first,
      fmt::format("a walk of straight steps, each followed by descent, ends at least {} of the way "
                  "walked from the optimum, and its loss never rises by more than {} of the drop in "
                  "training",
                  least_efficiency, rise_share),
      "a bowl, whose descent takes every step back");
  judgement.premise(drop).premise(path);
  judgement.require(Check::at_least("share of the way kept", mean_of(efficiencies), least_efficiency))
      .require(Check::at_most("highest rise", mean_of(rises), rise_share, drop))
      .control("descents without steps",
               Check::at_least("share of the way kept", mean_of(drifts), least_efficiency));
  if (predicted.empty()) return {judgement.finding()};
  const Quantity expected = mean_of(predicted);
  judgement.predict(fmt::format("{:.3g} of the way walked", expected.value));
  if (!(expected.value > 0)) return {judgement.finding()};
  constexpr double kTolerance = 0.02;
  Judgement model(
      kModelClaim, first,
      fmt::format("the share of the way that a walk keeps is within {} of its closed form", kTolerance), "");
  model.premise(Yardstick("the share that the model keeps", expected))
      .require(Check::agrees("share of the way kept", mean_of(efficiencies), Quantity::exact(expected.value),
                             kTolerance));
  return {judgement.finding(), model.finding()};
}

void WalkResult::visit(FieldVisitor& visitor) {
  visitor.field("norm", norm, "of the optimum, the unit of a step's length");
  visitor.field("drop", drop, "initial less final training loss");
  visitor.field("path", path, "length of all steps together");
  visitor.field("reach", reach, "distance of the walk's end from the optimum");
  visitor.field("efficiency", efficiency, "reach / path");
  visitor.field("drift", drift, "the same of descents without steps, over the same path");
  visitor.field("highest-rise", highest_rise, "largest training loss on the walk less the optimum's");
  visitor.field("cosine", cosine, "between the optimum and the walk's end");
  visitor.field("end-accuracy", end_accuracy, "training accuracy at the walk's end");
  visitor.field("predicted-efficiency", predicted_efficiency, "closed form (wedge model)");
}

}  // namespace nwedge::experiment
