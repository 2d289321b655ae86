#include "nwedge/experiment/spectrum.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/spectrum/eigenpairs.hpp"
#include "nwedge/spectrum/quadrature.hpp"
#include "nwedge/wedge/predictor.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

struct Place {
  std::string where;
  json step;
  std::span<const float> point;
};

/// The initial point, `between` points of the trajectory at even steps, the optimum.
std::vector<Place> places_of(const optimize::Result& run, std::int64_t between) {
  std::vector<Place> places = {{"initial", 0, run.initial}};
  const std::size_t dimension = run.point.size();
  const auto recorded =
      std::ssize(run.trajectory_steps);  // its first is the initial point, its last the optimum
  const std::int64_t inner = std::min(between, std::max<std::int64_t>(0, recorded - 2));
  for (std::int64_t i = 1; i <= inner; ++i) {
    const auto at = static_cast<std::size_t>(i * (recorded - 1) / (inner + 1));
    places.push_back({"trajectory", run.trajectory_steps[at],
                      std::span(run.trajectory).subspan(at * dimension, dimension)});
  }
  const json last = recorded > 0 ? json(run.trajectory_steps.back()) : json();
  places.push_back({"optimum", last, run.point});
  return places;
}

/// The arrays of all points, one after the other.
struct Curves {
  std::vector<double> eigenvalue;
  std::vector<double> density;
  std::vector<double> density_error;
  std::vector<double> node;
  std::vector<double> weight;
};

void append(std::vector<double>& to, const std::vector<double>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void add_density(Curves& curves, const spectrum::Quadrature& quadrature, const Spectrum& options) {
  const double range = std::max(quadrature.greatest_node(), 0.0) - std::min(quadrature.least_node(), 0.0);
  // A flat core has no range; any width shows its one eigenvalue.
  const double width = options.density_width * (range > 0 ? range : 1);
  const spectrum::Density density = spectrum::smooth_density(quadrature, width, options.density_points);
  append(curves.eigenvalue, density.eigenvalues);
  append(curves.density, density.density);
  append(curves.density_error, density.standard_errors);
  const auto steps = static_cast<std::size_t>(std::min(options.density_steps, quadrature.rows));
  for (const spectrum::GaussRule& rule : quadrature.rules) {
    std::vector<double> nodes = rule.nodes;
    std::vector<double> weights = rule.weights;
    nodes.resize(steps);
    weights.resize(steps);
    append(curves.node, nodes);
    append(curves.weight, weights);
  }
}

void add_pairs(json& point, const char* end, const spectrum::Eigenpairs& pairs) {
  point[end] = pairs.values;
  point[std::string(end) + "-residuals"] = pairs.residuals;
  point[std::string(end) + "-converged"] = pairs.converged;
}

/// Products for the eigenpairs, the moments and the density of one point, roughly.
std::vector<double> products_of(const Spectrum& options) {
  return {static_cast<double>(3 * (options.top + options.bottom)), static_cast<double>(options.trace_probes),
          static_cast<double>(options.density_probes * options.density_steps)};
}

json measure(const Spectrum& options, Curvature& hessian, std::uint64_t seed, Curves& curves,
             Monitor& monitor) {
  Progress progress(monitor, products_of(options));
  json point = json::object();
  const spectrum::ExtremalEigenpairs pairs = spectrum::extremal_eigenpairs(
      hessian, {options.top, options.bottom, options.tolerance, options.max_products}, seed,
      progress.part(0));
  add_pairs(point, "top", pairs.top);
  add_pairs(point, "bottom", pairs.bottom);
  const spectrum::Moments moments =
      spectrum::estimate_moments(hessian, options.trace_probes, seed, progress.part(1));
  point["trace"] = to_json(moments.trace);
  point["trace-of-square"] = to_json(moments.trace_of_square);
  point["effective-rank"] = to_json(moments.effective_rank);
  const spectrum::Quadrature quadrature =
      spectrum::stochastic_quadrature(hessian, {options.density_probes, options.density_steps},
                                      derive_seed(seed, "density"), progress.part(2));
  point["count-above"] = to_json(quadrature.count_above(options.count_share * quadrature.greatest_node()));
  point["products"] = pairs.products + moments.products + quadrature.products;
  add_density(curves, quadrature, options);
  return point;
}

/// Without a core the Hessian is Lambda on the nearest wedge's short directions and 0 elsewhere.
void predict(Record& record, const Landscape& landscape, const Spectrum& options) {
  const auto* model = dynamic_cast<const wedge::WedgeModel*>(&landscape);
  if (model == nullptr) return;
  const wedge::WedgeOptions& o = model->options();
  if (const wedge::Prediction trace = wedge::Predictor(*model).trace(); !trace.known()) {
    record.result["prediction"]["absent"]["trace"] = trace.reason;
    return;
  }
  std::vector<double> stiffness = o.stiffness_values();
  if (stiffness.empty()) stiffness.assign(static_cast<std::size_t>(model->short_directions()), 1.0);
  std::sort(stiffness.rbegin(), stiffness.rend());
  double trace = 0;
  double square = 0;
  for (const double value : stiffness) {
    trace += value;
    square += value * value;
  }
  const double least = options.count_share * stiffness.front();
  const auto count =
      std::count_if(stiffness.begin(), stiffness.end(), [&](double value) { return value > least; });
  std::vector<double> top = stiffness;
  top.resize(static_cast<std::size_t>(std::min(options.top, landscape.dimension())));
  record.result["prediction"] = {{"trace", trace},
                                 {"trace-of-square", square},
                                 {"effective-rank", trace * trace / square},
                                 {"count-above", count},
                                 {"top", top}};
}

const json& at_optimum(const StoredRecord& record) { return record.result.at("points").back(); }

/// Whether a measured trace is the predicted one, within five standard errors and one per cent.
bool trace_agrees(const StoredRecord& record) {
  const json& trace = at_optimum(record).at("trace");
  const double predicted = record.result.at("prediction").at("trace").get<double>();
  const double allowed = 5 * number(trace.at("standard-error")) + 0.01 * predicted;
  return std::abs(number(trace.at("value")) - predicted) <= allowed;
}

std::string spread_at_optimum(std::span<const StoredRecord* const> records, const char* key) {
  std::vector<double> values;
  for (const StoredRecord* record : records)
    values.push_back(number(at_optimum(*record).at(key).at("value")));
  return spread_of(values).text();
}

}  // namespace

void Spectrum::visit(OptionVisitor& visitor) {
  visitor.field("examples", examples, at_least(0), "training examples of the Hessian; 0: all");
  visitor.field("trajectory-points", trajectory_points, at_least(0), "recorded points between the two ends");
  visitor.field("top", top, at_least(1), "largest eigenvalues");
  visitor.field("bottom", bottom, at_least(0), "smallest (most negative) eigenvalues");
  visitor.field(
      "tolerance", tolerance, between(1e-5, 1),
      "an eigenpair has converged when |Hv - lambda v| is at most this share of its eigenvalue (or of a "
      "tenth of the largest)");
  visitor.field("max-products", max_products, at_least(1),
                "most Hessian-vector products for the eigenpairs of a point");
  visitor.field("trace-probes", trace_probes, at_least(2), "random vectors of the trace estimate");
  visitor.field("density-probes", density_probes, at_least(2), "random vectors of the spectral density");
  visitor.field("density-steps", density_steps, at_least(2), "Lanczos steps from each of them");
  visitor.field("density-width", density_width, between(1e-6, 1),
                "width of the density's kernel, share of the range");
  visitor.field("density-points", density_points, at_least(2), "points of the density");
  visitor.field("count-share", count_share, between(0, 1),
                "count eigenvalues above this share of the largest");
  visitor.field("few-share", few_share, between(0, 1),
                "short directions are few when the effective rank is at most this share of the dimension");
}

double Spectrum::cost(const Landscape& landscape, const optimize::Options& training, std::int64_t) const {
  const double points = 2 + static_cast<double>(std::min(trajectory_points, training.record_points));
  const std::vector<double> parts = products_of(*this);
  const double products = parts[0] + parts[1] + parts[2];
  constexpr double kProduct = 6;  // losses: two gradients
  return points * products * kProduct * examples_used(landscape, examples);
}

Record Spectrum::run(const Input& input, Monitor& monitor) const {
  const SmallerLandscape smaller(input, examples, name());
  const CurvedLandscape& landscape = smaller.curved();
  const std::vector<Place> places = places_of(input.optima.front(), trajectory_points);
  Record record;
  record.result = {{"dimension", landscape.dimension()},
                   {"examples", landscape.examples(Split::train)},
                   {"points", json::array()}};
  Curves curves;
  Progress progress(monitor, std::vector<double>(places.size(), 1.0));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    const auto hessian = landscape.curvature_at(place.point);
    json point = measure(*this, *hessian, input.seed, curves, progress.part(i));
    point["where"] = place.where;
    point["step"] = place.step;
    point["loss"] = landscape.evaluate(place.point).loss;
    record.result["points"].push_back(std::move(point));
  }
  const auto count = std::ssize(places);
  const std::int64_t steps = std::min(density_steps, landscape.dimension());
  record.arrays = {{"eigenvalue", {count, density_points}, std::move(curves.eigenvalue)},
                   {"density", {count, density_points}, std::move(curves.density)},
                   {"density-error", {count, density_points}, std::move(curves.density_error)},
                   {"quadrature-node", {count, density_probes, steps}, std::move(curves.node)},
                   {"quadrature-weight", {count, density_probes, steps}, std::move(curves.weight)}};
  predict(record, landscape, *this);
  return record;
}

std::vector<Finding> Spectrum::do_judge(std::span<const StoredRecord> records) const {
  std::vector<const StoredRecord*> finished;
  for (const StoredRecord& record : records)
    if (record.failure.empty()) finished.push_back(&record);
  Finding finding;
  finding.experiment = name();
  finding.landscape = records.empty() ? "" : records.front().landscape;
  const bool model = !records.empty() && records.front().landscape_kind == "wedge";
  finding.claim = model ? "contribution-2" : "contribution-4";
  finding.criterion = model ? "the trace of the Hessian at every optimum is the sum of the stiffnesses, "
                              "within 5 standard errors and 1 %"
                            : fmt::format(
                                  "few short directions: at every optimum the effective rank of the Hessian "
                                  "is at most {} of the "
                                  "dimension",
                                  few_share);
  if (finished.empty()) {
    finding.reason = "no cell finished";
    return {finding};
  }
  if (model && !finished.front()->result.at("prediction").contains("trace"))
    return {};  // a variant without closed form
  bool holds = true;
  bool finite = true;
  for (const StoredRecord* record : finished) {
    const double rank = number(at_optimum(*record).at("effective-rank").at("value"));
    finite = finite && std::isfinite(rank);
    holds =
        holds && (model ? trace_agrees(*record) : rank <= few_share * number(record->result.at("dimension")));
  }
  finding.measurement = fmt::format(
      "trace {}, effective rank {} of {} dimensions", spread_at_optimum(finished, "trace"),
      spread_at_optimum(finished, "effective-rank"), finished.front()->result.at("dimension").get<int>());
  if (model)
    finding.prediction = fmt::format("trace {:.4g}, effective rank {:.4g}",
                                     number(finished.front()->result["prediction"]["trace"]),
                                     number(finished.front()->result["prediction"]["effective-rank"]));
  if (!finite)
    finding.reason = "the Hessian at an optimum is not finite";
  else
    finding.verdict = holds ? Verdict::reproduced : Verdict::not_reproduced;
  return {finding};
}

}  // namespace nwedge::experiment
