#include <fmt/core.h>

#include <cmath>

#include "nwedge/experiment/directions.hpp"
#include "nwedge/experiment/judgement.hpp"

namespace nwedge::experiment {
namespace {

/// On the model: the median of a few tens of radii.
constexpr double kModelTolerance = 0.15;

/// The mean over optima of the median radius along random directions.
Quantity measured_random(const DirectionsResult& result) {
  std::vector<double> medians;
  for (const OptimumDirections& optimum : result.optima) medians.push_back(optimum.random_median);
  return mean_of(medians);
}

/// The mean over optima of what the trace predicts; missing where one trace is not positive.
Quantity predicted_random(const DirectionsResult& result) {
  std::vector<double> radii;
  for (const OptimumDirections& optimum : result.optima) {
    if (!optimum.predicted_random.present())
      return Quantity::missing(fmt::format("seed {}: {}", optimum.seed, optimum.predicted_random.reason()));
    radii.push_back(optimum.predicted_random.value);
  }
  return mean_of(radii);
}

std::string group_text(const DirectionsResult& result, const char* name, const char* words) {
  const auto found = result.groups.find(name);
  if (found == result.groups.end() || found->second.count < 1) return "";
  const DirectionGroup& group = found->second;
  if (std::isfinite(group.median)) return fmt::format("median {:.3g} along {}", group.median, words);
  return fmt::format("{} of {} {} never left", group.beyond, group.count, words);
}

void add_notes(Judgement& judgement, const DirectionsResult& result) {
  for (const auto& [name, words] : {std::pair{"long", "long directions"}, {"bottom", "most negative ones"}})
    if (const std::string text = group_text(result, name, words); !text.empty()) judgement.note(text);
  if (result.random_over_top.present())
    judgement.note("random directions over the stiffest one " + result.random_over_top.text());
}

/// The median exit radius of the model against its closed form.
Finding closed_form(const StoredRecord& record, const DirectionsResult& result) {
  const Quantity& expected = result.prediction->median;
  Judgement judgement(
      kModelClaim, record,
      fmt::format("the median exit radius along random directions, on average over optima, is "
                  "within {:.0f} % of its prediction",
                  100 * kModelTolerance),
      "");
  judgement.premise(Yardstick("the predicted exit radius", expected))
      .require(Check::agrees("exit radius along random directions", measured_random(result), expected,
                             kModelTolerance))
      .predict(fmt::format("median {} along random directions{}", expected.text(),
                           result.prediction->top.present()
                               ? ", " + result.prediction->top.text() + " along short ones"
                               : ""));
  add_notes(judgement, result);
  return judgement.finding();
}

/// Whether the exit radius measures the trace, as the model says it does on any landscape.
Finding measures_trace(const StoredRecord& record, const DirectionsResult& result, double factor) {
  const Quantity expected = predicted_random(result);
  Judgement judgement(
      "contribution-4", record,
      fmt::format("the exit radius along random directions measures the trace: its median, on average over "
                  "optima, is within a factor {} of sqrt(2 τ D / tr H)",
                  factor),
      "a loss that is not quadratic up to the threshold");
  judgement.premise(Yardstick("the exit radius that the trace predicts", expected))
      .require(Check::within_factor("exit radius along random directions", measured_random(result), expected,
                                    factor));
  if (expected.present()) judgement.predict("median " + expected.text() + " from the trace");
  add_notes(judgement, result);
  return judgement.finding();
}

}  // namespace

std::vector<Finding> Directions::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    const auto result = result_of<DirectionsResult>(record);
    if (!result.prediction && record.landscape_kind != "wedge")
      findings.push_back(measures_trace(record, result, trace_factor));
    else if (result.prediction && result.prediction->median.absent.empty())  // else: a variant without one
      findings.push_back(closed_form(record, result));
  }
  return findings;
}

void OptimumDirections::visit(FieldVisitor& visitor) {
  visitor.field("seed", seed, "of the optimum");
  visitor.field("loss", loss, "training loss at the optimum");
  visitor.field("reach", reach, "largest radius scanned");
  visitor.field("initial-distance", initial_distance, "to the initial point");
  visitor.field("optima-distances", optima_distances, "to the other optima");
  visitor.field("top", top, "largest eigenvalues of the Hessian");
  visitor.field("bottom", bottom, "smallest eigenvalues");
  visitor.field("flat", flat, "curvature of the Gauss-Newton matrix along each long direction");
  visitor.field("trace", trace, "tr H");
  visitor.field("effective-rank", effective_rank, "(tr H)^2 / tr H^2");
  visitor.field("radii", radii, "exit radii by group of directions; null: never left");
  visitor.field("random-median", random_median, "median along random directions");
  visitor.field("predicted-random", predicted_random, "from the trace");
  visitor.field("predicted-top", predicted_top, "of each top direction, from its eigenvalue");
}

void DirectionGroup::visit(FieldVisitor& visitor) {
  visitor.field("count", count, "directions");
  visitor.field("beyond", beyond, "of them never left");
  visitor.field("median", median, "exit radius; null: most never left");
  visitor.field("least", least, "exit radius");
  visitor.field("most", most, "exit radius; null: one never left");
}

void DirectionsPrediction::visit(FieldVisitor& visitor) {
  visitor.field("median", median, "exit radius along random directions");
  visitor.field("low", low, "5 % of them lie below");
  visitor.field("high", high, "5 % above");
  visitor.field("top", top, "along a short direction");
}

void DirectionsResult::visit(FieldVisitor& visitor) {
  visitor.field("dimension", dimension, "D");
  visitor.field("examples", examples, "that loss and Hessian are over; 0: no data");
  visitor.field("optima", optima, "from each optimum");
  visitor.field("groups", groups, "all optima together");
  visitor.field("random-over-top", random_over_top,
                "median random radius over that along the first eigenvector");
  visitor.field("prediction", prediction, "of the wedge model");
}

}  // namespace nwedge::experiment
