#include "nwedge/experiment/tunnel_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/elastic_band.hpp"
#include "nwedge/geometry/rays.hpp"
#include "nwedge/geometry/sections.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kRadiusTolerance = 0.04;  // of an exit radius, well below its spread over directions

io::Tensor column(std::string name, std::vector<double> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return {std::move(name), {size}, std::move(values)};
}

std::vector<double> losses_of(const std::vector<Metrics>& metrics) {
  std::vector<double> losses;
  losses.reserve(metrics.size());
  for (const Metrics& m : metrics) losses.push_back(m.loss);
  return losses;
}

std::vector<double> accuracies_of(const std::vector<Metrics>& metrics) {
  std::vector<double> accuracies;
  accuracies.reserve(metrics.size());
  for (const Metrics& m : metrics) accuracies.push_back(m.accuracy);
  return accuracies;
}

PathObstacle measure_split(const Landscape& landscape, const geometry::Path& path, std::span<const double> t,
                           Split split, const std::string& name, std::vector<io::Tensor>& arrays) {
  const std::string split_name = split == Split::train ? "train" : "test";
  const geometry::PathProfile found = geometry::profile(landscape, path, t, split);
  const geometry::Barrier barrier = geometry::barrier(found);
  arrays.push_back(column(name + ".loss-" + split_name, losses_of(found.metrics)));
  if (landscape.has_accuracy())
    arrays.push_back(column(name + ".accuracy-" + split_name, accuracies_of(found.metrics)));
  return {barrier.loss,
          barrier.error,
          barrier.position,
          barrier.highest_loss,
          {found.metrics.front().loss, found.metrics.back().loss}};
}

/// `points` even steps over the values and a margin; at least `least_extent` before the margin.
geometry::GridAxis axis_over(std::span<const double> values, double least_extent, std::int64_t points) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double reach = 0.75 * std::max(*most - *least, least_extent);
  const double middle = 0.5 * (*least + *most);
  return {middle - reach, middle + reach, points};
}

/// The distance of a point from the straight line through two others.
double off_line(std::span<const float> begin, std::span<const float> end, std::span<const float> point) {
  const double length = distance(begin, end);
  double along = 0;
  for (std::size_t i = 0; i < point.size(); ++i)
    along += (static_cast<double>(point[i]) - begin[i]) * (static_cast<double>(end[i]) - begin[i]) / length;
  const double away = distance(begin, point);
  return std::sqrt(std::max(0.0, away * away - along * along));
}

/// The plane through the two ends and the middle of a path, with orthonormal directions along the line and
/// across it. A path whose middle is on the line leaves the second direction open, and it is random then.
AffineFamily plane_of(const geometry::Path& path) {
  const std::size_t size = path.begin().size();
  std::vector<float> points(path.ends().begin(), path.ends().end());
  points.resize(3 * size);
  const std::span<float> third = std::span(points).last(size);
  path.point(0.5, third);
  const double line = distance(path.begin(), path.end());
  if (off_line(path.begin(), path.end(), third) < 1e-3 * line) {
    const std::vector<float> direction = geometry::random_direction(path.dimension(), 0);
    for (std::size_t i = 0; i < size; ++i) third[i] += static_cast<float>(line * direction[i]);
  }
  return geometry::family_through(points, path.dimension());
}

/// What `TrainedPath` holds beside its bends.
struct PathFields {
  std::string kind;
  bool chain = false;
  std::vector<std::int64_t> pivots;
  bool diverged = false;

  void visit(FieldVisitor& visitor) {
    visitor.field("kind", kind, "of path");
    visitor.field("chain", chain, "whether it is a chain, else a Bezier curve");
    visitor.field("pivots", pivots, "inner pivots in each cycle");
    visitor.field("diverged", diverged, "whether the training did");
  }
};

}  // namespace

void put(ItemWriter& item, const TrainedPath& trained) {
  const bool chain = trained.path.curve() == geometry::Curve::chain;
  item.put_result(PathFields{trained.kind, chain, trained.pivots, trained.diverged})
      .put(trained.path.bends());
}

TrainedPath trained_path_of(ItemReader& item, std::span<const float> begin, std::span<const float> end) {
  auto fields = item.result<PathFields>();
  const geometry::Curve curve = fields.chain ? geometry::Curve::chain : geometry::Curve::bezier;
  return {std::move(fields.kind), geometry::Path(curve, begin, end, item.floats()), std::move(fields.pivots),
          fields.diverged};
}

TrainedPath train_path(const Landscape& landscape, std::span<const float> begin, std::span<const float> end,
                       const std::string& kind, const Tunnel& options, std::uint64_t seed, Monitor& monitor) {
  if (kind == "auto-neb") {
    geometry::ElasticBandOptions band;
    band.pivots = options.pivots;
    band.most_pivots = options.most_pivots;
    band.cycles = options.cycles;
    band.insertion_excess = options.insertion_excess;
    band.descent = options.training.descent();
    // As many minibatches in all as the other paths have.
    band.descent.steps = std::max(options.cycles, options.training.steps / options.pivots);
    geometry::ElasticBand result = geometry::train_elastic_band(landscape, begin, end, band, seed, monitor);
    return {kind, std::move(result.path), std::move(result.pivots), result.diverged};
  }
  const bool chain = kind == "chain";
  const std::int64_t bends = chain ? options.bends : kind == "quadratic" ? 1 : 2;
  const geometry::Curve curve = chain ? geometry::Curve::chain : geometry::Curve::bezier;
  const geometry::Path start = geometry::straight_path(curve, begin, end, bends);
  const auto mean_loss = geometry::path_landscape(landscape, start);
  optimize::Result result =
      optimize::minimize(*mean_loss, start.bends(), options.training.descent(), seed, monitor);
  const bool diverged = result.termination == optimize::Termination::diverged;
  return {kind, diverged ? start : geometry::Path(curve, begin, end, std::move(result.point)), {}, diverged};
}

void measure_path(const Landscape& landscape, const geometry::Path& path, std::int64_t points,
                  const std::string& name, PathResult& result, std::vector<io::Tensor>& arrays) {
  const std::vector<double> t = geometry::even_positions(points);
  const std::vector<double> ends{0.0, 1.0};
  const std::vector<float> reached = path.points(ends);
  const std::vector<double> lengths = path.lengths(t);
  const double line = distance(path.begin(), path.end());
  result.length = lengths.back();
  result.length_ratio = line > 0 ? lengths.back() / line : 1.0;
  result.ends_exact = std::equal(reached.begin(), reached.end(), path.ends().begin());
  arrays.push_back(column(name + ".t", t));
  arrays.push_back(column(name + ".length", lengths));
  result.train = measure_split(landscape, path, t, Split::train, name, arrays);
  if (landscape.examples(Split::test) > 0)
    result.test = measure_split(landscape, path, t, Split::test, name, arrays);
}

RandomPaths measure_random_paths(const Landscape& landscape, std::span<const float> begin,
                                 std::span<const float> end, double stretch, double excess,
                                 std::int64_t count, std::uint64_t seed, Monitor& monitor) {
  const std::vector<double> positions{0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875};
  std::vector<float> ends(begin.begin(), begin.end());
  ends.insert(ends.end(), end.begin(), end.end());
  const std::vector<Metrics> at_ends = landscape.evaluate_many(ends);
  RandomPaths result;
  std::vector<double> barriers;
  for (std::int64_t path = 0; path < count; ++path) {
    monitor.checkpoint(static_cast<double>(path) / static_cast<double>(count));
    RandomStream stream(seed, "random path", static_cast<std::uint64_t>(path));
    const geometry::Path chain = geometry::random_chain(begin, end, std::max(1.0, stretch), stream);
    const std::vector<Metrics> metrics = landscape.evaluate_many(chain.points(positions));
    double barrier = 0;
    for (std::size_t k = 0; k < positions.size(); ++k) {
      const double t = positions[k];
      const double rise = metrics[k].loss - ((1 - t) * at_ends[0].loss + t * at_ends[1].loss);
      if (!(rise <= barrier)) barrier = rise;  // a rise that is not a number stays
      if (std::isnan(barrier)) break;
    }
    barriers.push_back(barrier);
    result.low += barrier <= excess;
  }
  const Spread spread = spread_of(barriers);
  const Interval share = proportion(result.low, count);
  result.paths = count;
  result.low_end = share.low;
  result.high_end = share.high;
  result.stretch = stretch;
  result.excess = excess;
  result.barrier = mean_of(barriers, "random paths");
  result.least_barrier = spread.least;
  if (spread.deviation > 0) result.tail = (spread.mean - excess) / spread.deviation;
  return result;
}

Thickness measure_thickness(const Landscape& landscape, const geometry::Path& path, const Tunnel& options,
                            std::uint64_t seed, const std::string& name, std::vector<io::Tensor>& arrays,
                            Monitor& monitor) {
  const std::vector<double> t = geometry::even_positions(options.thickness_points);
  const std::vector<float> points = path.points(t);
  const std::vector<Metrics> metrics = landscape.evaluate_many(points);
  const std::size_t size = path.begin().size();
  const auto directions = static_cast<std::size_t>(options.thickness_directions);
  std::vector<float> units(t.size() * directions * size);
  std::vector<geometry::Ray> rays;
  for (std::size_t i = 0; i < t.size() * directions; ++i) {
    const std::span<float> unit = std::span(units).subspan(i * size, size);
    std::ranges::copy(geometry::random_direction(path.dimension(), seed, i), unit.begin());
    geometry::Criterion criterion;
    criterion.highest_loss = metrics[i / directions].loss + options.thickness_rise;
    rays.push_back({std::span(points).subspan(i / directions * size, size), unit, criterion});
  }
  const double scale = distance(path.begin(), path.end());
  std::vector<double> radii =
      geometry::exit_radii(landscape, rays, geometry::geometric_radii(0.02 * scale, 4 * scale, 8),
                           kRadiusTolerance, Split::train, monitor);
  Thickness result{{}, options.thickness_rise, options.thickness_directions};
  for (std::size_t i = 0; i < t.size(); ++i)
    result.median_radius.push_back(quantile(std::span(radii).subspan(i * directions, directions), 0.5));
  arrays.push_back(column(name + ".radii-t", t));
  arrays.push_back({name + ".radii",
                    {static_cast<std::int64_t>(t.size()), options.thickness_directions},
                    std::move(radii)});
  return result;
}

PathPlane measure_plane(const Landscape& landscape, const geometry::Path& path, std::int64_t points,
                        std::vector<io::Tensor>& arrays, Monitor& monitor) {
  const AffineFamily family = plane_of(path);
  const geometry::Projection seen = geometry::project(family, path.points(geometry::even_positions(61)));
  std::vector<double> path_x;
  std::vector<double> path_y;
  for (std::size_t i = 0; i < seen.coordinates.size(); i += 2) {
    path_x.push_back(seen.coordinates[i]);
    path_y.push_back(seen.coordinates[i + 1]);
  }
  const double line = distance(path.begin(), path.end());
  const std::vector<geometry::GridAxis> axes{axis_over(path_x, line, points),
                                             axis_over(path_y, 0.5 * line, points)};
  geometry::Section section = geometry::evaluate_section(landscape, family, axes, Split::train, monitor);
  const std::vector<std::int64_t> shape{points, points};
  arrays.push_back(column("plane.x", section.axes[0]));
  arrays.push_back(column("plane.y", section.axes[1]));
  arrays.push_back({"plane.loss", shape, std::move(section.loss)});
  if (landscape.has_accuracy()) arrays.push_back({"plane.accuracy", shape, std::move(section.accuracy)});
  PathPlane result;
  result.optima = {{path_x.front(), path_y.front()}, {path_x.back(), path_y.back()}};
  result.middle = {path_x[30], path_y[30]};
  result.greatest_distance = *std::max_element(seen.residuals.begin(), seen.residuals.end());
  arrays.push_back(column("plane.path-x", std::move(path_x)));
  arrays.push_back(column("plane.path-y", std::move(path_y)));
  return result;
}

std::vector<OptimumPair> spread_pairs(std::size_t optima, std::int64_t most) {
  std::vector<OptimumPair> pairs;
  const auto add = [&](std::size_t first, std::size_t second) {
    if (std::ssize(pairs) < most) pairs.push_back({first, second});
  };
  // Steps of k = 1, 2, … around the circle of optima, every other one first.
  for (std::size_t step = 1; 2 * step <= optima; ++step) {
    const std::size_t edges = 2 * step == optima ? step : optima;
    for (const std::size_t parity : {0, 1})
      for (std::size_t i = parity; i < edges; i += 2) add(i, (i + step) % optima);
  }
  return pairs;
}

std::vector<std::size_t> spanning_tree(std::int64_t nodes, std::span<const Edge> edges) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (!std::isnan(edges[i].weight)) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return edges[a].weight < edges[b].weight; });
  std::vector<std::int64_t> component(static_cast<std::size_t>(nodes));
  std::iota(component.begin(), component.end(), std::int64_t{0});
  std::vector<std::size_t> tree;
  for (const std::size_t i : order) {
    const std::int64_t keep = component[static_cast<std::size_t>(edges[i].first)];
    const std::int64_t merge = component[static_cast<std::size_t>(edges[i].second)];
    if (keep == merge) continue;
    std::replace(component.begin(), component.end(), merge, keep);
    tree.push_back(i);
  }
  return tree;
}

}  // namespace nwedge::experiment
