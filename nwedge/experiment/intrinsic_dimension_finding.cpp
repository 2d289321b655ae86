#include <fmt/core.h>

#include <cmath>

#include "nwedge/experiment/intrinsic_dimension.hpp"
#include "nwedge/experiment/judgement.hpp"

namespace nwedge::experiment {
namespace {

/// On the model: each estimator has its own noise, and the sections stop at a target loss.
constexpr double kModelTolerance = 0.2;

struct Estimator {
  const char* name;
  const char* words;
};
constexpr Estimator kEstimators[] = {{"sections", "random sections"},
                                     {"hessian", "effective dimension of the Hessian"},
                                     {"gauss-newton", "effective dimension of the Gauss-Newton matrix"},
                                     {"exit", "exit radii"},
                                     {"rank", "effective rank"},
                                     {"count", "large eigenvalues"}};

std::string_view words_of(std::string_view name) {
  for (const Estimator& estimator : kEstimators)
    if (name == estimator.name) return estimator.words;
  return name;
}

bool known(const std::optional<Quantity>& quantity) { return quantity && quantity->present(); }

std::string intervals_of(const IntrinsicDimensionResult& result) {
  std::string text;
  for (const OptimumDimension& optimum : result.optima)
    if (optimum.reaching)
      text += fmt::format("{}{} in [{}, {}]", text.empty() ? "" : ", ", *optimum.reaching, optimum.failing,
                          *optimum.reaching);
  return text;
}

/// "loss above the optimum's that the sections leave: 0.26, 0.27; ..."
std::string excess_note(const IntrinsicDimensionResult& result) {
  std::string left;
  for (const OptimumDimension& optimum : result.optima) {
    if (!optimum.reaching) continue;
    for (const SectionLoss& section : optimum.sections)
      if (section.d == *optimum.reaching && section.hessian && std::isfinite(*section.hessian))
        left += fmt::format("{}{:.2g} measured, {:.2g} predicted", left.empty() ? "" : "; ", optimum.excess,
                            *section.hessian - optimum.loss);
  }
  return left;
}

const Quantity& sections_of(const IntrinsicDimensionResult& result) {
  static const Quantity none = Quantity::missing("not recorded");
  const auto found = result.estimates.find("sections");
  return found == result.estimates.end() ? none : found->second;
}

Finding agreement(const StoredRecord& record, const IntrinsicDimensionResult& result, double factor) {
  const Quantity& sections = sections_of(result);
  Judgement judgement(
      "contribution-4", record,
      fmt::format("every estimator's mean over optima is within a factor {} of the least dimension of a "
                  "random section that reaches the target",
                  factor),
      "numbers that measure different things: nothing holds them within a factor of one another");
  judgement.premise(Yardstick("the drop in training", result.drop))
      .premise(Yardstick("the least dimension of random sections", sections));
  for (const Estimator& estimator : kEstimators)
    if (const auto found = result.estimates.find(estimator.name);
        found != result.estimates.end() && &found->second != &sections)
      judgement.require(Check::within_factor(estimator.words, found->second, sections, factor));
  if (const std::string text = intervals_of(result); !text.empty())
    judgement.note("random sections: " + text);
  if (const std::string text = excess_note(result); !text.empty())
    judgement.note("loss that those sections leave above the optimum's: " + text +
                   " by the Hessian's quadratic well");
  if (known(result.short_directions))
    judgement.predict(fmt::format("{} by every estimator", result.short_directions->value));
  return judgement.finding();
}

/// The model has one answer for all estimators.
Finding closed_form(const StoredRecord& record, const IntrinsicDimensionResult& result) {
  const Quantity& expected = *result.short_directions;
  Judgement judgement(
      kModelClaim, record,
      fmt::format("the mean of every estimator is within {:.0f} % of the number of short directions",
                  100 * kModelTolerance),
      "");
  judgement.premise(Yardstick("the number of short directions", expected))
      .predict(fmt::format("{} by every estimator", expected.value));
  for (const auto& [name, estimate] : result.estimates)
    judgement.require(Check::agrees(words_of(name), estimate, expected, kModelTolerance));
  return judgement.finding();
}

}  // namespace

std::vector<Finding> IntrinsicDimension::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    const auto result = result_of<IntrinsicDimensionResult>(record);
    findings.push_back(agreement(record, result, factor));
    if (known(result.short_directions)) findings.push_back(closed_form(record, result));
  }
  return findings;
}

void SectionLoss::visit(FieldVisitor& visitor) {
  visitor.field("d", d, "dimension of the sections");
  visitor.field("measured", measured, "lowest training loss found, mean over the sections");
  visitor.field("hessian", hessian, "that of the quadratic well of the Hessian");
  visitor.field("gauss-newton", gauss_newton, "that of the Gauss-Newton matrix, where there is one");
}

void OptimumDimension::visit(FieldVisitor& visitor) {
  visitor.field("seed", seed, "of the optimum");
  visitor.field("initial-loss", initial_loss, "training loss at the initial point");
  visitor.field("loss", loss, "training loss at the optimum");
  visitor.field("distance", distance, "of the optimum from the initial point");
  visitor.field("failing", failing, "largest d tried below `reaching` that misses the target; 0: none");
  visitor.field("reaching", reaching, "least d tried that reaches it; null: none");
  visitor.field("excess", excess, "loss at `reaching` above the optimum's");
  visitor.field("exit-radius", exit_radius, "median along random directions; null: most never leave");
  visitor.field("stiffness", stiffness, "tr H^2 / tr H");
  visitor.field("estimates", estimates, "dimension by each estimator, its error over probes");
  visitor.field("sections", sections, "the losses of every d that was tried");
}

void IntrinsicDimensionResult::visit(FieldVisitor& visitor) {
  visitor.field("dimension", dimension, "D");
  visitor.field("examples", examples, "that the Hessians are over; 0: no data");
  visitor.field("optima", optima, "the estimates at each optimum");
  visitor.field("drop", drop, "initial less final training loss");
  visitor.field("estimates", estimates, "means over optima; a number that is not above 0 makes none");
  visitor.field("short-directions", short_directions, "s, which all should give (wedge model)");
}

}  // namespace nwedge::experiment
