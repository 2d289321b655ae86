#include "nwedge/experiment/intrinsic_dimension.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/closed_forms.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/subspace.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/m_tunnel.hpp"
#include "nwedge/geometry/rays.hpp"
#include "nwedge/spectrum/quadrature.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;
using Options = IntrinsicDimension;

constexpr const char* kEstimators[] = {"sections", "exit", "rank", "count", "m-tunnel"};

void add_sections(json& entry, const Options& options, const Input& input, const optimize::Result& run,
                  std::uint64_t seed, Monitor& monitor) {
  std::vector<std::int64_t> listed;
  for (const std::int64_t d : options.dimensions)
    if (d <= input.landscape.dimension()) listed.push_back(d);
  Progress progress(monitor,
                    std::vector<double>{static_cast<double>(std::max<std::size_t>(1, listed.size())), 3.0});
  SectionSearch search(input.landscape, run.initial, options.section, seed);
  search.compute(listed, progress.part(0));
  const SectionTarget target =
      section_target(input.landscape, run, "auto", options.accuracy_fraction, options.loss_share);
  const LeastDimension least = search.least_dimension(target, options.tolerance, progress.part(1));
  entry["estimates"]["sections"] = least.found() ? json(least.reaching) : json();
  if (least.found()) entry["errors"]["sections"] = static_cast<double>(least.reaching - least.failing) / 2;
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

void add_estimate(json& entry, const char* name, const spectrum::Estimate& estimate) {
  entry["estimates"][name] = estimate.value;
  entry["errors"][name] = estimate.standard_error;
}

spectrum::Estimate count(const Options& options, Curvature& hessian, std::uint64_t seed, Monitor& monitor) {
  const spectrum::Quadrature quadrature = spectrum::stochastic_quadrature(
      hessian, {options.density_probes, options.density_steps}, seed, monitor);
  return quadrature.count_above(options.count_share * quadrature.greatest_node());
}

void add_spectral(json& entry, const Options& options, const CurvedLandscape& landscape,
                  std::span<const float> optimum, std::uint64_t seed, Monitor& monitor) {
  Progress progress(monitor, std::vector<double>{1, 1, 2, 6});
  const auto hessian = landscape.curvature_at(optimum);
  const spectrum::Moments moments =
      spectrum::estimate_moments(*hessian, options.trace_probes, seed, progress.part(0));
  add_estimate(entry, "rank", moments.effective_rank);
  const double radius = exit_radius(options, landscape, optimum, seed, progress.part(1));
  const double stiffness = moments.trace_of_square.value / moments.trace.value;
  entry["exit-radius"] = radius;
  entry["stiffness"] = stiffness;
  entry["estimates"]["exit"] =
      2 * options.threshold * static_cast<double>(landscape.dimension()) / (stiffness * radius * radius);
  add_estimate(entry, "count", count(options, *hessian, seed, progress.part(2)));
  constexpr std::int64_t kNodes = 2;  // of the segment: exact for (1 - t)^2 at a centre that is the optimum
  const auto functional = geometry::m_tunnel(landscape, optimum, kNodes);
  const auto tunnel = functional->curvature_at(optimum);
  add_estimate(entry, "m-tunnel", count(options, *tunnel, seed, progress.part(3)));
}

json spread_over(const json& optima, const char* name) {
  std::vector<double> values;
  for (const json& optimum : optima) values.push_back(number(optimum.at("estimates").at(name)));
  return to_json(spread_of(values));
}

/// Greatest over least of the estimators' means; NaN when one is missing.
double largest_ratio(const json& estimates) {
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (const char* name : kEstimators) {
    const double mean = number(estimates.at(name).at("mean"));
    if (std::isnan(mean)) return mean;
    least = std::min(least, mean);
    most = std::max(most, mean);
  }
  return most / least;
}

std::string measurement_of(const json& estimates) {
  std::string text;
  for (const char* name : kEstimators) {
    const double mean = number(estimates.at(name).at("mean"));
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name,
                        std::isnan(mean) ? "none" : fmt::format("{:.3g}", mean));
  }
  return text;
}

bool predicted(const json& result) {
  return result.contains("prediction") && result["prediction"].contains("short-directions");
}

Finding finding_of(const StoredRecord& record, double factor) {
  Finding finding;
  finding.claim = "contribution-4";
  finding.experiment = record.experiment;
  finding.landscape = record.landscape;
  finding.criterion =
      fmt::format("the means of all five estimators lie within a factor {} of one another", factor);
  if (!record.failure.empty()) {
    finding.reason = record.failure;
    return finding;
  }
  const json& result = record.result;
  if (predicted(result))
    finding.prediction =
        fmt::format("{} by every estimator", result["prediction"]["short-directions"].get<int>());
  finding.measurement = measurement_of(result.at("estimates"));
  const double ratio = number(result.at("largest-ratio"));
  if (!std::isfinite(ratio)) {
    finding.reason = "an estimator gave no number";
    return finding;
  }
  finding.measurement += fmt::format(" (a factor {:.3g})", ratio);
  finding.verdict = ratio <= factor ? Verdict::reproduced : Verdict::not_reproduced;
  return finding;
}

/// The model has one answer for all estimators; each has its own noise, and the sections stop at a target
/// loss.
Finding closed_form_of(const StoredRecord& record) {
  constexpr double kTolerance = 0.2;
  const double expected = number(record.result["prediction"]["short-directions"]);
  ClosedForms forms;
  for (const char* estimator : kEstimators)
    forms.add(estimator, expected, number(record.result.at("estimates").at(estimator).at("mean")),
              kTolerance * expected);
  return forms.finding(
      record.landscape, record.experiment,
      fmt::format("the mean of every estimator is within {:.0f} % of the number of short directions",
                  100 * kTolerance));
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
  visitor.field("trace-probes", trace_probes, at_least(2), "random vectors of the effective rank");
  visitor.field("density-probes", density_probes, at_least(2), "random vectors of a count");
  visitor.field("density-steps", density_steps, at_least(2), "Lanczos steps from each of them");
  visitor.field("count-share", count_share, between(0, 1),
                "count eigenvalues above this share of the largest");
  visitor.field("factor", factor, at_least(1), "the estimators agree when they lie within this factor");
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
  // A product costs six losses; the 1-tunnel's Hessian averages two of them.
  const double spectral = 6 * static_cast<double>(trace_probes + 3 * density_probes * density_steps);
  const double losses = static_cast<double>(22 * random) + spectral;
  return static_cast<double>(optima) * (sections + losses * examples_used(landscape, examples));
}

Record IntrinsicDimension::run(const Input& input, Monitor& monitor) const {
  const SmallerLandscape smaller(input, examples, name());
  const CurvedLandscape& landscape = smaller.curved();
  Record record;
  record.result = {{"dimension", landscape.dimension()},
                   {"examples", landscape.examples(Split::train)},
                   {"optima", json::array()}};
  Progress progress(monitor, std::vector<double>(2 * input.optima.size(), 1.0));
  for (std::size_t i = 0; i < input.optima.size(); ++i) {
    const optimize::Result& run = input.optima[i];
    const std::uint64_t seed = derive_seed(input.seed, "optimum", i);
    json entry = {{"seed", run.seed}};
    add_sections(entry, *this, input, run, seed, progress.part(2 * i));
    add_spectral(entry, *this, landscape, run.point, seed, progress.part(2 * i + 1));
    record.result["optima"].push_back(std::move(entry));
  }
  for (const char* name : kEstimators)
    record.result["estimates"][name] = spread_over(record.result["optima"], name);
  record.result["largest-ratio"] = largest_ratio(record.result["estimates"]);
  if (wedge_model(landscape) == nullptr) return record;
  if (const auto forms = wedge_forms(landscape); forms && forms->optima_on_wedge())
    record.result["prediction"] = {{"short-directions", forms->parameters.short_directions}};
  else
    record.result["prediction"]["absent"]["short-directions"] =
        "the estimators have different answers on wedges with a core, of several stiffnesses or that do not "
        "cross";
  return record;
}

std::vector<Finding> IntrinsicDimension::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    findings.push_back(finding_of(record, factor));
    if (record.failure.empty() && predicted(record.result)) findings.push_back(closed_form_of(record));
  }
  return findings;
}

}  // namespace nwedge::experiment
