#include "nwedge/experiment/hyper_parameters.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/radial_tunnel.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"
#include "nwedge/geometry/directions.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> kFactors = {"learning-rate", "batch-size", "weight-decay",
                                                      "dropout", "model"};

/// One training: its landscape (shared by its seeds) and options.
struct Variant {
  std::string factor;
  json value;
  std::shared_ptr<const Landscape> owned;     // null: the landscape under study
  std::shared_ptr<const Landscape> measured;  // on fewer examples; null: the landscape trained on
  optimize::Options training;

  const Landscape& landscape(const Input& input) const { return owned ? *owned : input.landscape; }
};

std::vector<Variant> variants_of(const HyperParameters& options, const Input& input) {
  const bool fewer = options.examples > 0 && options.examples < input.landscape.examples(Split::train);
  const auto vary = [&](const json& changes) -> std::shared_ptr<const Landscape> {
    if (!input.vary) throw Error("hyper-parameters", "cannot vary this landscape by " + changes.dump());
    return input.vary(changes);
  };
  const auto measured = [&](json changes) -> std::shared_ptr<const Landscape> {
    if (!fewer) return nullptr;
    changes["train-examples"] = options.examples;
    return vary(changes);
  };
  const std::shared_ptr<const Landscape> same = measured(json::object());
  std::vector<Variant> variants;
  const auto add_training = [&](const char* factor, const json& value) -> optimize::Options& {
    variants.push_back({factor, value, nullptr, same, input.training});
    variants.back().training.record_points = 0;
    return variants.back().training;
  };
  const auto add_landscape = [&](const char* factor, const json& value) {
    variants.push_back({factor, value, vary({{factor, value}}), measured({{factor, value}}), input.training});
    variants.back().training.record_points = 0;
  };
  std::vector<double> rates = options.learning_rates;
  if (!options.any_factor())
    for (const double factor : {0.5, 1.0, 2.0}) rates.push_back(factor * input.training.learning_rate);
  for (const double x : rates) add_training("learning-rate", x).learning_rate = x;
  for (const std::int64_t x : options.batch_sizes) add_training("batch-size", x).batch_size = x;
  for (const double x : options.weight_decays) add_training("weight-decay", x).weight_decay = x;
  for (const double x : options.dropouts) add_landscape("dropout", x);
  for (const std::string& x : options.models) add_landscape("model", x);
  return variants;
}

json to_json(const Metrics& metrics) { return {{"loss", metrics.loss}, {"accuracy", metrics.accuracy}}; }

json half_angles(const HyperParameters& options, const Landscape& landscape, const optimize::Result& run,
                 std::uint64_t seed, Monitor& monitor) {
  RadialTunnel tunnel;
  tunnel.radii = {1.0};
  tunnel.rise = options.rise;
  tunnel.level = options.level;
  tunnel.accuracy_share = options.accuracy_share;
  std::vector<std::string> criteria = {"rise", "level"};
  if (landscape.has_accuracy()) criteria.push_back("accuracy");
  json result;
  for (const std::string plane : {"origin", "initial"}) {
    const std::vector<float> base = tunnel_base(plane, run);
    if (!tunnel_plane_missing(base, run.point).empty()) {
      for (const std::string& criterion : criteria)
        result[plane][criterion] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    const double scale = distance(base, run.point);
    std::vector<TunnelExits> exits(static_cast<std::size_t>(options.directions));
    parallel_for(options.directions, [&](std::int64_t d) {
      const AffineFamily family = tunnel_plane(base, run.point, seed, static_cast<std::uint64_t>(d));
      exits[static_cast<std::size_t>(d)] =
          tunnel_exits(landscape, family, scale, criteria, true, tunnel, monitor);
    });
    for (std::size_t c = 0; c < criteria.size(); ++c) {
      std::vector<double> angles;
      angles.reserve(exits.size());
      for (const TunnelExits& e : exits) angles.push_back(e[c][0]);
      result[plane][criteria[c]] = quantile(angles, 0.5);
    }
  }
  return result;
}

/// Whether a variant is the landscape as it is studied, trained as its optima were.
bool is_own(const Variant& variant, const Input& input) {
  optimize::Options own = input.training;
  optimize::Options its = variant.training;
  own.record_points = its.record_points = 0;
  return !variant.owned && to_json_object(own) == to_json_object(its);
}

/// Trains a variant; its own optimum of that seed serves where the variant changes nothing.
optimize::Result train(const Variant& variant, const Input& input, std::uint64_t seed, Monitor& monitor) {
  if (is_own(variant, input))
    for (const optimize::Result& optimum : input.optima)
      if (optimum.seed == seed && !optimum.batch_losses.empty()) return optimum;  // trained, not given
  const Landscape& landscape = variant.landscape(input);
  return optimize::minimize(landscape, landscape.initial_point(seed), variant.training, seed, monitor);
}

json measure(const HyperParameters& options, const Variant& variant, const Input& input, std::uint64_t seed,
             Monitor& monitor) {
  const Landscape& landscape = variant.landscape(input);
  const optimize::Result run = train(variant, input, seed, monitor);
  json result = {{"factor", variant.factor}, {"value", variant.value}, {"seed", seed}};
  result["diverged"] = run.termination == optimize::Termination::diverged;
  if (result["diverged"]) return result;
  result["dimension"] = landscape.dimension();
  result["train"] = to_json(landscape.evaluate(run.point, Split::train));
  if (landscape.examples(Split::test) > 0)
    result["test"] = to_json(landscape.evaluate(run.point, Split::test));
  result["norm"] = norm(run.point);
  result["distance"] = distance(run.initial, run.point);
  result["half-angle"] =
      half_angles(options, variant.measured ? *variant.measured : landscape, run, input.seed, monitor);
  return result;
}

/// The rank correlation of a factor's value with a quantity over all its runs.
json trend(const json& runs, std::string_view factor, std::uint64_t seed,
           const std::function<double(const json&)>& quantity) {
  std::vector<double> values;
  std::vector<double> quantities;
  for (const json& run : runs) {
    if (run["factor"] != factor || run["diverged"]) continue;
    const double q = quantity(run);
    if (!std::isfinite(q)) continue;
    values.push_back(run["value"].is_number() ? run["value"].get<double>() : run["dimension"].get<double>());
    quantities.push_back(q);
  }
  const Interval r = rank_correlation(values, quantities, 0.95, 2000, seed);
  return {{"value", r.value}, {"low", r.low}, {"high", r.high}, {"runs", values.size()}};
}

}  // namespace

void HyperParameters::visit(OptionVisitor& visitor) {
  visitor.field(
      "learning-rates", learning_rates, above(0),
      "learning rates to train with; without any factor half, one and two times the landscape's own");
  visitor.field("batch-sizes", batch_sizes, at_least(1), "batch sizes to train with");
  visitor.field("weight-decays", weight_decays, at_least(0), "L2 penalties to train with");
  visitor.field("dropouts", dropouts, between(0, 0.95), "dropout shares to train with (networks)");
  visitor.field("models", models, {}, "models to train instead, such as other widths (networks)");
  visitor.field("trainings", seeds, at_least(1), "trainings of each value");
  visitor.field("directions", directions, at_least(1), "random planes through each optimum");
  visitor.field("rise", rise, above(0), "inside by `rise`: loss at most this above the optimum");
  visitor.field("level", level, above(0), "inside by `level`: loss at most this");
  visitor.field("examples", examples, at_least(0),
                "measure half-angles on this many training examples; 0: all");
  visitor.field("accuracy-share", accuracy_share, between(0, 1),
                "inside by `accuracy`: at least this share of the optimum's accuracy");
}

void HyperParameters::validate_for(const Planned& planned, std::string_view place) const {
  if (planned.training.epochs == 0 && planned.training.steps == 0)
    throw Error(place, "hyper-parameters trains again: epochs or steps of the training must be set");
  if (planned.landscape_kind != "network" && !(dropouts.empty() && models.empty()))
    throw Error(place, fmt::format("dropouts and models belong to networks, the landscape is a {}",
                                   planned.landscape_kind));
}

bool HyperParameters::any_factor() const {
  return !learning_rates.empty() || !batch_sizes.empty() || !weight_decays.empty() || !dropouts.empty() ||
         !models.empty();
}

double HyperParameters::cost(const Landscape& landscape, const optimize::Options& training,
                             std::int64_t) const {
  const auto trainings = static_cast<double>(
      seeds * static_cast<std::int64_t>((any_factor() ? learning_rates.size() : 3) + batch_sizes.size() +
                                        weight_decays.size() + dropouts.size() + models.size()));
  const double steps =
      static_cast<double>(training.total_steps(landscape)) * batch_examples(landscape, training.batch_size);
  constexpr double kExits = 2 * 25;  // planes, evaluations each
  return trainings *
         (3 * steps + static_cast<double>(directions) * kExits * examples_used(landscape, examples));
}

Record HyperParameters::run(const Input& input, Monitor& monitor) const {
  const std::vector<Variant> variants = variants_of(*this, input);
  std::vector<json> runs(variants.size() * static_cast<std::size_t>(seeds));
  parallel_for(std::ssize(runs), [&](std::int64_t i) {
    const Variant& variant = variants[static_cast<std::size_t>(i / seeds)];
    runs[static_cast<std::size_t>(i)] =
        measure(*this, variant, input, static_cast<std::uint64_t>(i % seeds), monitor);
  });
  Record record;
  record.result["runs"] = runs;
  const std::string by = input.landscape.has_accuracy() ? "accuracy" : "rise";
  for (const std::string_view factor : kFactors) {
    const bool varied =
        std::any_of(runs.begin(), runs.end(), [&](const json& run) { return run["factor"] == factor; });
    if (!varied) continue;
    json& trends = record.result["trends"][std::string(factor)];
    for (const char* quantity : {"norm", "distance"})
      trends[quantity] = trend(record.result["runs"], factor, input.seed,
                               [&](const json& run) { return number(run[quantity]); });
    trends["half-angle"] = trend(record.result["runs"], factor, input.seed,
                                 [&](const json& run) { return number(run["half-angle"]["origin"][by]); });
  }
  return record;
}

}  // namespace nwedge::experiment
