#include "nwedge/experiment/star_sets.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/m_tunnel.hpp"
#include "nwedge/geometry/paths.hpp"

namespace nwedge::experiment {
namespace {

/// The segments from the centre (t = 0) to each member (t = 1) on one split.
SegmentLosses measure_segments(const Landscape& landscape, const StarSet& set, std::span<const double> t,
                               Split split, std::vector<io::Tensor>& arrays) {
  std::vector<double> losses;
  std::vector<double> accuracies;
  SegmentLosses result;
  result.highest_loss = -std::numeric_limits<double>::infinity();
  double least_accuracy = std::numeric_limits<double>::infinity();
  double highest_end = -std::numeric_limits<double>::infinity();
  const std::size_t size = set.centre.size();
  for (std::size_t begin = 0; begin < set.points.size(); begin += size) {
    const geometry::Path segment =
        geometry::Path::line(set.centre, std::span(set.points).subspan(begin, size));
    const geometry::PathProfile found = geometry::profile(landscape, segment, t, split);
    for (const Metrics& m : found.metrics) {
      losses.push_back(m.loss);
      accuracies.push_back(m.accuracy);
      if (std::isnan(m.loss) || m.loss > result.highest_loss) result.highest_loss = m.loss;
      least_accuracy = std::min(least_accuracy, m.accuracy);
    }
    highest_end = std::max(highest_end, found.metrics.back().loss);
  }
  const std::string name = split == Split::train ? "train" : "test";
  const std::vector<std::int64_t> shape{set.size(), std::ssize(t)};
  result.barrier = std::max(0.0, result.highest_loss - highest_end);
  arrays.push_back({set.name + ".loss-" + name, shape, std::move(losses)});
  if (!landscape.has_accuracy()) return result;
  result.least_accuracy = least_accuracy;
  arrays.push_back({set.name + ".accuracy-" + name, shape, std::move(accuracies)});
  return result;
}

/// First members of the sets of m among n points: m apart, going round until one comes again, then from the
/// least one left. So the first sets are disjoint, and few sets leave out every point once.
std::vector<std::int64_t> first_members(std::int64_t n, std::int64_t m, std::int64_t most) {
  std::vector<std::int64_t> firsts;
  const auto taken = [&](std::int64_t r) {
    return std::find(firsts.begin(), firsts.end(), r) != firsts.end();
  };
  for (std::int64_t start = 0; start < n; ++start)
    for (std::int64_t r = start; !taken(r); r = (r + m) % n) firsts.push_back(r);
  firsts.resize(static_cast<std::size_t>(std::min(most, n)));
  return firsts;
}

}  // namespace

std::vector<StarSet> make_sets(const std::string& kind, std::span<const std::vector<float>> points,
                               std::int64_t most, std::int64_t combinations) {
  const std::int64_t count = std::ssize(points);
  std::vector<StarSet> sets;
  for (std::int64_t m = 1; m <= std::min(most, count); ++m) {
    std::set<std::set<std::int64_t>> seen;
    for (const std::int64_t first : first_members(count, m, combinations)) {
      StarSet set;
      for (std::int64_t i = 0; i < m; ++i) set.members.push_back((first + i) % count);
      if (!seen.emplace(set.members.begin(), set.members.end()).second) continue;
      for (const std::int64_t member : set.members) {
        const std::vector<float>& point = points[static_cast<std::size_t>(member)];
        set.points.insert(set.points.end(), point.begin(), point.end());
      }
      set.kind = kind;
      set.name = fmt::format("{}-{}-{}", kind, m, first);
      sets.push_back(std::move(set));
    }
  }
  return sets;
}

std::vector<std::vector<float>> same_wedge_points(const Input& input, const MTunnel& options,
                                                  std::int64_t count, Monitor& monitor) {
  const std::vector<float>& optimum = input.optima.front().point;
  optimize::Options descent = input.training;
  descent.schedule = "constant";
  descent.learning_rate = options.control_rate;
  descent.warmup = 0;
  descent.final_fraction = 0;
  descent.cycle_steps = 0;
  descent.epochs = 0;
  descent.steps = options.control_steps;
  descent.record_points = 0;
  const double kick = options.control_kick * norm(optimum);
  std::vector<std::vector<float>> points(static_cast<std::size_t>(count));
  const std::vector<double> costs(points.size(), 1.0);
  Progress progress(monitor, costs);
  parallel_for(count, [&](std::int64_t i) {
    const auto index = static_cast<std::size_t>(i);
    const std::uint64_t seed = derive_seed(input.seed, "same wedge", index);
    const std::vector<float> direction = geometry::random_direction(std::ssize(optimum), seed);
    std::vector<float> start = optimum;
    for (std::size_t j = 0; j < start.size(); ++j) start[j] += static_cast<float>(kick * direction[j]);
    points[index] = optimize::minimize(input.landscape, start, descent, seed, progress.part(index)).point;
  });
  return points;
}

void train_centre(const Landscape& landscape, const MTunnel& options, std::uint64_t seed, StarSet& set,
                  Monitor& monitor) {
  const auto functional = geometry::m_tunnel(landscape, set.points, options.quadrature);
  optimize::Result result = optimize::minimize(*functional, functional->initial_point(0),
                                               options.training.descent(), seed, monitor);
  set.diverged = result.termination == optimize::Termination::diverged;
  set.centre = std::move(result.point);
}

StarResult measure_star(const Landscape& landscape, const MTunnel& options, const StarSet& set,
                        std::vector<io::Tensor>& arrays, Monitor& monitor) {
  const std::int64_t dimension = landscape.dimension();
  StarResult result;
  result.kind = set.kind;
  result.m = set.size();
  result.members = set.members;
  result.diverged = set.diverged;
  const std::vector<float> mean = geometry::mean_point(set.points, dimension);
  const auto functional = geometry::m_tunnel(landscape, set.points, options.quadrature);
  result.mean_loss = landscape.evaluate(mean).loss;
  result.functional_at_mean = functional->evaluate(mean).loss;
  result.highest_end = -std::numeric_limits<double>::infinity();
  for (const Metrics& end : landscape.evaluate_many(set.points, Split::train))
    result.highest_end = std::max(result.highest_end, end.loss);
  monitor.checkpoint(0.3);
  if (set.diverged) return result;
  result.functional = functional->evaluate(set.centre).loss;
  result.centre_loss = landscape.evaluate(set.centre).loss;
  result.centre_norm = norm(set.centre);
  double square = 0;
  for (std::size_t begin = 0; begin < set.points.size(); begin += mean.size()) {
    const double step = distance(set.centre, std::span(set.points).subspan(begin, mean.size()));
    square += step * step;
  }
  result.radius = std::sqrt(square / static_cast<double>(set.size()));
  monitor.checkpoint(0.5);
  const std::vector<double> t = geometry::even_positions(options.segment_points);
  result.train = measure_segments(landscape, set, t, Split::train, arrays);
  if (landscape.examples(Split::test) > 0)
    result.test = measure_segments(landscape, set, t, Split::test, arrays);
  arrays.push_back({set.name + ".t", {std::ssize(t)}, t});
  arrays.push_back({"points." + set.name, {dimension}, set.centre});
  monitor.checkpoint(1);
  return result;
}

}  // namespace nwedge::experiment
