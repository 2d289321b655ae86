#include "nwedge/experiment/section.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/spectrum/eigenpairs.hpp"

namespace nwedge::experiment {
namespace {

constexpr std::array<std::string_view, 6> kDirections = {"random",   "filter", "eigenvectors",
                                                         "gradient", "points", "components"};
constexpr std::array<std::string_view, 2> kRanges = {"unit", "auto"};
constexpr std::array<std::string_view, 3> kCentres = {"optimum", "initial", "origin"};
constexpr std::array<std::string_view, 2> kSplits = {"train", "test"};
constexpr double kMostPoints = 1e8;  // two arrays of doubles of this size are 1.6 GB
constexpr double kProduct = 6;       // of a Hessian with a vector, in losses
constexpr double kReachLosses = 50;  // of a direction, both sides
constexpr double kMargin = 0.2;      // shown around the points, as a share of their extent

Split split_of(std::string_view name) { return name == "train" ? Split::train : Split::test; }

void add_array(Record& record, std::string name, std::vector<std::int64_t> shape,
               std::vector<double> values) {
  record.arrays.push_back({std::move(name), std::move(shape), std::move(values)});
}

std::vector<float> times(std::vector<float> rows, double factor) {
  for (float& x : rows) x = static_cast<float>(factor * x);
  return rows;
}

AffineFamily through_optima(std::span<const optimize::Result> optima, std::size_t count) {
  if (optima.size() < count + 1)
    throw Error("section",
                fmt::format("{} directions through points need {} optima, there are {}: name more seeds",
                            count, count + 1, optima.size()));
  std::vector<float> points;
  for (std::size_t i = 0; i <= count; ++i)
    points.insert(points.end(), optima[i].point.begin(), optima[i].point.end());
  AffineFamily family = geometry::family_through(points, static_cast<std::int64_t>(optima[0].point.size()));
  family.directions = times(std::move(family.directions), distance(optima[0].point, optima[1].point));
  return family;
}

AffineFamily along_components(const optimize::Result& run, std::size_t count, SectionResult& result) {
  if (run.trajectory_steps.size() < 2)
    throw Error("section",
                "principal components need a trajectory: set record-points of the training above 0");
  geometry::PrincipalComponents found = geometry::principal_components(
      run.trajectory, static_cast<std::int64_t>(run.point.size()), static_cast<std::int64_t>(count));
  result.component_shares = found.shares;
  const std::size_t size = run.point.size();
  const std::span<const float> all = run.trajectory;
  return {std::move(found.mean),
          times(std::move(found.components), distance(all.first(size), all.last(size)))};
}

/// Adds the projection of points [n, D] as NAME [n, d] and NAME-distance [n] with the given leading shape of
/// n.
std::vector<double> add_projection(Record& record, const AffineFamily& family, std::string name,
                                   std::vector<std::int64_t> shape, std::span<const float> points) {
  geometry::Projection projection = geometry::project(family, points);
  add_array(record, name + "-distance", shape, std::move(projection.residuals));
  shape.push_back(family.dimension());
  add_array(record, std::move(name), std::move(shape), projection.coordinates);
  return std::move(projection.coordinates);
}

/// Projects optima, initial points and trajectories; returns the coordinates of what a map of the family
/// should show.
std::vector<std::vector<double>> add_points(Record& record, SectionResult& result, const AffineFamily& family,
                                            std::span<const optimize::Result> optima) {
  std::vector<float> points;
  std::vector<float> initial;
  std::vector<float> trajectories;
  const auto count = static_cast<std::int64_t>(optima.size());
  const std::size_t recorded = optima[0].trajectory_steps.size();
  bool same_length = recorded > 0;
  for (const optimize::Result& run : optima) {
    points.insert(points.end(), run.point.begin(), run.point.end());
    initial.insert(initial.end(), run.initial.begin(), run.initial.end());
    trajectories.insert(trajectories.end(), run.trajectory.begin(), run.trajectory.end());
    same_length = same_length && run.trajectory_steps.size() == recorded;
    result.explained_variance.push_back(run.trajectory.empty()
                                            ? std::numeric_limits<double>::quiet_NaN()
                                            : geometry::explained_variance(family, run.trajectory));
  }
  std::vector<std::vector<double>> shown = {add_projection(record, family, "optima", {count}, points)};
  if (initial.size() == points.size()) add_projection(record, family, "initial", {count}, initial);
  if (same_length)
    shown.push_back(add_projection(record, family, "trajectory", {count, static_cast<std::int64_t>(recorded)},
                                   trajectories));
  return shown;
}

SectionOnSplit add_section(Record& record, const geometry::Section& section, const std::string& split,
                           bool has_accuracy) {
  const auto best = std::min_element(section.loss.begin(), section.loss.end(), [](double a, double b) {
    return std::isnan(b) ? !std::isnan(a) : a < b;  // a loss that is not a number is never the least
  });
  std::size_t index = static_cast<std::size_t>(best - section.loss.begin());
  std::vector<double> at(section.axes.size());
  std::size_t nearest = 0;  // grid point nearest to c = 0
  std::size_t stride = 1;
  for (std::size_t j = section.axes.size(); j-- > 0;) {
    const std::vector<double>& axis = section.axes[j];
    at[j] = axis[index % axis.size()];
    index /= axis.size();
    const auto zero = std::min_element(axis.begin(), axis.end(),
                                       [](double a, double b) { return std::abs(a) < std::abs(b); });
    nearest += stride * static_cast<std::size_t>(zero - axis.begin());
    stride *= axis.size();
  }
  add_array(record, "loss-" + split, section.shape(), section.loss);
  if (has_accuracy) add_array(record, "accuracy-" + split, section.shape(), section.accuracy);
  return {*best, at, section.loss[nearest]};
}

}  // namespace

void Section::visit(OptionVisitor& visitor) {
  visitor.field("directions", directions, kDirections, "where the directions come from");
  visitor.field("centre", centre, kCentres,
                "the point at c = 0 (for random, filter, eigenvectors and gradient)");
  visitor.field("vary-biases", vary_biases,
                "move biases and scales and shifts of normalisations too, by their norms (filter)");
  visitor.repeatable().field("grid", grid, at_least(1), "grid points along each direction: 1 to 3 numbers");
  visitor.field("range", range, kRanges,
                "where least and most are empty: \"unit\" -1 to 1, or what shows all points, \"auto\" half "
                "as far again as where the loss doubles");
  visitor.repeatable().field("least", least, any_number(), "lowest c along each direction; empty: by range");
  visitor.repeatable().field("most", most, any_number(), "highest c along each direction; empty: by range");
  visitor.field("splits", splits, kSplits, "the splits to evaluate on");
  visitor.field("examples", examples, at_least(0), "evaluate on this many examples of each split; 0: all");
  matching.visit(visitor);
}

void Section::validate(std::string_view place) const {
  if (grid.empty() || grid.size() > 3)
    throw Error(place, fmt::format("grid must have 1 to 3 numbers, has {}", grid.size()));
  double points = 1;
  for (const std::int64_t n : grid) points *= static_cast<double>(n);
  if (points > kMostPoints)
    throw Error(place, fmt::format("grid must have at most {} points, has {}", kMostPoints, points));
  if (matching.align != "none" && directions != "points")
    throw Error(place, fmt::format("align belongs to directions points, which go through several optima, is "
                                   "\"{}\" with {}",
                                   matching.align, directions));
  if (splits.empty()) throw Error(place, "splits must name at least one of train, test");
  if (least.size() != most.size() || (!least.empty() && least.size() != grid.size()))
    throw Error(place, fmt::format("least and most must be empty or have {} numbers as grid, have {} and {}",
                                   grid.size(), least.size(), most.size()));
  for (std::size_t j = 0; j < least.size(); ++j)
    if (!(least[j] < most[j]))
      throw Error(place, fmt::format("least must be below most, are {} and {}", least[j], most[j]));
  if (range == "auto" && !least.empty())
    throw Error(place, "range auto finds least and most: leave them out, or the range");
  if (range == "auto" && !around_centre())
    throw Error(place, fmt::format("range auto belongs to directions around a centre, is set with {}, whose "
                                   "points say how far to look",
                                   directions));
  if (centre != "optimum" && !around_centre())
    throw Error(place, fmt::format("centre belongs to directions random, filter, eigenvectors and gradient, "
                                   "is {} with {}",
                                   centre, directions));
  if (vary_biases && directions != "filter")
    throw Error(place, fmt::format("vary-biases belongs to directions filter, is set with {}", directions));
  if (centre == "origin" && directions == "filter")
    throw Error(place, "directions filter need a centre whose filters have a norm: optimum or initial");
}

void Section::validate_for(const Planned& planned, std::string_view place) const {
  matching.validate_for(planned, place);
  const std::int64_t count = std::ssize(grid);
  if (count > planned.landscape.dimension())
    throw Error(place,
                fmt::format("grid must have at most {} numbers, the dimension of the landscape, has {}",
                            planned.landscape.dimension(), count));
  if (directions == "points" && planned.optima < count + 1)
    throw Error(place,
                fmt::format("{} directions through points need {} optima, there are {}: name more seeds",
                            count, count + 1, planned.optima));
  if (directions == "eigenvectors" && dynamic_cast<const CurvedLandscape*>(&planned.landscape) == nullptr)
    throw Error(place, "directions eigenvectors need Hessian products, this landscape has none");
  if (directions == "components" && !planned.trained)
    throw Error(place, "principal components need a trajectory, given weights have none");
  if (directions == "components") {
    const std::int64_t recorded =
        std::min(planned.training.record_points, planned.training.total_steps(planned.landscape));
    if (recorded < count)
      throw Error(place, fmt::format("{} principal components need record-points and steps of at least {} in "
                                     "the training, {} are recorded",
                                     count, count, recorded));
  }
}

SpreadLoop Section::loop(const Landscape&, std::int64_t) const {
  if (directions == "eigenvectors") return {};  // each part would have to find them
  std::int64_t points = 1;
  for (const std::int64_t n : grid) points *= n;
  return {(points + geometry::kTilePoints - 1) / geometry::kTilePoints * std::ssize(splits)};
}

double Section::cost(const Landscape& landscape, const optimize::Options&, std::int64_t) const {
  double count = 1;
  for (const std::int64_t n : grid) count *= static_cast<double>(n);
  double each = 0;
  for (const std::string& split : splits) {
    const std::int64_t all = landscape.examples(split_of(split));
    each += static_cast<double>(std::max<std::int64_t>(1, examples > 0 ? std::min(examples, all) : all));
  }
  const double sides = static_cast<double>(grid.size());
  const double measured = std::max(1.0, examples_used(landscape, examples));
  // Lanczos takes some tens of products for the first eigenvectors.
  const double products = directions == "eigenvectors" ? 30 + 10 * sides : 0;
  return count * each + (kProduct * products + (range == "auto" ? kReachLosses * sides : 0)) * measured;
}

double Section::unit_length(const Input& input, std::span<const float> base) const {
  const double length = norm(centre == "origin" ? std::span<const float>(input.optima.front().point) : base);
  return length > 0 ? length : 1;
}

AffineFamily Section::along_eigenvectors(const Input& input, const Landscape& measured,
                                         std::span<const float> base, SectionResult& result,
                                         Monitor& monitor) const {
  const auto* curved = dynamic_cast<const CurvedLandscape*>(&measured);
  if (curved == nullptr)
    throw Error("section", "directions eigenvectors need Hessian products, this landscape has none");
  spectrum::EigenpairOptions wanted;
  wanted.top = std::ssize(grid);
  spectrum::Eigenpairs top =
      spectrum::extremal_eigenpairs(*curved->curvature_at(base), wanted, input.seed, monitor).top;
  if (std::any_of(top.values.begin(), top.values.end(), [](double x) { return !std::isfinite(x); }))
    throw Error("section", "the Hessian at the centre has no finite eigenvalues");
  result.eigenvalues = top.values;
  result.eigenvalue_residuals = top.residuals;
  return {{base.begin(), base.end()}, times(std::move(top.vectors), unit_length(input, base))};
}

AffineFamily Section::family_around(const Input& input, std::span<const float> base) const {
  AffineFamily family{{base.begin(), base.end()}, {}};
  const std::int64_t dimension = input.landscape.dimension();
  for (std::uint64_t j = 0; j < grid.size(); ++j) {
    std::vector<float> direction;
    if (directions == "filter")
      direction = geometry::filter_normalised_direction(
          input.landscape, base, input.seed, j,
          vary_biases ? geometry::Vary::everything : geometry::Vary::weights);
    else if (directions == "gradient" && j == 0)
      direction = geometry::descent_direction(input.landscape, base);
    else
      direction = geometry::random_direction(dimension, input.seed, j);
    family.directions.insert(family.directions.end(), direction.begin(), direction.end());
  }
  if (directions == "filter") return family;
  family.directions = times(geometry::orthonormalise(family.directions, dimension), unit_length(input, base));
  return family;
}

AffineFamily Section::make_family(const Input& input, const Landscape& measured, SectionResult& result,
                                  Monitor& monitor) const {
  const optimize::Result& first = input.optima.front();
  if (directions == "points") return through_optima(input.optima, grid.size());
  if (directions == "components") return along_components(first, grid.size(), result);
  const std::vector<float> base = centre == "optimum"   ? first.point
                                  : centre == "initial" ? first.initial
                                                        : std::vector<float>(first.point.size());
  return directions == "eigenvectors" ? along_eigenvectors(input, measured, base, result, monitor)
                                      : family_around(input, base);
}

Split Section::split_of_range() const {
  const bool train = std::find(splits.begin(), splits.end(), "train") != splits.end();
  return train ? Split::train : split_of(splits.front());
}

std::vector<geometry::GridAxis> Section::make_axes(std::span<const std::vector<double>> shown,
                                                   const SectionResult& result) const {
  std::vector<geometry::GridAxis> axes;
  for (std::size_t j = 0; j < grid.size(); ++j) {
    geometry::GridAxis axis{-1, 1, grid[j]};
    if (!least.empty()) {
      axis.least = least[j];
      axis.most = most[j];
    } else if (result.reaches && !result.reaches->empty()) {
      const DirectionReach& reach = (*result.reaches)[j];
      axis.least = -kReachMargin * reach.below.value_or(kFarthestReach / kReachMargin);
      axis.most = kReachMargin * reach.above.value_or(kFarthestReach / kReachMargin);
    } else if (!around_centre()) {
      axis.least = axis.most = shown[0][j];
      for (const std::vector<double>& coordinates : shown)
        for (std::size_t i = j; i < coordinates.size(); i += grid.size()) {
          axis.least = std::min(axis.least, coordinates[i]);
          axis.most = std::max(axis.most, coordinates[i]);
        }
      const double margin = axis.most > axis.least ? kMargin * (axis.most - axis.least) : 1;
      axis.least -= margin;
      axis.most += margin;
    }
    axes.push_back(axis);
  }
  return axes;
}

Record Section::run(const Input& input, Monitor& monitor) const {
  return run_matched(matching, input, monitor, [&](const Input& own) { return measure(own, monitor); });
}

Record Section::measure(const Input& input, Monitor& monitor) const {
  Record record;
  SectionResult result;
  const SmallerLandscape smaller(input, examples, name());
  const Landscape& landscape = smaller.landscape();
  const bool has_data = landscape.examples(Split::train) > 0;
  const AffineFamily family = make_family(input, landscape, result, monitor);
  const std::vector<std::vector<double>> shown = add_points(record, result, family, input.optima);
  if (range == "auto")
    result.reaches = doubling_reaches(landscape, family, has_data ? split_of_range() : Split::train, monitor);
  const std::vector<geometry::GridAxis> axes = make_axes(shown, result);
  for (std::int64_t j = 0; j < family.dimension(); ++j)
    result.direction_lengths.push_back(norm(family.direction(j)));
  result.directions = directions;
  result.centre = centre;
  result.shape = grid;
  for (std::size_t j = 0; j < axes.size(); ++j)
    add_array(record, fmt::format("axis-{}", j + 1), {axes[j].count}, axes[j].values());

  const std::vector<std::string> names = has_data ? splits : std::vector<std::string>{"train"};
  std::vector<Split> wanted;
  for (const std::string& split : names) wanted.push_back(split_of(split));
  const std::vector<geometry::Section> sections =
      geometry::evaluate_sections(landscape, family, axes, wanted, monitor, input.parts);
  for (std::size_t k = 0; k < names.size(); ++k) {
    const bool train = names[k] == "train";
    (train ? result.train : result.test) =
        add_section(record, sections[k], names[k], landscape.has_accuracy());
    (train ? result.examples.train : result.examples.test) = landscape.examples(wanted[k]);
  }
  const std::int64_t dimension = landscape.dimension();
  record.arrays.push_back({"points.origin", {dimension}, family.origin});
  record.arrays.push_back({"points.directions", {family.dimension(), dimension}, family.directions});
  record.result = to_record(result);
  return record;
}

void SectionOnSplit::visit(FieldVisitor& visitor) {
  visitor.field("least", least, "lowest loss on the grid");
  visitor.field("least-at", least_at, "its c along each direction");
  visitor.field("at-centre", at_centre, "loss at the grid point nearest to c = 0");
}

void SectionExamples::visit(FieldVisitor& visitor) {
  visitor.field("train", train, "that training losses are means over");
  visitor.field("test", test, "that test losses are means over");
}

void SectionResult::visit(FieldVisitor& visitor) {
  visitor.field("directions", directions, "where they come from");
  visitor.field("centre", centre, "the point at c = 0");
  visitor.field("shape", shape, "grid points along each direction");
  visitor.field("direction-lengths", direction_lengths, "of one unit of c");
  visitor.field("train", train, "on the training split; also of a landscape without data");
  visitor.field("test", test, "on the test split");
  visitor.field("examples", examples, "how many the losses are means over");
  visitor.field("explained-variance", explained_variance,
                "share of each trajectory's variance that the section spans; null without one");
  visitor.field("component-shares", component_shares, "of the trajectory's variance, by component");
  visitor.field("eigenvalues", eigenvalues, "of the directions eigenvectors");
  visitor.field("eigenvalue-residuals", eigenvalue_residuals, "|H v - lambda v| of each");
  visitor.field("reaches", reaches,
                "of range auto: where the loss doubles, by direction; none where it is 0 at the centre");
}

}  // namespace nwedge::experiment
