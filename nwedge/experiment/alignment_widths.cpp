#include <cmath>
#include <memory>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/experiment/alignment_parts.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/network/alignment/repair.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::size_t kDraws =
    3;  // of random permutations: one pair's barriers differ by a tenth between them

/// The networks of one width, and their barriers pair by pair.
struct Width {
  std::unique_ptr<Landscape> owned;
  std::unique_ptr<Landscape> measured_on;  // null: the landscape trained on
  std::vector<std::vector<float>> points;
  PairNumbers barrier;
  PairNumbers aligned;
  PairNumbers repaired;
  PairNumbers random;

  const network::Network& network() const {
    return dynamic_cast<const network::Network&>(measured_on ? *measured_on : *owned);
  }
};

std::unique_ptr<Landscape> vary(const Input& input, const nlohmann::json& changes) {
  if (!input.vary) throw Error("alignment", "models: cannot vary this landscape by " + changes.dump());
  return input.vary(changes);
}

Width make_width(const Alignment& options, const Input& input, const std::string& model) {
  Width width;
  width.owned = vary(input, {{"model", model}});
  if (options.examples > 0 && options.examples < width.owned->examples(Split::train))
    width.measured_on = vary(input, {{"model", model}, {"train-examples", options.examples}});
  width.points.resize(static_cast<std::size_t>(options.trainings));
  return width;
}

void measure(const Alignment& options, Width& width, std::uint64_t seed, Monitor& monitor) {
  const network::Network& network = width.network();
  const network::UnitGroups groups(network.graph());
  network::MatchingOptions matching;
  matching.restarts = options.restarts;
  const std::size_t count = width.points.size();
  const Arranged plain = as_trained(groups, count);
  const Arranged matched = pairwise(groups, width.points, matching);
  std::vector<Arranged> permuted;
  for (std::size_t draw = 0; draw < kDraws; ++draw)
    permuted.push_back(at_random(groups, count, derive_seed(seed, "draw", draw)));
  const bool repairs = network::repairable_units(network.graph()) > 0;
  const std::vector<double> t = geometry::even_positions(options.points);
  const std::vector<SeedPair> pairs = seed_pairs(count);
  for (PairNumbers* numbers : {&width.barrier, &width.aligned, &width.random}) numbers->resize(pairs.size());
  if (repairs) width.repaired.resize(pairs.size());
  parallel_for(std::ssize(pairs), [&](std::int64_t index) {
    const auto p = static_cast<std::size_t>(index);
    const std::size_t first = pairs[p].first;
    const std::size_t second = pairs[p].second;
    const auto ends = [&](const Arranged& arranged) {
      return std::pair{groups.arranged_weights(arranged.firsts[p], width.points[first]),
                       groups.arranged_weights(arranged.seconds[p], width.points[second])};
    };
    const auto barrier = [&](const Arranged& arranged) {
      monitor.checkpoint(0.5);
      const auto [a, b] = ends(arranged);
      const geometry::PathProfile profile =
          geometry::profile(network, geometry::Path::line(a, b), t, Split::train);
      return PairValue{first, second, geometry::barrier(profile).loss};
    };
    width.barrier[p] = barrier(plain);
    width.aligned[p] = barrier(matched);
    width.random[p] = {first, second, 0};
    for (const Arranged& draw : permuted) width.random[p].value += barrier(draw).value / kDraws;
    if (!repairs) return;
    const auto [a, b] = ends(matched);
    width.repaired[p] = {first, second, repaired_height(network, a, b, options.repair_examples)};
  });
}

WidthBarriers described(const Width& width, const std::string& model) {
  const network::Network& network = width.network();
  WidthBarriers barriers;
  barriers.model = model;
  barriers.units = network::UnitGroups(network.graph()).units();
  barriers.trainings = std::ssize(width.points);
  for (const std::vector<float>& point : width.points)
    barriers.loss += network.evaluate(point).loss / static_cast<double>(width.points.size());
  barriers.barrier = mean_over_pairs(width.barrier);
  barriers.aligned = mean_over_pairs(width.aligned);
  barriers.random = mean_over_pairs(width.random);
  if (!width.repaired.empty()) barriers.repaired = mean_over_pairs(width.repaired);
  return barriers;
}

}  // namespace

void measure_widths(const Alignment& options, const Input& input, AlignmentResult& result, Monitor& monitor) {
  std::vector<Width> widths;
  std::vector<double> costs;
  for (const std::string& model : options.models) {
    widths.push_back(make_width(options, input, model));
    costs.push_back(static_cast<double>(widths.back().owned->dimension()));
  }
  Progress progress(monitor, costs);
  const std::int64_t trainings = options.trainings;
  parallel_for(std::ssize(widths) * trainings, [&](std::int64_t k) {
    const auto w = static_cast<std::size_t>(k / trainings);
    const auto seed = static_cast<std::uint64_t>(k % trainings);
    const Landscape& landscape = *widths[w].owned;
    optimize::Options training = input.training;
    training.record_points = 0;
    optimize::Result found =
        optimize::minimize(landscape, landscape.initial_point(seed), training, seed, progress.part(w));
    widths[w].points[static_cast<std::size_t>(seed)] = std::move(found.point);
  });
  std::vector<double> levels;
  std::vector<PairNumbers> barrier;
  std::vector<PairNumbers> aligned;
  std::vector<PairNumbers> repaired;
  std::vector<PairNumbers> random;
  for (std::size_t w = 0; w < widths.size(); ++w) {
    measure(options, widths[w], input.seed, progress.part(w));
    progress.part(w).checkpoint(1);
    result.widths.push_back(described(widths[w], options.models[w]));
    levels.push_back(std::log2(static_cast<double>(result.widths.back().units)));
    barrier.push_back(std::move(widths[w].barrier));
    aligned.push_back(std::move(widths[w].aligned));
    random.push_back(std::move(widths[w].random));
    if (!widths[w].repaired.empty()) repaired.push_back(std::move(widths[w].repaired));
  }
  const auto seeds = static_cast<std::size_t>(trainings);
  result.trends.emplace();
  const std::vector<PairNumbers> none;
  result.trends->left = relative_slope(aligned, barrier, levels, seeds);
  result.trends->random_left = relative_slope(random, barrier, levels, seeds);
  if (repaired.size() == widths.size())
    result.trends->repaired_left = relative_slope(repaired, barrier, levels, seeds);
  result.trends->barrier = relative_slope(barrier, none, levels, seeds);
  result.trends->aligned = relative_slope(aligned, none, levels, seeds);
}

}  // namespace nwedge::experiment
