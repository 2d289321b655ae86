#include "nwedge/experiment/ensemble.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/ensemble_measure.hpp"
#include "nwedge/experiment/ensemble_sets.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 3> kSchedules = {"constant", "cyclic", "restarts"};

/// Spearman's rank correlation of largest barrier and test gain over sets that are not lost; its error is the
/// jackknife's over starts. Random points do not count.
Quantity barrier_and_gain(std::span<const SetResult> sets) {
  const auto without = [&](std::optional<std::int64_t> start) {
    std::vector<double> barriers;
    std::vector<double> gains;
    for (const SetResult& set : sets) {
      if (set.lost || set.kind == "random" || !set.largest_barrier || !set.test_gain.present()) continue;
      if (start && set.start_seed == start) continue;
      barriers.push_back(*set.largest_barrier);
      gains.push_back(set.test_gain.value);
    }
    return rank_correlation(barriers, gains, 0.95, 0).value;
  };
  std::set<std::int64_t> starts;
  for (const SetResult& set : sets)
    if (set.start_seed) starts.insert(*set.start_seed);
  const double value = without({});
  if (!std::isfinite(value)) return Quantity::missing("fewer than three sets, or sets all alike");
  std::vector<double> left;
  for (const std::int64_t start : starts) left.push_back(without(start));
  const auto n = static_cast<double>(left.size());
  const double error = left.size() < 2 ? kNan : (n - 1) / std::sqrt(n) * spread_of(left).deviation;
  // Starts whose sets are ranked alike differ by rounding.
  return Quantity::estimate(value, error < 1e-12 ? 0 : error, std::ssize(left), "starts");
}

Quantity mean_drop(const Input& input) {
  std::vector<double> drops;
  for (const optimize::Result& run : input.optima)
    drops.push_back(input.landscape.evaluate(run.initial).loss - input.landscape.evaluate(run.point).loss);
  return mean_of(drops);
}

}  // namespace

void Ensemble::visit(OptionVisitor& visitor) {
  visitor.field(
      "start-fraction", start_fraction, between(0, 1),
      "where on the training run to go on from: 1 the optimum, 0.5 the recorded point nearest to half of it");
  visitor.field("continue", continue_given,
                "also go on from weights that were given; trained optima always are");
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
      "members share a wedge when their largest barrier is at most this share of the drop in training");
}

void Ensemble::validate_for(const Planned& planned, std::string_view place) const {
  if (!kicks.empty() && planned.training.epochs == 0 && planned.training.steps == 0)
    throw Error(place, "kicks are followed by a training: its epochs or steps must be set");
  if (start_fraction < 1 && !planned.trained)
    throw Error(place,
                fmt::format("start-fraction must be 1 for given weights, which have no trajectory, is {}",
                            start_fraction));
  if (start_fraction < 1 && planned.training.record_points == 0)
    throw Error(place,
                fmt::format("start-fraction {} needs record-points above 0 in the training", start_fraction));
}

SpreadLoop Ensemble::loop(const Landscape&, std::int64_t optima) const {
  const std::int64_t ways = std::ssize(schedules) * std::ssize(heights) + std::ssize(kicks);
  return {std::min(continue_from, optima) * ways + 1 + static_cast<std::int64_t>(kRandomSets)};
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
  const auto starts = static_cast<double>(std::min(continue_from, optima));
  const double ways = starts * static_cast<double>(schedules.size() * heights.size());
  const double kicked = starts * static_cast<double>(kicks.size());
  const double descent =
      3 * members * (ways * cycle + kicked * static_cast<double>(training.total_steps(landscape)) * batch);
  const auto set_cost = [&](double n) {
    return n * (n - 1) / 2 * static_cast<double>(barrier_points) * train + (n + 2) * (train + 2 * test);
  };
  // The optima's own set is also averaged without each of them in turn.
  return descent + (ways + kicked) * set_cost(members) + 2 * set_cost(static_cast<double>(optima));
}

Record Ensemble::run(const Input& input, Monitor& monitor) const {
  const std::vector<MemberSetMaker> makers = member_set_makers(*this, input, monitor);
  EnsembleResult result;
  result.trained = input.trained;
  result.continued = makers.size() > 1 + kRandomSets;
  result.drop = mean_drop(input);
  if (result.drop.present()) result.same_wedge_barrier = same_wedge_share * result.drop.value;
  const auto measure = [&](std::int64_t i) {
    const SetResult set = measure_set(makers[static_cast<std::size_t>(i)](), input, *this);
    monitor.checkpoint(0.5);
    return nlohmann::json::to_cbor(to_record(set));
  };
  input.parts.for_each(std::ssize(makers), measure, [&](std::int64_t i, const Parts::Bytes& bytes) {
    result.sets.push_back(from_record<SetResult>(nlohmann::json::from_cbor(bytes), fmt::format("set {}", i)));
  });
  for (const SetResult& set : result.sets)
    if (set.kind == "seeds") result.independent_barrier = set.mean_barrier;
  result.rank_correlation = barrier_and_gain(result.sets);
  Record record;
  record.result = to_record(result);
  return record;
}

}  // namespace nwedge::experiment
