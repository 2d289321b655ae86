#include "nwedge/experiment/directions.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/rays.hpp"
#include "nwedge/spectrum/eigenpairs.hpp"
#include "nwedge/spectrum/lanczos.hpp"
#include "nwedge/spectrum/trace.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kGroups[] = {"random", "gradient", "trajectory", "initial",
                                   "optima", "top",      "bottom",     "long"};

/// A unit vector and the group it belongs to.
struct Direction {
  std::string group;
  std::vector<float> vector;
};

class DirectionList {
 public:
  /// Adds `vector` at unit length; nothing when it is 0 or not finite.
  void add(const char* group, std::vector<float> vector) {
    const double length = norm(vector);
    if (!(length > 0) || !std::isfinite(length)) return;
    for (float& x : vector) x = static_cast<float>(x / length);
    directions.push_back({group, std::move(vector)});
  }
  void add_both_ways(const char* group, std::vector<float> vector) {
    std::vector<float> back = vector;
    for (float& x : back) x = -x;
    add(group, std::move(vector));
    add(group, std::move(back));
  }

  std::vector<Direction> directions;
};

std::vector<float> difference(std::span<const float> to, std::span<const float> from) {
  std::vector<float> result(to.size());
  for (std::size_t i = 0; i < to.size(); ++i) result[i] = to[i] - from[i];
  return result;
}

void add_eigenvectors(DirectionList& list, const char* group, const spectrum::Eigenpairs& pairs,
                      std::size_t dimension) {
  for (std::size_t k = 0; k < pairs.values.size(); ++k) {
    const auto begin = pairs.vectors.begin() + static_cast<std::ptrdiff_t>(k * dimension);
    list.add_both_ways(group, {begin, begin + static_cast<std::ptrdiff_t>(dimension)});
  }
}

void add_trajectory(DirectionList& list, const optimize::Result& run) {
  const std::size_t dimension = run.point.size();
  if (run.trajectory_steps.size() < 2) return;
  const std::size_t previous = (run.trajectory_steps.size() - 2) * dimension;
  list.add_both_ways("trajectory",
                     difference(run.point, std::span(run.trajectory).subspan(previous, dimension)));
}

/// Unit vectors along which the Gauss-Newton matrix is all but 0.
struct LongDirections {
  std::vector<std::vector<float>> vectors;
  std::vector<double> curvatures;  ///< v^T G v
};

/// A random start holds a part of the null space, and a Lanczos process parts it from the rest: its lowest
/// Ritz vector is what of the start lies there.
LongDirections long_directions(const CurvedLandscape& landscape, std::span<const float> point,
                               std::int64_t count, std::int64_t steps, std::uint64_t seed, Monitor& monitor) {
  LongDirections found;
  const auto matrix = landscape.matrix_at(CurvatureMatrix::gauss_newton, point);
  if (matrix == nullptr) return found;
  for (std::int64_t k = 0; k < count; ++k) {
    spectrum::Lanczos process(*matrix);
    if (!process.begin(
            geometry::random_direction(landscape.dimension(), seed, static_cast<std::uint64_t>(k))))
      break;
    while (process.size() < steps && process.step())
      monitor.checkpoint(static_cast<double>(k * steps + process.size()) /
                         static_cast<double>(count * steps));
    if (!process.finite()) break;
    const spectrum::TridiagonalEigen eigen =
        spectrum::tridiagonal_eigen(process.diagonal(), process.off_diagonal());
    std::vector<float> vector(point.size());
    process.combine(std::span(eigen.vectors).first(eigen.values.size()), vector);
    found.curvatures.push_back(eigen.values.front());
    found.vectors.push_back(std::move(vector));
  }
  return found;
}

/// All directions from optimum `index`, in the order of kGroups.
DirectionList directions_from(const Directions& options, const Input& input, std::size_t index,
                              const Landscape& landscape, const spectrum::ExtremalEigenpairs& pairs,
                              const LongDirections& flat) {
  const optimize::Result& run = input.optima[index];
  DirectionList list;
  for (std::int64_t i = 0; i < options.random; ++i)
    list.add("random",
             geometry::random_direction(landscape.dimension(), derive_seed(input.seed, "directions", index),
                                        static_cast<std::uint64_t>(i)));
  std::vector<float> gradient(run.point.size());
  landscape.gradient(run.point, gradient);
  for (float& g : gradient) g = -g;
  list.add_both_ways("gradient", std::move(gradient));
  add_trajectory(list, run);
  list.add("initial", difference(run.initial, run.point));
  for (std::size_t other = 0; other < input.optima.size(); ++other)
    if (other != index) list.add("optima", difference(input.optima[other].point, run.point));
  add_eigenvectors(list, "top", pairs.top, run.point.size());
  add_eigenvectors(list, "bottom", pairs.bottom, run.point.size());
  for (const std::vector<float>& vector : flat.vectors) list.add_both_ways("long", vector);
  return list;
}

/// The length that the scan of one optimum goes by: the farthest of its norm and its distances.
double length_scale(const Input& input, std::size_t index) {
  const optimize::Result& run = input.optima[index];
  double scale = std::max(norm(run.point), distance(run.point, run.initial));
  for (const optimize::Result& other : input.optima)
    scale = std::max(scale, distance(run.point, other.point));
  return scale > 0 ? scale : 1;
}

/// sqrt(2 threshold / curvature); NaN where the curvature does not bend upward.
double quadratic_exit(double threshold, double curvature) {
  return curvature > 0 ? std::sqrt(2 * threshold / curvature) : kNan;
}

void add_hessian(OptimumDirections& entry, const Directions& options, Curvature& hessian,
                 const spectrum::ExtremalEigenpairs& pairs, std::uint64_t seed, Monitor& monitor) {
  const spectrum::Moments moments =
      spectrum::estimate_moments(hessian, options.trace_probes, derive_seed(seed, "trace"), monitor);
  const auto over_probes = [&](const spectrum::Estimate& estimate) {
    return Quantity::estimate(estimate.value, estimate.standard_error, options.trace_probes, "probes");
  };
  entry.top = pairs.top.values;
  entry.bottom = pairs.bottom.values;
  entry.trace = over_probes(moments.trace);
  entry.effective_rank = over_probes(moments.effective_rank);
  const double trace = moments.trace.value;
  const double radius = quadratic_exit(options.threshold, trace / static_cast<double>(hessian.dimension()));
  // To first order, half the relative error of the trace.
  entry.predicted_random =
      std::isnan(radius) ? Quantity::missing(fmt::format("the trace is {:.3g}", trace))
                         : Quantity::estimate(radius, radius * moments.trace.standard_error / (2 * trace),
                                              options.trace_probes, "probes");
  for (const double value : pairs.top.values)
    for (int way = 0; way < 2; ++way) entry.predicted_top.push_back(quadratic_exit(options.threshold, value));
}

/// The middle of the values, also when some are infinite.
double median(std::vector<double> values) {
  if (values.empty()) return kNan;
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

OptimumDirections measure(const Directions& options, const Input& input, std::size_t index,
                          const CurvedLandscape& landscape, Monitor& monitor) {
  const optimize::Result& run = input.optima[index];
  Progress progress(monitor, std::vector<double>{0.3, 0.3, 0.4});
  OptimumDirections entry;
  entry.seed = static_cast<std::int64_t>(run.seed);
  entry.loss = landscape.evaluate(run.point).loss;
  entry.initial_distance = distance(run.point, run.initial);
  for (std::size_t other = 0; other < input.optima.size(); ++other)
    if (other != index) entry.optima_distances.push_back(distance(run.point, input.optima[other].point));
  const auto hessian = landscape.curvature_at(run.point);
  const std::uint64_t seed = derive_seed(input.seed, "hessian", index);
  spectrum::EigenpairOptions ends;
  ends.top = ends.bottom = options.eigenvectors;
  const spectrum::ExtremalEigenpairs pairs =
      spectrum::extremal_eigenpairs(*hessian, ends, seed, progress.part(0));
  add_hessian(entry, options, *hessian, pairs, seed, progress.part(0));
  const LongDirections flat = long_directions(landscape, run.point, options.eigenvectors, options.flat_steps,
                                              derive_seed(seed, "long"), progress.part(1));
  entry.flat = flat.curvatures;
  const DirectionList list = directions_from(options, input, index, landscape, pairs, flat);
  std::vector<geometry::Ray> rays;
  for (const Direction& direction : list.directions)
    rays.push_back({run.point, direction.vector, {.highest_loss = entry.loss + options.threshold}});
  entry.reach = options.reach * length_scale(input, index);
  constexpr double kLeast = 1e-3;  // of the length scale
  const std::vector<double> scan =
      geometry::geometric_radii(kLeast * entry.reach / options.reach, entry.reach, options.scan_points);
  const std::vector<double> radii =
      geometry::exit_radii(landscape, rays, scan, options.tolerance, Split::train, progress.part(2));
  for (const char* group : kGroups) entry.radii[group];
  for (std::size_t i = 0; i < radii.size(); ++i) entry.radii[list.directions[i].group].push_back(radii[i]);
  entry.random_median = median(entry.radii["random"]);
  return entry;
}

DirectionGroup summary_of(std::span<const OptimumDirections> optima, const std::string& name) {
  std::vector<double> radii;
  for (const OptimumDirections& optimum : optima) {
    const std::vector<double>& own = optimum.radii.at(name);
    radii.insert(radii.end(), own.begin(), own.end());
  }
  DirectionGroup group;
  group.count = std::ssize(radii);
  group.beyond = std::count_if(radii.begin(), radii.end(), [](double r) { return std::isinf(r); });
  group.median = median(radii);
  group.least = radii.empty() ? kNan : *std::min_element(radii.begin(), radii.end());
  group.most = radii.empty() ? kNan : *std::max_element(radii.begin(), radii.end());
  return group;
}

/// The median radius of each optimum along random directions over that along its first eigenvector.
Quantity random_over_top(std::span<const OptimumDirections> optima) {
  std::vector<double> ratios;
  for (const OptimumDirections& optimum : optima) {
    const std::vector<double>& top = optimum.radii.at("top");
    const double first = median({top.begin(), top.begin() + std::min<std::ptrdiff_t>(2, std::ssize(top))});
    if (!(first > 0)) return Quantity::missing("the first eigenvector has no exit radius");
    ratios.push_back(optimum.random_median / first);
  }
  return mean_of(ratios);
}

DirectionsPrediction predict(const wedge::WedgeModel& model, double threshold) {
  constexpr double kShares[] = {0.05, 0.5, 0.95};
  const wedge::Predictor predictor(model);
  const std::vector<wedge::Prediction> radii = predictor.exit_radii(threshold, kShares);
  DirectionsPrediction prediction;
  prediction.median = radii[1].quantity();
  prediction.low = radii[0].quantity();
  prediction.high = radii[2].quantity();
  prediction.top = predictor.short_exit_radius(threshold).quantity();
  return prediction;
}

}  // namespace

void Directions::visit(OptionVisitor& visitor) {
  visitor.field("examples", examples, at_least(0), "training examples of the loss and its Hessian; 0: all");
  visitor.field("threshold", threshold, above(0), "rise of the loss at which a direction has left");
  visitor.field("random", random, at_least(1), "random directions from each optimum");
  visitor.field("eigenvectors", eigenvectors, at_least(1),
                "Hessian eigenvectors from each end of the spectrum");
  visitor.field("flat-steps", flat_steps, at_least(1),
                "Lanczos steps for each long direction; as many directions as eigenvectors");
  visitor.field("reach", reach, above(0),
                "largest radius, in units of the farthest distance that the study knows");
  visitor.field("scan-points", scan_points, at_least(2),
                "radii at which a direction is scanned before halving");
  visitor.field("tolerance", tolerance, between(1e-6, 0.5), "relative error of an exit radius");
  visitor.field("trace-probes", trace_probes, at_least(2), "random vectors of the trace estimate");
  visitor.field("trace-factor", trace_factor, at_least(1),
                "the exit radius measures the trace when it is within this factor of the prediction");
}

double Directions::cost(const Landscape& landscape, const optimize::Options&, std::int64_t optima) const {
  const double rays = static_cast<double>(random + 5 + optima - 1 + 6 * eigenvectors);
  const double losses = rays * (0.7 * static_cast<double>(scan_points) + 6);
  constexpr double kProduct = 6;  // losses: two gradients
  const double products = static_cast<double>((10 + flat_steps) * eigenvectors + trace_probes);
  return static_cast<double>(optima) * (losses + kProduct * products) * examples_used(landscape, examples);
}

SpreadLoop Directions::loop(const Landscape&, std::int64_t optima) const { return {optima}; }

Record Directions::run(const Input& input, Monitor& monitor) const {
  const SmallerLandscape smaller(input, examples, name());
  const CurvedLandscape& landscape = smaller.curved();
  DirectionsResult result;
  result.dimension = landscape.dimension();
  result.examples = landscape.examples(Split::train);
  Progress progress(monitor, std::vector<double>(input.optima.size(), 1.0));
  const auto compute = [&](std::int64_t item) {
    const auto i = static_cast<std::size_t>(item);
    return ItemWriter().put_result(measure(*this, input, i, landscape, progress.part(i))).take();
  };
  input.parts.for_each(std::ssize(input.optima), compute, [&](std::int64_t, const Parts::Bytes& item) {
    result.optima.push_back(ItemReader(item).result<OptimumDirections>());
  });
  for (const char* group : kGroups) result.groups[group] = summary_of(result.optima, group);
  result.random_over_top = random_over_top(result.optima);
  if (const wedge::WedgeModel* model = wedge_model(landscape)) result.prediction = predict(*model, threshold);
  Record record;
  std::vector<double> radii;
  for (OptimumDirections& optimum : result.optima)
    radii.insert(radii.end(), optimum.radii["random"].begin(), optimum.radii["random"].end());
  const auto rows = std::ssize(result.optima);
  record.arrays.push_back({"random-radius", {rows, std::ssize(radii) / rows}, std::move(radii)});
  record.result = to_record(result);
  return record;
}

}  // namespace nwedge::experiment
