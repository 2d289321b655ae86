#include "nwedge/experiment/alignment.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/alignment_parts.hpp"
#include "nwedge/experiment/curve_training.hpp"
#include "nwedge/experiment/optima_matching.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/tunnel_parts.hpp"
#include "nwedge/geometry/m_tunnel.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/network/alignment/repair.hpp"
#include "nwedge/optimize/optimizer.hpp"
#include "nwedge/spectrum/eigenpairs.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::int64_t kStarNodes = 4;  // of each segment

optimize::Options curve_descent(const Alignment& options) {
  CurveTraining training;
  training.steps = options.tunnel_steps;
  return training.descent();
}

/// Measures the optima in one arrangement after the other.
class Measurement {
 public:
  /// `groups` null: a landscape without known units, looked at as trained alone.
  Measurement(const Alignment& options, const Input& input, const Landscape& landscape,
              const network::UnitGroups* groups)
      : options_(options),
        input_(input),
        landscape_(landscape),
        groups_(groups),
        pairs_(seed_pairs(input.optima.size())),
        t_(geometry::even_positions(options.points)) {}

  /// Top eigenvectors of the Hessian at every optimum.
  void find_eigenvectors(const CurvedLandscape& curved, Monitor& monitor) {
    spectrum::EigenpairOptions pairs;
    pairs.top = options_.eigenvectors;
    pairs.tolerance = 0.05;  // a space, not its single vectors
    for (std::size_t k = 0; k < input_.optima.size(); ++k) {
      const auto hessian = curved.curvature_at(input_.optima[k].point);
      eigenvectors_.push_back(
          spectrum::extremal_eigenpairs(*hessian, pairs, derive_seed(input_.seed, "alignment", k), monitor)
              .top.vectors);
    }
  }

  ArrangedOptima measure(const Arranged& arranged, Record& record, Monitor& monitor) {
    ArrangedOptima found;
    found.kind = arranged.kind;
    std::vector<std::vector<float>> firsts(pairs_.size());
    std::vector<std::vector<float>> seconds(pairs_.size());
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      firsts[p] = moved(arranged.firsts, p, point(pairs_[p].first));
      seconds[p] = moved(arranged.seconds, p, point(pairs_[p].second));
    }
    measure_lines(firsts, seconds, found, record, monitor);
    if (!eigenvectors_.empty()) found.overlap = overlap(arranged);
    std::vector<float> all;
    for (std::size_t k = 0; k < input_.optima.size(); ++k) {
      const std::vector<float> own = moved(arranged.all, k, point(k));
      all.insert(all.end(), own.begin(), own.end());
    }
    measure_average(all, found);
    if (options_.tunnel_steps > 0) {
      measure_tunnels(firsts, seconds, found, monitor);
      measure_star(all, found, monitor);
    }
    return found;
  }

  /// Of the second arranged to match the first, what stays of their barrier at the middle after REPAIR.
  Quantity repaired(const network::Network& network, const Arranged& arranged, Monitor& monitor) const {
    if (network::repairable_units(network.graph()) == 0) return Quantity::missing("nothing can be rescaled");
    PairNumbers heights(pairs_.size());
    parallel_for(std::ssize(pairs_), [&](std::int64_t index) {
      const auto p = static_cast<std::size_t>(index);
      const auto [first, second] = pairs_[p];
      heights[p] = {first, second,
                    repaired_height(network, moved(arranged.firsts, p, point(first)),
                                    moved(arranged.seconds, p, point(second)), options_.repair_examples)};
      monitor.checkpoint(0.9);
    });
    return mean_over_pairs(heights);
  }

 private:
  std::span<const float> point(std::size_t k) const { return input_.optima[k].point; }
  std::vector<float> moved(const std::vector<network::Arrangement>& arrangements, std::size_t k,
                           std::span<const float> vector) const {
    if (groups_ == nullptr) return {vector.begin(), vector.end()};
    return groups_->arranged_weights(arrangements[k], vector);
  }

  void measure_lines(const std::vector<std::vector<float>>& firsts,
                     const std::vector<std::vector<float>>& seconds, ArrangedOptima& found, Record& record,
                     Monitor& monitor) {
    const bool test = landscape_.examples(Split::test) > 0;
    PairNumbers barriers(pairs_.size());
    PairNumbers test_barriers(pairs_.size());
    PairNumbers distances(pairs_.size());
    std::vector<double> losses(pairs_.size() * t_.size());
    parallel_for(std::ssize(pairs_), [&](std::int64_t index) {
      const auto p = static_cast<std::size_t>(index);
      const auto [first, second] = pairs_[p];
      const auto line = geometry::Path::line(firsts[p], seconds[p]);
      const geometry::PathProfile profile = geometry::profile(landscape_, line, t_, Split::train);
      barriers[p] = {first, second, geometry::barrier(profile).loss};
      for (std::size_t k = 0; k < t_.size(); ++k) losses[p * t_.size() + k] = profile.metrics[k].loss;
      if (test)
        test_barriers[p] = {first, second,
                            geometry::barrier(geometry::profile(landscape_, line, t_, Split::test)).loss};
      distances[p] = {first, second, distance(firsts[p], seconds[p])};
      monitor.checkpoint(0.3);
    });
    found.barrier = mean_over_pairs(barriers);
    found.distance = mean_over_pairs(distances);
    if (test) found.test_barrier = mean_over_pairs(test_barriers);
    const std::size_t count = input_.optima.size();
    if (as_trained_.empty())
      as_trained_ = barriers;
    else
      found.removed = share_removed(as_trained_, barriers, count);
    std::vector<double> matrix(count * count, 0.0);
    for (const PairValue& pair : barriers)
      matrix[pair.first * count + pair.second] = matrix[pair.second * count + pair.first] = pair.value;
    const auto side = static_cast<std::int64_t>(count);
    record.arrays.push_back(
        {"loss-train." + found.kind, {std::ssize(pairs_), std::ssize(t_)}, std::move(losses)});
    record.arrays.push_back({"barrier-matrix." + found.kind, {side, side}, std::move(matrix)});
  }

  Quantity overlap(const Arranged& arranged) const {
    const std::size_t dimension = point(0).size();
    PairNumbers overlaps;
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const auto [first, second] = pairs_[p];
      const std::span<const float> ours = eigenvectors_[first];
      const std::span<const float> theirs = eigenvectors_[second];
      const std::size_t k = std::min(ours.size(), theirs.size()) / dimension;
      double sum = 0;
      std::vector<std::vector<float>> others;
      for (std::size_t j = 0; j < k; ++j)
        others.push_back(moved(arranged.seconds, p, theirs.subspan(j * dimension, dimension)));
      for (std::size_t i = 0; i < k; ++i) {
        const std::vector<float> own = moved(arranged.firsts, p, ours.subspan(i * dimension, dimension));
        for (const std::vector<float>& other : others) sum += std::pow(dot(own, other), 2);
      }
      overlaps.push_back({first, second, sum / static_cast<double>(k)});
    }
    return mean_over_pairs(overlaps);
  }

  void measure_average(std::span<const float> all, ArrangedOptima& found) const {
    const std::vector<float> mean = geometry::mean_point(all, landscape_.dimension());
    const Metrics train = landscape_.evaluate(mean);
    found.average_loss = train.loss;
    if (landscape_.has_accuracy()) found.average_accuracy = train.accuracy;
    if (landscape_.examples(Split::test) == 0) return;
    const Metrics test = landscape_.evaluate(mean, Split::test);
    found.average_test_loss = test.loss;
    if (landscape_.has_accuracy()) found.average_test_accuracy = test.accuracy;
  }

  /// Pairs that share no optimum.
  void measure_tunnels(const std::vector<std::vector<float>>& firsts,
                       const std::vector<std::vector<float>>& seconds, ArrangedOptima& found,
                       Monitor& monitor) const {
    const auto chosen =
        spread_pairs(input_.optima.size(), static_cast<std::int64_t>(input_.optima.size() / 2));
    std::vector<double> barriers(chosen.size());
    parallel_for(std::ssize(chosen), [&](std::int64_t index) {
      const auto k = static_cast<std::size_t>(index);
      const auto p = static_cast<std::size_t>(
          std::find_if(pairs_.begin(), pairs_.end(),
                       [&](const SeedPair& pair) {
                         return pair.first == std::min(chosen[k].first, chosen[k].second) &&
                                pair.second == std::max(chosen[k].first, chosen[k].second);
                       }) -
          pairs_.begin());
      const geometry::Path start = geometry::straight_path(geometry::Curve::bezier, firsts[p], seconds[p], 1);
      const auto mean_loss = geometry::path_landscape(input_.landscape, start);
      optimize::Result result =
          optimize::minimize(*mean_loss, start.bends(), curve_descent(options_),
                             derive_seed(input_.seed, "tunnel", static_cast<std::uint64_t>(k)), monitor);
      const geometry::Path path(geometry::Curve::bezier, firsts[p], seconds[p], std::move(result.point));
      barriers[k] = geometry::barrier(geometry::profile(landscape_, path, t_, Split::train)).loss;
    });
    found.tunnel = mean_of(barriers, "pairs");
  }

  void measure_star(std::span<const float> all, ArrangedOptima& found, Monitor& monitor) const {
    const auto star = geometry::m_tunnel(input_.landscape, all, kStarNodes);
    const auto measured = geometry::m_tunnel(landscape_, all, kStarNodes);
    const std::vector<float> mean = geometry::mean_point(all, landscape_.dimension());
    found.star_loss = measured->evaluate(mean).loss;
    const optimize::Result result = optimize::minimize(*star, mean, curve_descent(options_),
                                                       derive_seed(input_.seed, "star", 0), monitor);
    found.trained_star_loss = measured->evaluate(result.point).loss;
  }

  const Alignment& options_;
  const Input& input_;
  const Landscape& landscape_;
  const network::UnitGroups* groups_;
  std::vector<SeedPair> pairs_;
  std::vector<double> t_;
  std::vector<std::vector<float>> eigenvectors_;  // [optimum][k, D]
  PairNumbers as_trained_;
};

/// The units of the landscape that may be permuted; null where there are none, or none are known.
std::unique_ptr<network::UnitGroups> unit_groups(const Landscape& landscape) {
  const auto* network = dynamic_cast<const network::Network*>(&landscape);
  if (network == nullptr) return nullptr;
  auto groups = std::make_unique<network::UnitGroups>(network->graph());
  return groups->units() > 0 ? std::move(groups) : nullptr;
}

}  // namespace

void Alignment::visit(OptionVisitor& visitor) {
  visitor.field("points", points, at_least(3), "points on each line, ends included");
  visitor.field(
      "removed-share", removed_share, between(0, 1),
      "most of the separation is permutation when matching removes at least this share of the barrier");
  visitor.field("fall-share", fall_share, between(0, 1),
                "matching leaves less with width when each doubling takes at least this share of the mean");
  visitor.field("examples", examples, at_least(0), "examples of each split to measure on; 0: all");
  visitor.field("restarts", restarts, between(1, 1000), "starts of the matching, the best result counts");
  visitor.field("repair-examples", repair_examples, between(2, 1e8),
                "training examples for rescaling a middle's units");
  visitor.field("eigenvectors", eigenvectors, between(0, 1000),
                "of the Hessian's top eigenspaces whose overlap is measured; 0: none");
  visitor.field("curvature-examples", curvature_examples, at_least(0), "examples of the Hessian; 0: all");
  visitor.field("tunnel-steps", tunnel_steps, at_least(0),
                "steps that tunnels and the m-tunnel's centre are trained for; 0: none");
  visitor.field("models", models, {},
                "networks of several widths to train and compare, narrowest first; none: no trend");
  visitor.field("trainings", trainings, between(2, 1000), "seeds of each of these");
}

void Alignment::validate(std::string_view place) const {
  if (models.size() == 1 || models.size() == 2)
    throw Error(place, fmt::format("models must name at least 3 networks, for a trend, or none; names {}",
                                   models.size()));
}

void Alignment::validate_for(const Planned& planned, std::string_view place) const {
  if (planned.optima < 2)
    throw Error(place, fmt::format("alignment needs at least 2 optima, has {}: add seeds", planned.optima));
  require_units_that_statistics_follow(planned.landscape, place);
  const auto* network = dynamic_cast<const network::Network*>(&planned.landscape);
  if (models.empty()) return;
  if (network == nullptr) throw Error(place, "models belong to networks: leave them out");
  if (planned.training.epochs == 0 && planned.training.steps == 0)
    throw Error(place, "models are trained: epochs or steps of the training must be set");
  for (const std::string& model : models) {
    const network::Model made = network::make_model({model}, network->data(), place, network->options().loss);
    if (network::UnitGroups(made.graph).units() == 0)
      throw Error(place, fmt::format("no units of {} can be permuted: leave it out of models", model));
  }
}

double Alignment::cost(const Landscape& landscape, const optimize::Options& training,
                       std::int64_t optima) const {
  const auto pairs = [](std::int64_t count) { return 0.5 * static_cast<double>(count * (count - 1)); };
  const bool units = unit_groups(landscape) != nullptr;
  const double kinds = units ? 5 : 1;
  const double used = examples_used(landscape, examples);
  double sum = kinds * pairs(optima) * static_cast<double>(2 * points) * used;
  const double curves = (0.5 * static_cast<double>(optima) + 1) * static_cast<double>(tunnel_steps);
  sum += kinds * 3 * curves * batch_examples(landscape, 128);
  if (units)
    sum += static_cast<double>(optima * 8 * eigenvectors) * 6 * examples_used(landscape, curvature_examples);
  const auto* network = dynamic_cast<const network::Network*>(&landscape);
  if (network == nullptr || models.empty()) return sum;
  const double steps =
      static_cast<double>(training.total_steps(landscape)) * batch_examples(landscape, training.batch_size);
  for (const std::string& model : models) {  // multiplications grow about as weights do
    const network::Graph graph =
        network::make_model({model}, network->data(), "models", network->options().loss).graph;
    const double size = static_cast<double>(graph.dimension) / static_cast<double>(landscape.dimension());
    sum += size * (3 * static_cast<double>(trainings) * steps +
                   pairs(trainings) * static_cast<double>(5 * points + 6) * used);
  }
  return sum;
}

Record Alignment::run(const Input& input, Monitor& monitor) const {
  if (input.optima.size() < 2)
    throw Error("alignment", fmt::format("needs at least 2 optima, has {}: add seeds", input.optima.size()));
  const std::vector<double> costs = {1, models.empty() ? 1e-6 : 5 * static_cast<double>(models.size())};
  Progress progress(monitor, costs);
  Monitor& own = progress.part(0);
  const SmallerLandscape smaller(input, examples, "alignment");
  const Landscape& landscape = smaller.landscape();
  const std::unique_ptr<network::UnitGroups> groups = unit_groups(landscape);
  Record record;
  const std::vector<double> t = geometry::even_positions(points);
  record.arrays.push_back({"t", {std::ssize(t)}, t});
  AlignmentResult result;
  std::vector<double> drops;
  std::vector<double> losses;
  for (const optimize::Result& optimum : input.optima) {
    losses.push_back(landscape.evaluate(optimum.point).loss);
    drops.push_back(landscape.evaluate(optimum.initial).loss - losses.back());
  }
  result.drop = mean_of(drops);
  result.optimum_loss = mean_of(losses);
  Measurement measurement(*this, input, landscape, groups.get());
  const std::size_t count = input.optima.size();
  if (groups == nullptr) {
    Arranged plain;
    plain.kind = "as-trained";
    result.arrangements.push_back(measurement.measure(plain, record, own));
  } else {
    result.units = groups->units();
    if (eigenvectors > 0) {
      const SmallerLandscape curved(input, curvature_examples, "alignment");
      measurement.find_eigenvectors(curved.curved(), own);
      result.chance_overlap = static_cast<double>(eigenvectors) / static_cast<double>(landscape.dimension());
    }
    std::vector<std::vector<float>> all;
    for (const optimize::Result& optimum : input.optima) all.push_back(optimum.point);
    network::MatchingOptions matching;
    matching.restarts = restarts;
    result.arrangements.push_back(measurement.measure(as_trained(*groups, count), record, own));
    const Arranged matched = pairwise(*groups, all, matching);
    result.arrangements.push_back(measurement.measure(matched, record, own));
    result.arrangements.back().repaired =
        measurement.repaired(dynamic_cast<const network::Network&>(landscape), matched, own);
    result.arrangements.push_back(
        measurement.measure(universe(*groups, all, matching, result.universe_overlaps), record, own));
    result.arrangements.push_back(measurement.measure(at_random(*groups, count, input.seed), record, own));
    result.arrangements.push_back(
        measurement.measure(shuffled(*groups, all, matching, input.seed), record, own));
  }
  own.checkpoint(1);
  if (!models.empty()) measure_widths(*this, input, result, progress.part(1));
  record.result = to_record(result);
  return record;
}

}  // namespace nwedge::experiment
