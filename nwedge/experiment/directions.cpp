#include "nwedge/experiment/directions.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/geometry/rays.hpp"
#include "nwedge/spectrum/eigenpairs.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

constexpr const char* kGroups[] = {"random", "gradient", "trajectory", "initial", "optima", "top", "bottom"};

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

/// All directions from optimum `index`, in the order of kGroups.
DirectionList directions_from(const Directions& options, const Input& input, std::size_t index,
                              const Landscape& landscape, const spectrum::ExtremalEigenpairs& pairs) {
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

json distances_from(const Input& input, std::size_t index) {
  const optimize::Result& run = input.optima[index];
  json others = json::array();
  for (std::size_t other = 0; other < input.optima.size(); ++other)
    if (other != index) others.push_back(distance(run.point, input.optima[other].point));
  return {{"initial", distance(run.point, run.initial)}, {"optima", others}};
}

/// sqrt(2 threshold / curvature); null where the curvature does not bend upward.
json quadratic_exit(double threshold, double curvature) {
  return curvature > 0 ? json(std::sqrt(2 * threshold / curvature)) : json();
}

void add_hessian(json& entry, const Directions& options, Curvature& hessian,
                 const spectrum::ExtremalEigenpairs& pairs, std::uint64_t seed, Monitor& monitor) {
  const spectrum::Moments moments = spectrum::estimate_moments(hessian, options.trace_probes, seed, monitor);
  entry["eigenvalues"] = {{"top", pairs.top.values}, {"bottom", pairs.bottom.values}};
  entry["trace"] = to_json(moments.trace);
  entry["effective-rank"] = to_json(moments.effective_rank);
  const auto dimension = static_cast<double>(hessian.dimension());
  entry["predicted-random"] = quadratic_exit(options.threshold, moments.trace.value / dimension);
  json top = json::array();
  for (const double value : pairs.top.values)
    for (int way = 0; way < 2; ++way) top.push_back(quadratic_exit(options.threshold, value));
  entry["predicted-top"] = std::move(top);
}

json measure(const Directions& options, const Input& input, std::size_t index,
             const CurvedLandscape& landscape, Monitor& monitor) {
  const optimize::Result& run = input.optima[index];
  Progress progress(monitor, std::vector<double>{0.3, 0.7});
  json entry = {{"seed", run.seed}, {"loss", landscape.evaluate(run.point).loss}};
  const auto hessian = landscape.curvature_at(run.point);
  const std::uint64_t seed = derive_seed(input.seed, "hessian", index);
  spectrum::EigenpairOptions ends;
  ends.top = ends.bottom = options.eigenvectors;
  const spectrum::ExtremalEigenpairs pairs =
      spectrum::extremal_eigenpairs(*hessian, ends, seed, progress.part(0));
  add_hessian(entry, options, *hessian, pairs, seed, progress.part(0));
  const DirectionList list = directions_from(options, input, index, landscape, pairs);
  std::vector<geometry::Ray> rays;
  for (const Direction& direction : list.directions)
    rays.push_back(
        {run.point, direction.vector, {.highest_loss = entry["loss"].get<double>() + options.threshold}});
  const double most = options.reach * length_scale(input, index);
  constexpr double kLeast = 1e-3;  // of the length scale
  const std::vector<double> scan =
      geometry::geometric_radii(kLeast * most / options.reach, most, options.scan_points);
  const std::vector<double> radii =
      geometry::exit_radii(landscape, rays, scan, options.tolerance, Split::train, progress.part(1));
  entry["reach"] = most;
  entry["distances"] = distances_from(input, index);
  for (const char* group : kGroups) entry["radii"][group] = json::array();
  for (std::size_t i = 0; i < radii.size(); ++i) entry["radii"][list.directions[i].group].push_back(radii[i]);
  return entry;
}

/// A radius of a record; a ray that never left has infinity.
double radius_of(const json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::infinity();
}

std::vector<double> radii_of(const json& optima, const char* group) {
  std::vector<double> all;
  for (const json& optimum : optima)
    for (const json& radius : optimum.at("radii").at(group)) all.push_back(radius_of(radius));
  return all;
}

/// The middle of the values, also when some are infinite.
double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

json summary_of(const std::vector<double>& radii) {
  const auto beyond = std::count_if(radii.begin(), radii.end(), [](double r) { return std::isinf(r); });
  json summary = {{"count", radii.size()}, {"beyond", beyond}, {"median", median(radii)}};
  summary["least"] = radii.empty() ? json() : json(*std::min_element(radii.begin(), radii.end()));
  summary["most"] = radii.empty() ? json() : json(*std::max_element(radii.begin(), radii.end()));
  return summary;
}

void summarise(Record& record) {
  const json& optima = record.result["optima"];
  for (const char* group : kGroups) record.result["groups"][group] = summary_of(radii_of(optima, group));
  std::vector<double> first;
  for (const json& optimum : optima)
    for (std::size_t way = 0; way < std::min<std::size_t>(2, optimum["radii"]["top"].size()); ++way)
      first.push_back(radius_of(optimum["radii"]["top"][way]));
  record.result["random-over-top"] = median(radii_of(optima, "random")) / median(first);
  std::vector<double> random = radii_of(optima, "random");
  const auto rows = std::ssize(optima);
  record.arrays.push_back({"random-radius", {rows, std::ssize(random) / rows}, std::move(random)});
}

void predict(Record& record, const wedge::WedgeModel& model, double threshold) {
  constexpr double kShares[] = {0.05, 0.16, 0.5, 0.84, 0.95};
  const wedge::Predictor predictor(model);
  const std::vector<wedge::Prediction> radii = predictor.exit_radii(threshold, kShares);
  json& prediction = record.result["prediction"];
  add_prediction(prediction, "top", predictor.short_exit_radius(threshold));
  for (const wedge::Prediction& radius : radii)
    if (!radius.known()) {
      prediction["absent"]["random"] = radius.reason;
      return;
    }
  add_prediction(prediction["random"], "median", radii[2]);
  add_prediction(prediction["random"], "low", radii[0]);
  add_prediction(prediction["random"], "high", radii[4]);
  // For the error of the median: half the width of the middle 68 %.
  prediction["random"]["deviation"] = (radii[3].value - radii[1].value) / 2;
}

/// The median exit radius of the model against its closed form.
void judge_model(Finding& finding, const json& result) {
  const json& random = result.at("groups").at("random");
  const json& predicted = result.at("prediction").at("random");
  const double measured = number(random.at("median"));
  const double expected = number(predicted.at("median"));
  const double error = 1.2533 * number(predicted.at("deviation")) / std::sqrt(number(random.at("count")));
  finding.claim = "contribution-2";
  finding.criterion =
      "the median exit radius along random directions is within 5 standard errors and 2 % of its closed form";
  finding.prediction = fmt::format("median {:.3g} along random directions", expected);
  if (result["prediction"].contains("top"))
    finding.prediction += fmt::format(", {:.3g} along short ones", number(result["prediction"]["top"]));
  const double allowed = 5 * error + 0.02 * expected;
  finding.verdict = std::abs(measured - expected) <= allowed ? Verdict::reproduced : Verdict::not_reproduced;
}

/// Whether the exit radius measures the trace, as the model says it does on any landscape.
void judge_trace(Finding& finding, const json& result, double factor) {
  std::vector<double> predicted;
  for (const json& optimum : result.at("optima"))
    predicted.push_back(radius_of(optimum.at("predicted-random")));
  const double expected = median(predicted);
  const double ratio = number(result.at("groups").at("random").at("median")) / expected;
  finding.claim = "contribution-4";
  finding.criterion = fmt::format(
      "the exit radius along random directions measures the trace: its median is within a factor {} of "
      "sqrt(2 τ D / tr H)",
      factor);
  finding.prediction = fmt::format("median {:.3g} from the trace", expected);
  if (!std::isfinite(ratio)) {
    finding.reason = "no finite median or no positive trace";
    return;
  }
  finding.verdict = ratio <= factor && ratio >= 1 / factor ? Verdict::reproduced : Verdict::not_reproduced;
}

}  // namespace

void Directions::visit(OptionVisitor& visitor) {
  visitor.field("examples", examples, at_least(0), "training examples of the loss and its Hessian; 0: all");
  visitor.field("threshold", threshold, above(0), "rise of the loss at which a direction has left");
  visitor.field("random", random, at_least(1), "random directions from each optimum");
  visitor.field("eigenvectors", eigenvectors, at_least(1),
                "Hessian eigenvectors from each end of the spectrum");
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
  const double rays = static_cast<double>(random + 5 + optima - 1 + 4 * eigenvectors);
  const double losses = rays * (0.7 * static_cast<double>(scan_points) + 6);
  constexpr double kProduct = 6;  // losses: two gradients
  const double products = static_cast<double>(10 * eigenvectors + trace_probes);
  return static_cast<double>(optima) * (losses + kProduct * products) * examples_used(landscape, examples);
}

Record Directions::run(const Input& input, Monitor& monitor) const {
  const SmallerLandscape smaller(input, examples, name());
  const CurvedLandscape& landscape = smaller.curved();
  Record record;
  record.result = {{"dimension", landscape.dimension()},
                   {"examples", landscape.examples(Split::train)},
                   {"optima", json::array()}};
  Progress progress(monitor, std::vector<double>(input.optima.size(), 1.0));
  for (std::size_t i = 0; i < input.optima.size(); ++i)
    record.result["optima"].push_back(measure(*this, input, i, landscape, progress.part(i)));
  summarise(record);
  if (const wedge::WedgeModel* model = wedge_model(landscape)) predict(record, *model, threshold);
  return record;
}

std::vector<Finding> Directions::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    Finding finding;
    finding.experiment = name();
    finding.landscape = record.landscape;
    finding.claim = record.landscape_kind == "wedge" ? "contribution-2" : "contribution-4";
    if (!record.failure.empty()) {
      finding.reason = record.failure;
      findings.push_back(std::move(finding));
      continue;
    }
    const bool model = record.result.contains("prediction") && record.result["prediction"].contains("random");
    if (record.landscape_kind == "wedge" && !model) continue;  // a variant without closed form
    finding.measurement =
        fmt::format("median {:.3g} along random directions, {:.3g} times that along the stiffest one",
                    number(record.result.at("groups").at("random").at("median")),
                    number(record.result.at("random-over-top")));
    if (model)
      judge_model(finding, record.result);
    else
      judge_trace(finding, record.result, trace_factor);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace nwedge::experiment
