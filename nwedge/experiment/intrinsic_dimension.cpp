#include "nwedge/experiment/intrinsic_dimension.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/subspace.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/rays.hpp"
#include "nwedge/spectrum/effective_dimension.hpp"
#include "nwedge/spectrum/quadrature.hpp"

namespace nwedge::experiment {
namespace {

using Options = IntrinsicDimension;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The two effective spectra at one optimum; no Gauss-Newton matrix where the landscape has none.
struct Wells {
  spectrum::Quadrature hessian;
  std::optional<spectrum::Quadrature> gauss_newton;
};

std::vector<std::int64_t> possible(const Options& options, const Landscape& landscape) {
  std::vector<std::int64_t> listed;
  for (const std::int64_t d : options.dimensions)
    if (d <= landscape.dimension()) listed.push_back(d);
  return listed;
}

void find_sections(OptimumDimension& entry, const Options& options, const Input& input,
                   const optimize::Result& run, std::uint64_t seed, Monitor& monitor) {
  const std::vector<std::int64_t> listed = possible(options, input.landscape);
  Progress progress(monitor,
                    std::vector<double>{static_cast<double>(std::max<std::size_t>(1, listed.size())), 3.0});
  SectionSearch search(input.landscape, run.initial, options.section, seed);
  search.compute(listed, progress.part(0));
  const SectionTarget target =
      section_target(input.landscape, run, "auto", options.accuracy_fraction, options.loss_share);
  const LeastDimension least = search.least_dimension(target, options.tolerance, progress.part(1));
  entry.failing = least.failing;
  for (const auto& [d, outcome] : search.outcomes())
    entry.sections.push_back({d, outcome.mean_loss(), {}, {}});
  if (!least.found()) {
    entry.excess = kNan;
    entry.estimates["sections"] =
        Quantity::missing(fmt::format("no section of up to {} dimensions reaches the target", least.failing));
    return;
  }
  entry.reaching = least.reaching;
  entry.excess = search.outcomes().at(least.reaching).mean_loss() - entry.loss;
  entry.estimates["sections"] = Quantity::single(static_cast<double>(least.reaching));
}

/// The median exit radius of the loss along random directions.
double exit_radius(const Options& options, const Landscape& landscape, std::span<const float> optimum,
                   std::uint64_t seed, Monitor& monitor) {
  std::vector<std::vector<float>> directions;
  for (std::int64_t i = 0; i < options.random; ++i)
    directions.push_back(
        geometry::random_direction(landscape.dimension(), seed, static_cast<std::uint64_t>(i)));
  const double highest = landscape.evaluate(optimum).loss + options.threshold;
  std::vector<geometry::Ray> rays;
  rays.reserve(directions.size());
  for (const std::vector<float>& direction : directions)
    rays.push_back({optimum, direction, {.highest_loss = highest}});
  const double scale = std::max(norm(optimum), 1e-3);
  const std::vector<double> scan = geometry::geometric_radii(1e-3 * scale, 3 * scale, 24);
  std::vector<double> radii = geometry::exit_radii(landscape, rays, scan, 0.02, Split::train, monitor);
  std::nth_element(radii.begin(), radii.begin() + std::ssize(radii) / 2, radii.end());
  return radii[radii.size() / 2];
}

Quantity over_probes(const spectrum::Estimate& estimate, std::int64_t probes) {
  return Quantity::estimate(estimate.value, estimate.standard_error, probes, "probes");
}

void add_local(OptimumDimension& entry, const Options& options, const CurvedLandscape& landscape,
               std::span<const float> optimum, std::uint64_t seed, Monitor& monitor) {
  Progress progress(monitor, std::vector<double>{1, 1, 1, 2});
  const auto hessian = landscape.curvature_at(optimum);
  const spectrum::Moments moments =
      spectrum::estimate_moments(*hessian, options.trace_probes, derive_seed(seed, "rank"), progress.part(0));
  entry.estimates["rank"] = over_probes(moments.effective_rank, options.trace_probes);
  const spectrum::Moments typical = spectrum::estimate_moments(
      *hessian, options.trace_probes, derive_seed(seed, "stiffness"), progress.part(1));
  entry.stiffness = typical.trace_of_square.value / typical.trace.value;
  entry.exit_radius = exit_radius(options, landscape, optimum, derive_seed(seed, "exit"), progress.part(2));
  entry.estimates["exit"] =
      std::isfinite(entry.exit_radius)
          ? Quantity::single(2 * options.threshold * static_cast<double>(landscape.dimension()) /
                             (entry.stiffness * entry.exit_radius * entry.exit_radius))
          : Quantity::missing("most random directions never leave");
  const spectrum::Quadrature quadrature =
      spectrum::stochastic_quadrature(*hessian, {options.density_probes, options.density_steps},
                                      derive_seed(seed, "count"), progress.part(3));
  entry.estimates["count"] = over_probes(
      quadrature.count_above(options.count_share * quadrature.greatest_node()), options.density_probes);
}

Quantity effective(const spectrum::Quadrature& well, const OptimumDimension& entry, std::int64_t probes) {
  if (!entry.reaching) return Quantity::missing("no section reached the target, so none left an excess loss");
  if (!(entry.distance > 0)) return Quantity::missing("the optimum is the initial point");
  if (!(entry.excess > 0))
    return Quantity::missing("the sections that reach the target end no higher than the optimum");
  return over_probes(spectrum::effective_dimension(well, entry.distance, entry.excess), probes);
}

Wells wells_at(const Options& options, const CurvedLandscape& landscape, std::span<const float> optimum,
               std::uint64_t seed, Monitor& monitor) {
  Progress progress(monitor, std::vector<double>{1, 1});
  spectrum::QuadratureOptions sizes{options.effective_probes, options.effective_steps};
  const auto matrix = landscape.matrix_at(CurvatureMatrix::gauss_newton, optimum);
  Wells wells{spectrum::stochastic_quadrature(*landscape.curvature_at(optimum), sizes,
                                              derive_seed(seed, "hessian"), progress.part(0)),
              {}};
  // A Gauss-Newton matrix has no small negative eigenvalues to tell from small positive ones.
  sizes.orthogonal = false;
  if (matrix != nullptr)
    wells.gauss_newton =
        spectrum::stochastic_quadrature(*matrix, sizes, derive_seed(seed, "gauss-newton"), progress.part(1));
  return wells;
}

/// What the spectra say beside the sections.
void add_effective(OptimumDimension& entry, const Options& options, const Wells& wells) {
  entry.estimates["hessian"] = effective(wells.hessian, entry, options.effective_probes);
  if (wells.gauss_newton)
    entry.estimates["gauss-newton"] = effective(*wells.gauss_newton, entry, options.effective_probes);
  const auto predicted = [&](const spectrum::Quadrature& well, std::int64_t d) {
    return entry.loss + spectrum::reachable_excess(well, entry.distance, static_cast<double>(d)).value;
  };
  for (SectionLoss& section : entry.sections) {
    section.hessian = predicted(wells.hessian, section.d);
    if (wells.gauss_newton) section.gauss_newton = predicted(*wells.gauss_newton, section.d);
  }
}

/// Item i of the loop over n optima: the sections of optimum i.
Parts::Bytes sections_item(const Options& options, const Input& input, std::size_t i, std::uint64_t seed,
                           Monitor& monitor) {
  const optimize::Result& run = input.optima[i];
  OptimumDimension entry;
  entry.seed = static_cast<std::int64_t>(run.seed);
  entry.initial_loss = input.landscape.evaluate(run.initial).loss;
  entry.loss = input.landscape.evaluate(run.point).loss;
  entry.distance = distance(run.point, run.initial);
  find_sections(entry, options, input, run, derive_seed(seed, "sections"), monitor);
  return ItemWriter().put_result(std::move(entry)).take();
}

/// Item n + i: the curvature at optimum i.
Parts::Bytes curvature_item(const Options& options, const CurvedLandscape& landscape,
                            std::span<const float> optimum, std::uint64_t seed, Monitor& monitor) {
  Progress progress(monitor, std::vector<double>{1, 1});
  OptimumDimension entry;
  add_local(entry, options, landscape, optimum, seed, progress.part(0));
  const Wells wells = wells_at(options, landscape, optimum, seed, progress.part(1));
  ItemWriter item;
  item.put_result(std::move(entry));
  spectrum::put(item, wells.hessian);
  if (wells.gauss_newton) spectrum::put(item, *wells.gauss_newton);
  return item.take();
}

/// Adds what a `curvature_item` holds to the optimum of a `sections_item`.
Wells add_curvature(OptimumDimension& entry, const Options& options, const Parts::Bytes& bytes) {
  ItemReader item(bytes);
  auto local = item.result<OptimumDimension>();
  entry.stiffness = local.stiffness;
  entry.exit_radius = local.exit_radius;
  entry.estimates.merge(local.estimates);
  Wells wells{spectrum::quadrature_of(item), {}};
  if (!item.at_end()) wells.gauss_newton = spectrum::quadrature_of(item);
  add_effective(entry, options, wells);
  return wells;
}

/// Dimensions from the least to the largest that any optimum tried, in equal ratios.
std::vector<double> grid_of(const IntrinsicDimensionResult& result) {
  double least = std::numeric_limits<double>::infinity();
  double most = 1;
  for (const OptimumDimension& optimum : result.optima)
    for (const SectionLoss& section : optimum.sections) {
      least = std::min(least, static_cast<double>(section.d));
      most = std::max(most, static_cast<double>(section.d));
    }
  constexpr int kPoints = 40;
  std::vector<double> grid;
  for (int i = 0; i < kPoints && least <= most; ++i)
    grid.push_back(least * std::pow(most / least, static_cast<double>(i) / (kPoints - 1)));
  return grid;
}

void add_curves(Record& record, const IntrinsicDimensionResult& result, std::span<const Wells> wells) {
  const std::vector<double> grid = grid_of(result);
  std::vector<double> hessian;
  std::vector<double> gauss_newton;
  std::size_t most = 0;
  for (std::size_t i = 0; i < wells.size(); ++i) {
    const OptimumDimension& optimum = result.optima[i];
    most = std::max(most, optimum.sections.size());
    for (const double d : grid) {
      hessian.push_back(optimum.loss +
                        spectrum::reachable_excess(wells[i].hessian, optimum.distance, d).value);
      if (wells[i].gauss_newton)
        gauss_newton.push_back(optimum.loss +
                               spectrum::reachable_excess(*wells[i].gauss_newton, optimum.distance, d).value);
    }
  }
  std::vector<double> tried(wells.size() * most, kNan);
  std::vector<double> losses = tried;
  for (std::size_t i = 0; i < wells.size(); ++i)
    for (std::size_t k = 0; k < result.optima[i].sections.size(); ++k) {
      tried[i * most + k] = static_cast<double>(result.optima[i].sections[k].d);
      losses[i * most + k] = result.optima[i].sections[k].measured;
    }
  const auto rows = std::ssize(wells);
  record.arrays.push_back({"d", {std::ssize(grid)}, grid});
  // A well that is no well, such as the flat inside of a core, predicts no curve.
  const auto drawable = [](const std::vector<double>& values) {
    return !values.empty() &&
           std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  };
  if (drawable(hessian))
    record.arrays.push_back({"predicted-hessian", {rows, std::ssize(grid)}, std::move(hessian)});
  if (drawable(gauss_newton))
    record.arrays.push_back({"predicted-gauss-newton", {rows, std::ssize(grid)}, std::move(gauss_newton)});
  record.arrays.push_back({"tried-d", {rows, static_cast<std::int64_t>(most)}, std::move(tried)});
  record.arrays.push_back({"tried-loss", {rows, static_cast<std::int64_t>(most)}, std::move(losses)});
}

Quantity predicted_short_directions(const Landscape& landscape) {
  const auto forms = wedge_forms(landscape);
  if (forms && forms->optima_on_wedge())
    return Quantity::exact(static_cast<double>(forms->parameters.short_directions));
  return Quantity::missing(
      "the estimators have different answers on wedges with a core, of several stiffnesses or that do not "
      "cross");
}

/// The mean over optima; missing, with the reason, when one of them has no number above 0.
Quantity over_optima(std::span<const OptimumDimension> optima, const std::string& name) {
  std::vector<double> values;
  for (const OptimumDimension& optimum : optima) {
    const Quantity& estimate = optimum.estimates.at(name);
    if (!estimate.present())
      return Quantity::missing(fmt::format("seed {}: {}", optimum.seed, estimate.reason()));
    if (!(estimate.value > 0))
      return Quantity::missing(
          fmt::format("seed {}: {:.3g} is no number of directions", optimum.seed, estimate.value));
    values.push_back(estimate.value);
  }
  return mean_of(values);
}

}  // namespace

void IntrinsicDimension::visit(OptionVisitor& visitor) {
  visitor.field("examples", examples, at_least(0),
                "training examples of the loss's rise and the Hessian; 0: all");
  visitor.field("dimensions", dimensions, at_least(1),
                "dimensions d of the sections; larger than D: left out");
  section.visit(visitor);
  visitor.field("accuracy-fraction", accuracy_fraction, between(0, 1),
                "target accuracy, share of full training's");
  visitor.field("loss-share", loss_share, between(0, 1),
                "target loss where there is no accuracy, share of full training's drop left over");
  visitor.field("tolerance", tolerance, at_least(0), "relative error of the sections' dimension");
  visitor.field("threshold", threshold, above(0), "rise of the loss at which a random direction has left");
  visitor.field("random", random, at_least(1), "random directions from each optimum");
  visitor.field("trace-probes", trace_probes, at_least(2),
                "random vectors of the effective rank, and of the stiffness");
  visitor.field("density-probes", density_probes, at_least(2), "random vectors of the count");
  visitor.field("density-steps", density_steps, at_least(2), "Lanczos steps from each of them");
  visitor.field("effective-probes", effective_probes, at_least(2),
                "random vectors of an effective dimension");
  visitor.field("effective-steps", effective_steps, at_least(2),
                "Lanczos steps from each of them; below 250 a network's small eigenvalues are not resolved");
  visitor.field("count-share", count_share, between(0, 1),
                "count eigenvalues above this share of the largest");
  visitor.field("factor", factor, at_least(1),
                "the estimators agree when they lie within this factor of the sections'");
}

void IntrinsicDimension::validate(std::string_view place) const {
  if (dimensions.empty()) throw Error(place, "dimensions must name at least one");
}

void IntrinsicDimension::validate_for(const Planned& planned, std::string_view place) const {
  const std::int64_t most = planned.landscape.dimension();
  if (*std::min_element(dimensions.begin(), dimensions.end()) > most)
    throw Error(place,
                fmt::format("dimensions must name one of at most {}, the dimension of the landscape", most));
}

double IntrinsicDimension::cost(const Landscape& landscape, const optimize::Options&,
                                std::int64_t optima) const {
  const double sections = static_cast<double>(dimensions.size() + 3) * section_cost(landscape, section);
  // A product costs six losses, one of the Gauss-Newton matrix about four.
  const auto spectral = static_cast<double>(6 * (2 * trace_probes + density_probes * density_steps) +
                                            10 * effective_probes * effective_steps);
  const double losses = static_cast<double>(22 * random) + spectral;
  return static_cast<double>(optima) * (sections + losses * examples_used(landscape, examples));
}

SpreadLoop IntrinsicDimension::loop(const Landscape&, std::int64_t optima) const { return {2 * optima}; }

Record IntrinsicDimension::run(const Input& input, Monitor& monitor) const {
  const SmallerLandscape smaller(input, examples, name());
  const CurvedLandscape& landscape = smaller.curved();
  IntrinsicDimensionResult result;
  result.dimension = landscape.dimension();
  result.examples = landscape.examples(Split::train);
  std::vector<Wells> wells;
  std::vector<double> drops;
  const auto count = std::ssize(input.optima);
  Progress progress(monitor, std::vector<double>(static_cast<std::size_t>(2 * count), 1.0));
  const auto compute = [&](std::int64_t item) {
    const auto i = static_cast<std::size_t>(item % count);
    const std::uint64_t seed = derive_seed(input.seed, "optimum", i);
    Monitor& part = progress.part(static_cast<std::size_t>(item));
    return item < count ? sections_item(*this, input, i, seed, part)
                        : curvature_item(*this, landscape, input.optima[i].point, seed, part);
  };
  input.parts.for_each(2 * count, compute, [&](std::int64_t item, const Parts::Bytes& bytes) {
    if (item < count) {
      result.optima.push_back(ItemReader(bytes).result<OptimumDimension>());
      drops.push_back(result.optima.back().initial_loss - result.optima.back().loss);
    } else {
      wells.push_back(add_curvature(result.optima[static_cast<std::size_t>(item - count)], *this, bytes));
    }
  });
  result.drop = mean_of(drops);
  for (const auto& [estimator, first] : result.optima.front().estimates)
    result.estimates[estimator] = over_optima(result.optima, estimator);
  if (wedge_model(landscape) != nullptr) result.short_directions = predicted_short_directions(landscape);
  Record record;
  add_curves(record, result, wells);
  record.result = to_record(result);
  return record;
}

}  // namespace nwedge::experiment
