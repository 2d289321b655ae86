#include "nwedge/experiment/spectrum.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include "nwedge/core/error.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/judgement.hpp"
#include "nwedge/experiment/parameter_blocks.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/spectrum/eigenpairs.hpp"
#include "nwedge/spectrum/quadrature.hpp"
#include "nwedge/wedge/predictor.hpp"

namespace nwedge::experiment {
namespace {

/// On the model: the probes of the trace have no error where the frames are axes, a few per cent otherwise.
constexpr double kTraceTolerance = 0.05;
constexpr std::array<std::string_view, 3> kBlocks = {"none", "tensors", "layers"};

struct Place {
  std::string where;
  std::optional<std::int64_t> step;
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
  std::optional<std::int64_t> last;
  if (recorded > 0) last = run.trajectory_steps.back();
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

Quantity over_probes(const spectrum::Estimate& estimate, std::int64_t probes) {
  return Quantity::estimate(estimate.value, estimate.standard_error, probes, "probes");
}

/// Products for the eigenpairs, the moments and the density of one point, roughly.
std::vector<double> products_of(const Spectrum& options) {
  return {static_cast<double>(3 * (options.top + options.bottom)), static_cast<double>(options.trace_probes),
          static_cast<double>(options.density_probes * options.density_steps)};
}

SpectrumPoint measure(const Spectrum& options, spectrum::OperatorReference hessian, std::uint64_t seed,
                      Curves& curves, Monitor& monitor) {
  Progress progress(monitor, products_of(options));
  SpectrumPoint point;
  const spectrum::ExtremalEigenpairs pairs = spectrum::extremal_eigenpairs(
      hessian, {options.top, options.bottom, options.tolerance, options.max_products}, seed,
      progress.part(0));
  point.top = pairs.top.values;
  point.top_residuals = pairs.top.residuals;
  point.top_converged = pairs.top.converged;
  point.bottom = pairs.bottom.values;
  point.bottom_residuals = pairs.bottom.residuals;
  point.bottom_converged = pairs.bottom.converged;
  const spectrum::Moments moments =
      spectrum::estimate_moments(hessian, options.trace_probes, seed, progress.part(1));
  point.trace = over_probes(moments.trace, options.trace_probes);
  point.trace_of_square = over_probes(moments.trace_of_square, options.trace_probes);
  point.effective_rank = over_probes(moments.effective_rank, options.trace_probes);
  const spectrum::Quadrature quadrature =
      spectrum::stochastic_quadrature(hessian, {options.density_probes, options.density_steps},
                                      derive_seed(seed, "density"), progress.part(2));
  point.count_above = over_probes(quadrature.count_above(options.count_share * quadrature.greatest_node()),
                                  options.density_probes);
  point.products = pairs.products + moments.products + quadrature.products;
  add_density(curves, quadrature, options);
  return point;
}

/// The matrix at points, or its block of the chosen parameters.
class Matrices {
 public:
  Matrices(const Spectrum& options, const CurvedLandscape& landscape)
      : landscape_(landscape), matrix_(curvature_matrix(options.matrix, options.name())) {
    if (!options.parameters.empty() || options.blocks != "none")
      block_ = matching_block(landscape.parameter_tensors(), options.parameters, options.name());
    partial_ = !options.parameters.empty();
  }

  std::int64_t rows() const { return partial_ ? block_.size() : landscape_.dimension(); }
  const ParameterBlock& block() const { return block_; }

  class At {
   public:
    At(const Matrices& all, std::span<const float> point)
        : whole_(all.landscape_.matrix_at(all.matrix_, point)) {
      if (all.partial_) part_.emplace(*whole_, all.block_);
    }
    spectrum::OperatorReference matrix() {
      return part_ ? spectrum::OperatorReference(*part_) : spectrum::OperatorReference(*whole_);
    }
    spectrum::OperatorReference whole() { return *whole_; }

   private:
    std::unique_ptr<Curvature> whole_;
    std::optional<DiagonalBlock> part_;
  };

 private:
  const CurvedLandscape& landscape_;
  CurvatureMatrix matrix_;
  ParameterBlock block_;
  bool partial_ = false;
};

/// Traces of blocks from the same probes, draws [block][probe], and their shares of the sum by the jackknife.
void add_traces(std::vector<BlockSpectrum>& found, const std::vector<std::vector<double>>& draws) {
  const auto probes = static_cast<std::int64_t>(draws.front().size());
  const auto count = static_cast<double>(probes);
  std::vector<double> totals(draws.front().size());
  for (const std::vector<double>& own : draws)
    for (std::size_t p = 0; p < own.size(); ++p) totals[p] += own[p];
  const double total = std::accumulate(totals.begin(), totals.end(), 0.0);
  for (std::size_t b = 0; b < draws.size(); ++b) {
    found[b].trace = over_probes(spectrum::mean(draws[b]), probes);
    const double sum = std::accumulate(draws[b].begin(), draws[b].end(), 0.0);
    std::vector<double> without;
    for (std::size_t p = 0; p < totals.size(); ++p)
      without.push_back((sum - draws[b][p]) / (total - totals[p]));
    const double error = (count - 1) / std::sqrt(count) * spread_of(without).deviation;
    found[b].share = total > 0 ? Quantity::estimate(sum / total, error, probes, "probes")
                               : Quantity::missing("the trace is not above 0");
  }
}

/// The blocks of single tensors or layers.
std::vector<BlockSpectrum> measure_blocks(const Spectrum& options, const Matrices& matrices,
                                          spectrum::OperatorReference whole, std::uint64_t seed,
                                          Monitor& monitor) {
  const std::vector<ParameterBlock> parts = parts_of(matrices.block(), options.blocks);
  const std::vector<double> costs = {20.0 * static_cast<double>(parts.size()),
                                     static_cast<double>(options.trace_probes)};
  Progress progress(monitor, costs);
  std::vector<BlockSpectrum> found;
  for (std::size_t b = 0; b < parts.size(); ++b) {
    DiagonalBlock matrix(whole, parts[b]);
    const spectrum::Eigenpairs top =
        spectrum::extremal_eigenpairs(matrix, {1, 0, options.tolerance, options.max_products},
                                      derive_seed(seed, "block", b), monitor)
            .top;
    found.push_back({parts[b].name, parts[b].size(), top.values.at(0), top.residuals.at(0), {}, {}});
    progress.part(0).checkpoint(static_cast<double>(b + 1) / static_cast<double>(parts.size()));
  }
  std::vector<float> probe(static_cast<std::size_t>(matrices.block().size()));
  std::vector<float> vector(static_cast<std::size_t>(whole.rows()));  // 0 outside of the blocks
  std::vector<float> product(vector.size());
  std::vector<std::vector<double>> draws(parts.size());
  for (std::int64_t p = 0; p < options.trace_probes; ++p) {
    spectrum::fill_signs(probe, derive_seed(seed, "block traces"), static_cast<std::uint64_t>(p));
    matrices.block().scatter(probe, vector);
    whole.multiply(vector, product);
    for (std::size_t b = 0; b < parts.size(); ++b) draws[b].push_back(parts[b].dot(vector, product));
    progress.part(1).checkpoint(static_cast<double>(p + 1) / static_cast<double>(options.trace_probes));
  }
  add_traces(found, draws);
  return found;
}

/// tr H / ||H|| at multiples of the initial point.
ZonePoint zone_at(const Spectrum& options, const CurvedLandscape& landscape, const Matrices& matrices,
                  std::span<const float> initial, double radius, std::uint64_t seed, Monitor& monitor) {
  std::vector<float> point(initial.begin(), initial.end());
  for (float& x : point) x = static_cast<float>(radius * x);
  Matrices::At at(matrices, point);
  const spectrum::Moments moments =
      spectrum::estimate_moments(at.matrix(), options.zone_probes, seed, monitor);
  ZonePoint zone;
  zone.radius = radius;
  zone.loss = landscape.evaluate(point).loss;
  zone.trace = over_probes(moments.trace, options.zone_probes);
  zone.norm = std::sqrt(moments.trace_of_square.value);
  zone.ratio = zone.norm > 0 ? ratio(zone.trace, Quantity::exact(zone.norm))
                             : Quantity::missing("the matrix is 0 or not finite");
  return zone;
}

/// Without a core the Hessian is Lambda on the nearest wedge's short directions and 0 elsewhere.
std::optional<SpectrumPrediction> predict(const Landscape& landscape, const Spectrum& options) {
  const auto* model = dynamic_cast<const wedge::WedgeModel*>(&landscape);
  if (model == nullptr) return {};
  SpectrumPrediction prediction;
  if (const wedge::Prediction trace = wedge::Predictor(*model).trace(); !trace.known()) {
    prediction.absent = trace.reason;
    return prediction;
  }
  std::vector<double> stiffness = model->options().stiffness_values();
  if (stiffness.empty()) stiffness.assign(static_cast<std::size_t>(model->short_directions()), 1.0);
  std::sort(stiffness.rbegin(), stiffness.rend());
  for (const double value : stiffness) {
    prediction.trace += value;
    prediction.trace_of_square += value * value;
  }
  prediction.effective_rank = prediction.trace * prediction.trace / prediction.trace_of_square;
  const double least = options.count_share * stiffness.front();
  prediction.count_above = static_cast<double>(
      std::count_if(stiffness.begin(), stiffness.end(), [&](double value) { return value > least; }));
  prediction.top = stiffness;
  prediction.top.resize(static_cast<std::size_t>(std::min(options.top, landscape.dimension())));
  return prediction;
}

/// The mean over seeds of one number at the optimum; missing where one seed has none.
Quantity at_optimum(std::span<const SpectrumResult> results, Quantity SpectrumPoint::*number) {
  std::vector<double> values;
  for (const SpectrumResult& result : results) {
    if (result.points.empty()) return Quantity::missing("no point was measured");
    const Quantity& quantity = result.points.back().*number;
    if (!quantity.present()) return Quantity::missing(quantity.reason());
    values.push_back(quantity.value);
  }
  return mean_of(values);
}

/// One spectrum says how many directions are stiff, not that this number is an intrinsic dimension: that
/// takes an independent estimate.
Finding few_directions(const StoredRecord& record, std::span<const SpectrumResult> results, double share) {
  const Quantity rank = at_optimum(results, &SpectrumPoint::effective_rank);
  const Yardstick dimension("the dimension", Quantity::exact(static_cast<double>(results.front().dimension)));
  Judgement judgement(
      "contribution-4", record,
      fmt::format("few short directions: the effective rank of the Hessian at the optima is at "
                  "most {} of the dimension",
                  share),
      "any smooth loss of a few classes");
  return judgement.premise(Yardstick("the effective rank", rank))
      .premise(Yardstick("the trace", at_optimum(results, &SpectrumPoint::trace)))
      .require(Check::at_most("effective rank", rank, share, dimension))
      .cannot_fail(
          "one spectrum counts stiff directions; that their number is an intrinsic dimension takes an "
          "estimate "
          "of another kind")
      .finding();
}

Finding closed_form(const StoredRecord& record, std::span<const SpectrumResult> results) {
  const SpectrumPrediction& prediction = *results.front().prediction;
  const Quantity expected = Quantity::exact(prediction.trace);
  Judgement judgement(
      kModelClaim, record,
      fmt::format("the mean trace of the Hessian at the optima is the sum of the stiffnesses, "
                  "within {:.0f} %",
                  100 * kTraceTolerance),
      "");
  return judgement.premise(Yardstick("the sum of the stiffnesses", expected))
      .require(Check::agrees("trace", at_optimum(results, &SpectrumPoint::trace), expected, kTraceTolerance))
      .note("effective rank " + at_optimum(results, &SpectrumPoint::effective_rank).text())
      .predict(
          fmt::format("trace {:.4g}, effective rank {:.4g}", prediction.trace, prediction.effective_rank))
      .finding();
}

}  // namespace

void Spectrum::visit(OptionVisitor& visitor) {
  visitor.field("examples", examples, at_least(0), "training examples of the Hessian; 0: all");
  visitor.field("matrix", matrix, curvature_matrix_names(), "whose spectrum it is");
  visitor.field("parameters", parameters, {},
                "tensors whose diagonal block alone is looked at, by patterns such as layer3.*; none: all");
  visitor.field("blocks", blocks, kBlocks,
                "also the diagonal blocks at the optimum, of every tensor or layer by itself");
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
  visitor.field("zone-radii", zone_radii, above(0),
                "multiples of the initial point at which tr H / |H| is measured");
  visitor.field("zone-probes", zone_probes, at_least(2), "random vectors of tr H and |H| there");
}

void Spectrum::validate_for(const Planned& planned, std::string_view place) const {
  const auto* curved = dynamic_cast<const CurvedLandscape*>(&planned.landscape);
  if (curved != nullptr && !curved->has_matrix(curvature_matrix(matrix, place)))
    throw Error(place, fmt::format("matrix \"{}\" is not known of this landscape; its hessian is", matrix));
  if (!parameters.empty() || blocks != "none")
    matching_block(planned.landscape.parameter_tensors(), parameters, place);
}

double Spectrum::cost(const Landscape& landscape, const optimize::Options& training, std::int64_t) const {
  const double points = 2 + static_cast<double>(std::min(trajectory_points, training.record_points));
  const std::vector<double> parts = products_of(*this);
  const double products = parts[0] + parts[1] + parts[2];
  const auto zone = static_cast<double>(std::ssize(zone_radii) * zone_probes);
  double separate = 0;
  if (blocks != "none") {
    const ParameterBlock chosen = matching_block(landscape.parameter_tensors(), parameters, name());
    separate = static_cast<double>(trace_probes + 20 * std::ssize(parts_of(chosen, blocks)));
  }
  constexpr double kProduct = 6;  // losses: two gradients
  return (points * products + zone + separate) * kProduct * examples_used(landscape, examples);
}

Record Spectrum::run(const Input& input, Monitor& monitor) const {
  const SmallerLandscape smaller(input, examples, name());
  const CurvedLandscape& landscape = smaller.curved();
  const optimize::Result& run = input.optima.front();
  const std::vector<Place> places = places_of(run, trajectory_points);
  const Matrices matrices(*this, landscape);
  SpectrumResult result;
  result.dimension = matrices.rows();
  result.examples = landscape.examples(Split::train);
  if (!parameters.empty()) {
    result.parameters.emplace();
    for (const ParameterTensor& tensor : matrices.block().tensors) result.parameters->push_back(tensor.name);
  }
  Curves curves;
  Progress progress(monitor, std::vector<double>(places.size() + (blocks == "none" ? 1 : 2), 1.0));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    Matrices::At at(matrices, place.point);
    result.points.push_back(measure(*this, at.matrix(), input.seed, curves, progress.part(i)));
    result.points.back().where = place.where;
    result.points.back().step = place.step;
    result.points.back().loss = landscape.evaluate(place.point).loss;
    if (blocks != "none" && i + 1 == places.size())
      result.blocks =
          measure_blocks(*this, matrices, at.whole(), input.seed, progress.part(places.size() + 1));
  }
  for (std::size_t i = 0; i < zone_radii.size(); ++i)
    result.zone.push_back(zone_at(*this, landscape, matrices, run.initial, zone_radii[i],
                                  derive_seed(input.seed, "zone", i), progress.part(places.size())));
  if (of_whole_hessian()) result.prediction = predict(landscape, *this);
  const auto count = std::ssize(places);
  const std::int64_t steps = std::min(density_steps, matrices.rows());
  Record record;
  record.arrays = {{"eigenvalue", {count, density_points}, std::move(curves.eigenvalue)},
                   {"density", {count, density_points}, std::move(curves.density)},
                   {"density-error", {count, density_points}, std::move(curves.density_error)},
                   {"quadrature-node", {count, density_probes, steps}, std::move(curves.node)},
                   {"quadrature-weight", {count, density_probes, steps}, std::move(curves.weight)}};
  record.result = to_record(result);
  return record;
}

std::vector<Finding> Spectrum::do_judge(std::span<const StoredRecord> records) const {
  if (!of_whole_hessian()) return {};  // the claims are about the Hessian of all weights
  std::vector<SpectrumResult> results;
  for (const StoredRecord& record : records) results.push_back(result_of<SpectrumResult>(record));
  const auto& prediction = results.front().prediction;
  if (!prediction && records.front().landscape_kind != "wedge")
    return {few_directions(records.front(), results, few_share)};
  if (!prediction || !prediction->absent.empty()) return {};  // a variant without closed form
  return {closed_form(records.front(), results)};
}

void SpectrumPoint::visit(FieldVisitor& visitor) {
  visitor.field("where", where, "initial, trajectory or optimum");
  visitor.field("step", step, "of the training; null where unknown");
  visitor.field("loss", loss, "training loss there");
  visitor.field("top", top, "eigenvalues from the largest down");
  visitor.field("top-residuals", top_residuals, "their residuals |Hv - lambda v|");
  visitor.field("top-converged", top_converged, "how many of them have converged");
  visitor.field("bottom", bottom, "eigenvalues from the smallest up");
  visitor.field("bottom-residuals", bottom_residuals, "their residuals");
  visitor.field("bottom-converged", bottom_converged, "how many of them have converged");
  visitor.field("trace", trace, "tr H");
  visitor.field("trace-of-square", trace_of_square, "tr H^2");
  visitor.field("effective-rank", effective_rank, "(tr H)^2 / tr H^2");
  visitor.field("count-above", count_above, "eigenvalues above `count-share` times the largest");
  visitor.field("products", products, "of H with a vector");
}

void BlockSpectrum::visit(FieldVisitor& visitor) {
  visitor.field("name", name, "of the tensor or layer");
  visitor.field("size", size, "its entries");
  visitor.field("top", top, "largest eigenvalue of its diagonal block");
  visitor.field("top-residual", top_residual, "|H v - lambda v| of it");
  visitor.field("trace", trace, "of the block");
  visitor.field("share", share, "of the trace of all blocks");
}

void ZonePoint::visit(FieldVisitor& visitor) {
  visitor.field("radius", radius, "of the point, over that of the initial point");
  visitor.field("loss", loss, "training loss there");
  visitor.field("trace", trace, "tr H");
  visitor.field("norm", norm, "Frobenius norm of H");
  visitor.field("ratio", ratio, "tr H over it");
}

void SpectrumPrediction::visit(FieldVisitor& visitor) {
  visitor.field("trace", trace, "sum of the stiffnesses");
  visitor.field("trace-of-square", trace_of_square, "sum of their squares");
  visitor.field("effective-rank", effective_rank, "of them");
  visitor.field("count-above", count_above, "of them");
  visitor.field("top", top, "the largest of them");
  visitor.field("absent", absent, "why there is no prediction");
}

void SpectrumResult::visit(FieldVisitor& visitor) {
  visitor.field("dimension", dimension, "D");
  visitor.field("examples", examples, "that the Hessian is over; 0: no data");
  visitor.field("points", points, "from the initial point to the optimum");
  visitor.field("parameters", parameters, "tensors that the matrix is of; null: all weights");
  visitor.field("blocks", blocks, "of tensors or layers at the optimum");
  visitor.field("zone", zone, "tr H / |H| along the ray through the initial point");
  visitor.field("prediction", prediction, "of the wedge model at an optimum");
}

}  // namespace nwedge::experiment
