#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/ensemble.hpp"
#include "nwedge/experiment/ensemble_result.hpp"
#include "nwedge/experiment/judgement.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/// An average of weights has found the low-loss set when its loss is no further above the optima's than this
/// share of the drop.
constexpr double kLowShare = 0.1;
/// A barrier of this share of the drop is a wall, as between the optima of observation 3.
constexpr double kWallShare = 0.1;
/// Losses of single members and of averages on the model, as shares of their predictions: a few chi-square
/// variables of s and of more degrees of freedom.
constexpr double kSingleTolerance = 0.3;
constexpr double kAverageTolerance = 0.5;
constexpr double kSwitchTolerance = 0.3;

using Sets = std::vector<const SetResult*>;

/// Mean over starts of a quantity of the sets that went on from each. Its error is that over starts and, as
/// all share the test examples, that over examples.
Quantity over_starts(const Sets& sets, Quantity SetResult::*number) {
  std::map<std::int64_t, std::vector<double>> starts;
  std::vector<double> errors;
  for (const SetResult* set : sets) {
    const Quantity& one = set->*number;
    const bool whole = set->start_seed && set->largest_barrier && std::isfinite(*set->largest_barrier);
    if (!whole || !one.present())
      return Quantity::missing("a set has no " + std::string(whole ? "gain" : "barrier"));
    starts[*set->start_seed].push_back(one.value);
    if (std::isfinite(one.standard_error)) errors.push_back(one.standard_error);
  }
  std::vector<double> means;
  for (const auto& [start, values] : starts) means.push_back(spread_of(values).mean);
  Quantity mean = mean_of(means, "starts");
  if (!errors.empty()) mean.standard_error = std::hypot(mean.standard_error, spread_of(errors).mean);
  return mean;
}

/// Mean over independent sets.
Quantity over_draws(const Sets& sets, Quantity SetResult::*number) {
  std::vector<double> values;
  for (const SetResult* set : sets) values.push_back((set->*number).present() ? (set->*number).value : kNan);
  return mean_of(values, "pairs of points");
}

/// The sets of one record by what stands between their members.
struct Groups {
  Sets shared;  // no barrier to speak of
  Sets walled;
  Sets between;
  std::int64_t lost = 0;
  const SetResult* seeds = nullptr;
  const SetResult* given = nullptr;
  Sets random;
};

Groups group(const EnsembleResult& result, double same_wedge_share) {
  Groups groups;
  const double drop = result.drop.value;
  for (const SetResult& set : result.sets) {
    if (set.kind == "seeds") groups.seeds = &set;
    if (set.kind == "given") groups.given = &set;
    if (set.kind == "random") groups.random.push_back(&set);
    if (!goes_on(set) || set.members < 2) continue;
    const double barrier = set.largest_barrier.value_or(kNan);
    if (set.lost)
      ++groups.lost;
    else if (!(barrier > same_wedge_share * drop))  // one that is not a number spoils the mean
      groups.shared.push_back(&set);
    else
      (barrier >= kWallShare * drop ? groups.walled : groups.between).push_back(&set);
  }
  return groups;
}

std::vector<Check> averaging_works(const Quantity& test_gain, const Quantity& excess, const Yardstick& drop,
                                   std::string_view whose = "") {
  return {Check::at_least(fmt::format("gain on the test split{}", whose), test_gain, 0),
          Check::at_most("loss of the average above the optima's", excess, kLowShare, drop)};
}

/// What the average of weights does within a wedge, and what both averages do across a wall.
void require_claim(Judgement& judgement, const Groups& groups, const EnsembleResult& result) {
  const Yardstick drop("the drop in training", result.drop);
  if (groups.shared.empty()) {
    judgement.require(Check::unmeasured("sets without a barrier", "there is none"));
  } else {
    const std::string whose = fmt::format(" of {} sets without a barrier", groups.shared.size());
    for (const Check& check : averaging_works(over_starts(groups.shared, &SetResult::test_gain),
                                              over_starts(groups.shared, &SetResult::excess), drop, whose))
      judgement.require(check);
  }
  if (groups.seeds == nullptr || groups.seeds->members < 2) {
    judgement.require(Check::unmeasured("independent seeds", groups.given == nullptr
                                                                 ? "fewer than two"
                                                                 : "whether given weights are independent is "
                                                                   "not known"));
    return;
  }
  judgement.require(Check::at_most("gain of averaging independent seeds", groups.seeds->test_gain, 0));
  if (!groups.walled.empty())
    judgement.require(
        Check::at_most("gain across a wall", over_starts(groups.walled, &SetResult::test_gain), 0));
  if (!groups.seeds->prediction_average) return;
  if (groups.walled.empty()) {
    judgement.require(
        Check::at_least("accuracy gained by averaging their predictions", groups.seeds->prediction_gain, 0));
    return;
  }
  judgement
      .require(Check::at_least("accuracy gained there by averaging predictions",
                               over_starts(groups.walled, &SetResult::prediction_gain), 0))
      .note("accuracy gained by averaging the predictions of seeds " + groups.seeds->prediction_gain.text(2));
}

void add_controls(Judgement& judgement, const Groups& groups, const Yardstick& drop) {
  if (!groups.random.empty())
    judgement.control("random points of the same norms",
                      averaging_works(over_draws(groups.random, &SetResult::test_gain),
                                      over_draws(groups.random, &SetResult::excess), drop));
  if (groups.seeds != nullptr && groups.seeds->members >= 2)
    judgement.control("independent seeds",
                      averaging_works(groups.seeds->test_gain, groups.seeds->excess, drop));
}

/// Losses, or accuracies where there are any, of a set of given weights.
std::string describe(const SetResult& set) {
  if (set.members < 2) return fmt::format("{} given weights are finite", set.members);
  const auto split = [](const BothSplits& one) { return one.test.value_or(one.train); };
  std::vector<std::string> members;
  for (const BothSplits& member : set.member_metrics)
    members.push_back(fmt::format("{:.4g} ({:.1f} %)", split(member).loss, 100 * split(member).accuracy));
  std::string text = fmt::format(
      "given weights on the {} split, loss and accuracy: members {}; average of weights {:.4g} ({:.1f} %)",
      set.single->test ? "test" : "training", fmt::join(members, ", "), split(*set.weight_average).loss,
      100 * split(*set.weight_average).accuracy);
  if (set.prediction_average)
    text += fmt::format("; average of predictions {:.4g} ({:.1f} %)", set.prediction_average->loss,
                        100 * set.prediction_average->accuracy);
  return text + fmt::format("; largest barrier {:.3g}", set.largest_barrier.value_or(kNan));
}

Finding claim_of(const StoredRecord& record, const EnsembleResult& result, double share) {
  const Yardstick drop("the drop in training", result.drop);
  Judgement judgement(
      "contribution-5", record,
      fmt::format(
          "sets of snapshots whose largest barrier is at most {:.2g} % of the drop: the average of their "
          "weights beats its members on the test split and lies within {:.0f} % of the drop of the "
          "optima; independent seeds, and sets with a barrier of {:.0f} % or more: it loses, while "
          "averaged predictions gain accuracy",
          100 * share, 100 * kLowShare, 100 * kWallShare),
      "one convex basin, in which the average of independent seeds is as good as that of snapshots; random "
      "points, "
      "whose average is no optimum");
  judgement.premise(drop);
  const Groups groups = group(result, share);
  if (groups.given != nullptr) judgement.note(describe(*groups.given));
  if (!result.trained && !result.continued) {
    judgement.require(Check::unmeasured(
        "snapshots",
        "nothing was trained from weights that were given (--continue does), so only they are "
        "compared"));
    return judgement.finding();
  }
  require_claim(judgement, groups, result);
  add_controls(judgement, groups, drop);
  if (!groups.between.empty())
    judgement.note(
        fmt::format("{} sets with a barrier between both bounds decide nothing", groups.between.size()));
  if (groups.lost > 0) judgement.note(fmt::format("{} sets were lost", groups.lost));
  if (result.rank_correlation.present())
    judgement.note("rank correlation of largest barrier and gain " + result.rank_correlation.text(2));
  return judgement.finding();
}

/// Sets of one kind and height, over starts, beside what the model says of them.
struct Family {
  std::string name;
  Sets sets;
};

std::vector<Family> families_of(const EnsembleResult& result) {
  std::vector<Family> families;
  for (const SetResult& set : result.sets) {
    if (set.lost || !set.prediction || set.members < 1) continue;
    const std::string name = set.height ? fmt::format("{} {:.3g}", set.kind, *set.height) : set.kind;
    const auto found =
        std::find_if(families.begin(), families.end(), [&](const Family& one) { return one.name == name; });
    if (found != families.end())
      found->sets.push_back(&set);
    else
      families.push_back({name, {&set}});
  }
  return families;
}

/// A mean loss of a family with the error that the model gives it, `units` energies in all.
Check agrees(const Family& family, std::string_view what, bool average, double units, double tolerance) {
  std::vector<double> measured;
  for (const SetResult* set : family.sets)
    measured.push_back(!set->single ? kNan : (average ? set->weight_average : set->single)->train.loss);
  const SetPrediction& first = *family.sets.front()->prediction;
  const Quantity& predicted = average ? first.weight_average_loss : first.single_loss;
  const double error = first.relative_deviation * predicted.value / std::sqrt(units);
  Quantity mean = mean_of(measured);
  if (mean.present()) mean = Quantity::estimate(mean.value, error, 0, "");
  return Check::agrees(fmt::format("{} {}", family.name, what), mean, predicted, tolerance);
}

Check switches(const Family& family) {
  double kicks = 0;
  double switched = 0;
  for (const SetResult* set : family.sets) {
    kicks += static_cast<double>(set->members);
    switched += static_cast<double>(set->members) * set->switched_share.value_or(kNan);
  }
  const Quantity& predicted = family.sets.front()->prediction->switch_probability;
  const Yardstick all("all kicks", kicks > 0 ? Quantity::exact(1) : Quantity::exact(0));
  const double error = std::sqrt(predicted.value * (1 - predicted.value) / kicks);
  return Check::agrees(family.name + " switched", Quantity::estimate(switched / kicks, error, 0, ""),
                       predicted, kSwitchTolerance, all);
}

/// A prediction that is missing without a reason leaves its check unmeasured.
std::vector<Check> closed_forms(const EnsembleResult& result) {
  std::vector<Check> checks;
  for (const Family& family : families_of(result)) {
    const SetPrediction& predicted = *family.sets.front()->prediction;
    const auto sets = static_cast<double>(family.sets.size());
    double members = 0;
    for (const SetResult* set : family.sets) members += static_cast<double>(set->members);
    if (predicted.single_loss.absent.empty())
      checks.push_back(agrees(family, "single", false, members, kSingleTolerance));
    if (predicted.weight_average_loss.absent.empty())
      checks.push_back(agrees(family, "average", true, sets, kAverageTolerance));
    if (predicted.switch_probability.absent.empty()) checks.push_back(switches(family));
  }
  return checks;
}

}  // namespace

std::vector<Finding> Ensemble::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    const auto result = result_of<EnsembleResult>(record);
    findings.push_back(claim_of(record, result, same_wedge_share));
    const std::vector<Check> checks = closed_forms(result);
    if (checks.empty()) continue;
    Judgement model(
        kModelClaim, record,
        fmt::format("losses of single iterates within {:.0f} %, of averages within {:.0f} % of the "
                    "model's, and the share of kicks that change wedges within {:.1f} of its "
                    "probability",
                    100 * kSingleTolerance, 100 * kAverageTolerance, kSwitchTolerance),
        "");
    model.premise(Yardstick("the drop in training", result.drop));
    for (const Check& check : checks) model.require(check);
    findings.push_back(model.finding());
  }
  return findings;
}

}  // namespace nwedge::experiment
