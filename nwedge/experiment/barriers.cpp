#include "nwedge/experiment/barriers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/judgement.hpp"
#include "nwedge/experiment/optima_matching.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/network/alignment/matching.hpp"
#include "nwedge/network/alignment/repair.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::experiment {
namespace {

/// A barrier is an energy, half a sum of s squares: its relative standard deviation is about sqrt(2 / s).
constexpr double kBarrierTolerance = 0.2;

struct Pair {
  std::size_t first;
  std::size_t second;
};

std::vector<Pair> pairs_of(std::size_t count) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = i + 1; j < count; ++j) pairs.push_back({i, j});
  return pairs;
}

double displacement_cosine(const optimize::Result& a, const optimize::Result& b) {
  std::vector<float> from(a.point.size());
  std::vector<float> to(a.point.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    from[i] = a.point[i] - a.initial[i];
    to[i] = b.point[i] - b.initial[i];
  }
  return cosine(from, to);
}

/// The profiles of all pairs on one split after the other.
std::vector<std::vector<geometry::PathProfile>> profiles_of(const Input& input, std::span<const Pair> pairs,
                                                            std::span<const double> t,
                                                            std::span<const Split> splits, Monitor& monitor) {
  std::vector<std::vector<geometry::PathProfile>> profiles(splits.size());
  const auto count = static_cast<std::int64_t>(pairs.size());
  const auto evaluate = [&](std::int64_t item) {
    const Pair& pair = pairs[static_cast<std::size_t>(item % count)];
    const auto line = geometry::Path::line(input.optima[pair.first].point, input.optima[pair.second].point);
    const geometry::PathProfile profile =
        geometry::profile(input.landscape, line, t, splits[static_cast<std::size_t>(item / count)]);
    monitor.checkpoint(item < count ? 0.3 : 0.8);
    std::vector<double> numbers = profile.lengths;
    for (const Metrics& metrics : profile.metrics)
      numbers.insert(numbers.end(), {metrics.loss, metrics.accuracy});
    return pack(numbers);
  };
  input.parts.for_each(
      count * std::ssize(splits), evaluate, [&](std::int64_t item, const Parts::Bytes& bytes) {
        const std::vector<double> numbers = unpack(bytes);
        geometry::PathProfile& profile = profiles[static_cast<std::size_t>(item / count)].emplace_back();
        profile.t.assign(t.begin(), t.end());
        profile.lengths.assign(numbers.begin(), numbers.begin() + std::ssize(t));
        for (std::size_t k = t.size(); k < numbers.size(); k += 2)
          profile.metrics.push_back({numbers[k], numbers[k + 1]});
      });
  return profiles;
}

void add_curves(Record& record, std::span<const geometry::PathProfile> profiles, std::string_view split,
                bool accuracy) {
  std::vector<double> losses;
  std::vector<double> accuracies;
  for (const geometry::PathProfile& profile : profiles)
    for (const Metrics& m : profile.metrics) {
      losses.push_back(m.loss);
      accuracies.push_back(m.accuracy);
    }
  const std::vector<std::int64_t> shape = {std::ssize(profiles), std::ssize(profiles.front().metrics)};
  record.arrays.push_back({fmt::format("loss-{}", split), shape, std::move(losses)});
  if (accuracy) record.arrays.push_back({fmt::format("accuracy-{}", split), shape, std::move(accuracies)});
}

/// A symmetric matrix [N, N] from one number a pair.
void add_matrix(Record& record, std::string name, std::size_t count, std::span<const PairBarrier> pairs,
                double PairBarrier::*number, double diagonal) {
  std::vector<double> matrix(count * count);
  for (std::size_t i = 0; i < count; ++i) matrix[i * count + i] = diagonal;
  for (const PairBarrier& pair : pairs) {
    const auto i = static_cast<std::size_t>(pair.first);
    const auto j = static_cast<std::size_t>(pair.second);
    matrix[i * count + j] = matrix[j * count + i] = pair.*number;
  }
  const auto side = static_cast<std::int64_t>(count);
  record.arrays.push_back({std::move(name), {side, side}, std::move(matrix)});
}

Quantity over_pairs(std::span<const PairBarrier> pairs, double PairBarrier::*number) {
  std::vector<PairValue> values;
  for (const PairBarrier& pair : pairs)
    values.push_back(
        {static_cast<std::size_t>(pair.first), static_cast<std::size_t>(pair.second), pair.*number});
  return mean_over_pairs(values);
}

/// What the model says of the straight line: between two wedges by Monte Carlo, the least of all wedges;
/// within one nothing rises as long as its core is convex.
void predict(Record& record, BarriersResult& result, const wedge::WedgeModel& model, const Input& input,
             std::span<const double> t) {
  const wedge::Predictor predictor(model);
  const wedge::Prediction between = predictor.line_barrier(t);
  result.between_wedges = between.quantity();
  const bool convex = model.options().opening == 0 && model.options().minimum == "hard";
  for (PairBarrier& pair : result.pairs) {
    const auto wedge_of = [&](std::int64_t i) {
      return model.nearest(input.optima[static_cast<std::size_t>(i)].point);
    };
    pair.one_wedge = wedge_of(pair.first) == wedge_of(pair.second);
    if (*pair.one_wedge && convex) pair.predicted_barrier = 0.0;
    if (!*pair.one_wedge && between.known()) pair.predicted_barrier = between.value;
  }
  std::vector<double> predicted;
  for (const wedge::Prediction& loss : predictor.line_losses(t)) {
    if (!loss.known()) return;
    predicted.push_back(loss.value);
  }
  record.arrays.push_back({"predicted-loss", {std::ssize(predicted)}, std::move(predicted)});
}

PairBarrier measure(const Input& input, const Pair& pair, const geometry::PathProfile& profile) {
  const optimize::Result& a = input.optima[pair.first];
  const optimize::Result& b = input.optima[pair.second];
  const geometry::Barrier found = geometry::barrier(profile);
  PairBarrier result;
  result.first = static_cast<std::int64_t>(pair.first);
  result.second = static_cast<std::int64_t>(pair.second);
  result.barrier = found.loss;
  result.position = found.position;
  result.error_barrier = found.error;
  result.distance = distance(a.point, b.point);
  result.cosine = cosine(a.point, b.point);
  result.displacement_cosine = displacement_cosine(a, b);
  return result;
}

Quantity mean_drop(const Input& input) {
  std::vector<double> drops;
  for (const optimize::Result& run : input.optima)
    drops.push_back(input.landscape.evaluate(run.initial).loss - input.landscape.evaluate(run.point).loss);
  return mean_of(drops);
}

/// Optima that no barrier above `least` separates, as groups: "0, 1 | 2".
std::string groups_of(const BarriersResult& result, std::size_t count, double least) {
  std::vector<std::size_t> group(count);
  std::iota(group.begin(), group.end(), std::size_t{0});
  for (const PairBarrier& pair : result.pairs) {
    const std::size_t from = group.at(static_cast<std::size_t>(pair.second));
    const std::size_t to = group.at(static_cast<std::size_t>(pair.first));
    if (pair.barrier <= least) std::replace(group.begin(), group.end(), from, to);
  }
  std::map<std::size_t, std::string> members;
  for (std::size_t i = 0; i < count; ++i)
    members[group[i]] += fmt::format("{}{}", members[group[i]].empty() ? "" : ", ", i);
  std::string text;
  for (const auto& [first, list] : members) text += (text.empty() ? "" : " | ") + list;
  return text;
}

Finding separated(const StoredRecord& record, const BarriersResult& result, double share) {
  const Yardstick drop("the drop in training", result.drop);
  Judgement judgement(
      "observation-3", record,
      fmt::format("separated: the mean barrier on straight lines between optima is at least {} of "
                  "the drop that training made",
                  share),
      "optima in one convex basin, between which no straight line rises");
  judgement.premise(drop).require(Check::at_least("straight-line barrier", result.barrier, share, drop));
  std::int64_t apart = 0;
  std::vector<double> predicted;
  for (const PairBarrier& pair : result.pairs) {
    apart += pair.barrier >= share * result.drop.value;
    if (pair.predicted_barrier) predicted.push_back(*pair.predicted_barrier);
  }
  if (drop.fault().empty())
    judgement.note(fmt::format("{} of {} pairs are separated", apart, result.pairs.size()));
  if (drop.fault().empty() && apart > 0 && apart < std::ssize(result.pairs))
    judgement.note("groups without a barrier: " +
                   groups_of(result, record.seeds.size(), share * result.drop.value));
  if (!predicted.empty())
    judgement.predict(fmt::format("straight-line barrier {:.3g}", spread_of(predicted).mean));
  return judgement.finding();
}

Finding closed_form(const StoredRecord& record, const BarriersResult& result) {
  std::vector<double> predicted;
  for (const PairBarrier& pair : result.pairs)
    if (pair.predicted_barrier) predicted.push_back(*pair.predicted_barrier);
  const Quantity expected = Quantity::exact(spread_of(predicted).mean);
  Judgement judgement(
      kModelClaim, record,
      fmt::format(
          "the mean barrier on straight lines is within {:.0f} % of the mean between random optima of "
          "two wedges",
          100 * kBarrierTolerance),
      "");
  return judgement.premise(Yardstick("the predicted barrier", expected))
      .require(Check::agrees("mean barrier", result.barrier, expected, kBarrierTolerance))
      .finding();
}

/// Barriers between the optima of a network whose units are matched.
class AlignedLines {
 public:
  AlignedLines(const network::Network& network, const Barriers& options)
      : network_(network), groups_(network.graph()), options_(options) {
    matching_.method = options.align;
    matching_.match_examples = options.align_examples;
  }

  void measure(const Input& input, std::span<const double> t, PairBarrier& pair) const {
    const std::vector<float>& a = input.optima[static_cast<std::size_t>(pair.first)].point;
    const std::vector<float>& b = input.optima[static_cast<std::size_t>(pair.second)].point;
    const std::vector<float> moved = groups_.arranged_weights(match(a, b), b);
    pair.aligned_distance = distance(a, moved);
    const auto line = geometry::Path::line(a, moved);
    const auto barrier = [&](Split split) {
      return geometry::barrier(geometry::profile(network_, line, t, split)).loss;
    };
    pair.aligned_barrier = barrier(Split::train);
    const bool test = network_.examples(Split::test) > 0;
    if (test) pair.aligned_test_barrier = barrier(Split::test);
    if (network::repairable_units(network_.graph()) == 0) return;
    std::vector<float> average(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) average[i] = (a[i] + moved[i]) / 2;
    const std::vector<float> statistics = network_.buffers_at(average);
    const std::vector<float> ours = network_.buffers_at(a);
    const std::vector<float> theirs = network_.buffers_at(moved);
    const std::vector<float> repaired =
        network::repaired(network_.graph(), {average, statistics}, {a, ours}, {moved, theirs},
                          network_.data().train, options_.align_examples);
    const auto middle = [&](Split split) {
      return network_.evaluate(repaired, split).loss -
             (network_.evaluate(a, split).loss + network_.evaluate(b, split).loss) / 2;
    };
    pair.repaired_barrier = middle(Split::train);
    if (test) pair.repaired_test_barrier = middle(Split::test);
  }

 private:
  network::Arrangement match(std::span<const float> a, std::span<const float> b) const {
    if (matching_.method == "weights") return network::match_weights(groups_, a, b, matching_);
    const std::vector<float> ours = network_.buffers_at(a);
    const std::vector<float> theirs = network_.buffers_at(b);
    return network::match_activations(groups_, network_.graph(), {a, ours}, {b, theirs},
                                      network_.data().train, matching_);
  }

  const network::Network& network_;
  network::UnitGroups groups_;
  const Barriers& options_;
  network::MatchingOptions matching_ = {.restarts = 1};
};

std::optional<Quantity> over_pairs(std::span<const PairBarrier> pairs,
                                   std::optional<double> PairBarrier::*number) {
  std::vector<PairValue> values;
  for (const PairBarrier& pair : pairs) {
    if (!(pair.*number)) return std::nullopt;
    values.push_back(
        {static_cast<std::size_t>(pair.first), static_cast<std::size_t>(pair.second), *(pair.*number)});
  }
  return mean_over_pairs(values);
}

}  // namespace

void Barriers::visit(OptionVisitor& visitor) {
  visitor.field("points", points, at_least(3), "points on each line, ends included");
  visitor.field(
      "barrier-share", barrier_share, between(0, 1),
      "optima are separated when the barrier is at least this share of the drop that training made");
  visitor.field(
      "align", align, alignments(),
      "of networks: measure again with units matched, by the weights that touch them or by what they "
      "put out");
  visitor.field("align-examples", align_examples, between(2, 1e8),
                "training examples for activations and for rescaling an average's units");
}

void Barriers::validate_for(const Planned& planned, std::string_view place) const {
  if (planned.optima < 2)
    throw Error(place, fmt::format("barriers needs at least 2 optima, has {}: add seeds", planned.optima));
  require_units(align, planned, place);
}

SpreadLoop Barriers::loop(const Landscape& landscape, std::int64_t optima) const {
  return {optima * (optima - 1) / 2 * (landscape.examples(Split::test) > 0 ? 2 : 1),
          align == "none" ? 1.0 : 0.5};
}

double Barriers::cost(const Landscape& landscape, const optimize::Options&, std::int64_t optima) const {
  const std::int64_t pairs = optima * (optima - 1) / 2;
  return static_cast<double>(pairs * points) * (align == "none" ? 1 : 2) *
         static_cast<double>(
             std::max<std::int64_t>(1, landscape.examples(Split::train) + landscape.examples(Split::test)));
}

Record Barriers::run(const Input& input, Monitor& monitor) const {
  if (input.optima.size() < 2)
    throw Error("barriers", fmt::format("needs at least 2 optima, has {}: add seeds", input.optima.size()));
  const std::vector<Pair> pairs = pairs_of(input.optima.size());
  const std::vector<double> t = geometry::even_positions(points);
  const bool accuracy = input.landscape.has_accuracy();
  Record record;
  record.arrays.push_back({"t", {std::ssize(t)}, t});
  BarriersResult result;
  const bool has_test = input.landscape.examples(Split::test) > 0;
  const Split both[] = {Split::train, Split::test};
  const auto profiles = profiles_of(input, pairs, t, std::span(both).first(has_test ? 2 : 1), monitor);
  const auto& train = profiles.front();
  add_curves(record, train, "train", accuracy);
  for (std::size_t p = 0; p < pairs.size(); ++p) result.pairs.push_back(measure(input, pairs[p], train[p]));
  if (has_test) {
    const auto& test = profiles.back();
    add_curves(record, test, "test", accuracy);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const geometry::Barrier found = geometry::barrier(test[p]);
      result.pairs[p].test_barrier = found.loss;
      result.pairs[p].test_error_barrier = found.error;
    }
  }
  const std::size_t count = input.optima.size();
  add_matrix(record, "barrier-matrix", count, result.pairs, &PairBarrier::barrier, 0);
  add_matrix(record, "distance-matrix", count, result.pairs, &PairBarrier::distance, 0);
  add_matrix(record, "cosine-matrix", count, result.pairs, &PairBarrier::cosine, 1);
  result.barrier = over_pairs(result.pairs, &PairBarrier::barrier);
  result.distance = over_pairs(result.pairs, &PairBarrier::distance);
  result.cosine = over_pairs(result.pairs, &PairBarrier::cosine);
  result.drop = mean_drop(input);
  if (align != "none") {
    const AlignedLines lines(dynamic_cast<const network::Network&>(input.landscape), *this);
    for (PairBarrier& pair : result.pairs) {
      lines.measure(input, t, pair);
      monitor.checkpoint(0.9);
    }
    result.aligned_barrier = over_pairs(result.pairs, &PairBarrier::aligned_barrier);
    result.repaired_barrier = over_pairs(result.pairs, &PairBarrier::repaired_barrier);
    std::vector<PairBarrier> aligned = result.pairs;
    for (PairBarrier& pair : aligned) pair.barrier = *pair.aligned_barrier;
    add_matrix(record, "aligned-barrier-matrix", count, aligned, &PairBarrier::barrier, 0);
  }
  if (const wedge::WedgeModel* model = wedge_model(input.landscape))
    predict(record, result, *model, input, t);
  record.result = to_record(result);
  return record;
}

std::vector<Finding> Barriers::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    const auto result = result_of<BarriersResult>(record);
    findings.push_back(separated(record, result, barrier_share));
    if (std::any_of(result.pairs.begin(), result.pairs.end(),
                    [](const PairBarrier& pair) { return pair.predicted_barrier.value_or(0) > 0; }))
      findings.push_back(closed_form(record, result));
  }
  return findings;
}

void PairBarrier::visit(FieldVisitor& visitor) {
  visitor.field("first", first, "position of one optimum among the seeds");
  visitor.field("second", second, "position of the other");
  visitor.field("barrier", barrier, "of the training loss");
  visitor.field("position", position, "t where the barrier stands");
  visitor.field("error-barrier", error_barrier, "of the training error rate; null without accuracy");
  visitor.field("test-barrier", test_barrier, "of the test loss");
  visitor.field("test-error-barrier", test_error_barrier, "of the test error rate");
  visitor.field("distance", distance, "between the two optima");
  visitor.field("cosine", cosine, "between the two optima as vectors");
  visitor.field("displacement-cosine", displacement_cosine,
                "between their displacements from their initial points");
  visitor.field("one-wedge", one_wedge, "whether both lie in one wedge (wedge model)");
  visitor.field("predicted-barrier", predicted_barrier,
                "between random optima of two wedges; 0 in one with a convex core (wedge model)");
  visitor.field("aligned-barrier", aligned_barrier, "with the second's units permuted to match the first's");
  visitor.field("aligned-test-barrier", aligned_test_barrier, "the same of the test loss");
  visitor.field("aligned-distance", aligned_distance, "between the two, matched");
  visitor.field("repaired-barrier", repaired_barrier,
                "loss of the matched average with its units rescaled, above the mean of the two");
  visitor.field("repaired-test-barrier", repaired_test_barrier, "the same of the test loss");
}

void BarriersResult::visit(FieldVisitor& visitor) {
  visitor.field("pairs", pairs, "every pair of optima");
  visitor.field("barrier", barrier, "mean over pairs, its error over seeds");
  visitor.field("distance", distance, "mean over pairs, its error over seeds");
  visitor.field("cosine", cosine, "mean over pairs, its error over seeds");
  visitor.field("aligned-barrier", aligned_barrier, "mean over pairs with units matched, where asked for");
  visitor.field("repaired-barrier", repaired_barrier,
                "mean over pairs, at the middle, with units matched and rescaled");
  visitor.field("drop", drop, "initial less final training loss");
  visitor.field("between-wedges", between_wedges,
                "predicted barrier between random optima of two wedges, by Monte Carlo (wedge model)");
}

}  // namespace nwedge::experiment
