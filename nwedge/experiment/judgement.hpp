#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nwedge/core/quantity.hpp"
#include "nwedge/experiment/claim.hpp"
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// What a quantity is measured against: a number that must be there, finite and above 0, else nothing that
/// refers to it is decided.
class Yardstick {
 public:
  /// `name` reads in "… of the drop in training", "the drop in training is 0".
  Yardstick(std::string name, Quantity size) : name_(std::move(name)), size_(std::move(size)) {}
  const std::string& name() const { return name_; }
  const Quantity& size() const { return size_; }
  /// "the drop in training is -0.3: nothing can be measured against it"; empty when it will serve.
  std::string fault() const;

 private:
  std::string name_;
  Quantity size_;
};

/// One comparison of a quantity with a bound, with its 95 % interval: `met` when the whole interval keeps the
/// bound, `refuted` when none of it does, `open` when the bound lies inside it (or one measurement gives no
/// interval), `unmeasured` when quantity or yardstick are not there. `what` names the quantity in texts.
class Check {
 public:
  enum class Outcome { met, refuted, open, unmeasured };

  /// Nothing was measured of `what`, and why.
  static Check unmeasured(std::string_view what, std::string_view why);

  /// quantity <= bound, quantity >= bound, least <= quantity <= most, in the quantity's own unit, which
  /// follows the numbers ("°"). Only for bounds that need no yardstick of the landscape's own.
  static Check at_most(std::string_view what, const Quantity& quantity, double bound,
                       std::string_view unit = "");
  static Check at_least(std::string_view what, const Quantity& quantity, double bound,
                        std::string_view unit = "");
  static Check within(std::string_view what, const Quantity& quantity, double least, double most,
                      std::string_view unit = "");

  /// quantity <= share * yardstick, quantity >= share * yardstick.
  static Check at_most(std::string_view what, const Quantity& quantity, double share,
                       const Yardstick& yardstick);
  static Check at_least(std::string_view what, const Quantity& quantity, double share,
                        const Yardstick& yardstick);

  /// |measured - predicted| <= tolerance * scale: a prediction and its measurement. `scale` is what the
  /// tolerance is a share of.
  static Check agrees(std::string_view what, const Quantity& measured, const Quantity& predicted,
                      double tolerance, const Yardstick& scale);
  /// The same with the prediction as the scale: it must be above 0.
  static Check agrees(std::string_view what, const Quantity& measured, const Quantity& predicted,
                      double tolerance);

  /// measured / expected in [1 / factor, factor]; both must be above 0.
  static Check within_factor(std::string_view what, const Quantity& measured, const Quantity& expected,
                             double factor);

  /// The share of `successes` among `trials`, by Wilson's interval. No trials: unmeasured.
  static Check share_at_most(std::string_view what, std::int64_t successes, std::int64_t trials,
                             double bound);
  static Check share_at_least(std::string_view what, std::int64_t successes, std::int64_t trials,
                              double bound);

  Outcome outcome() const { return outcome_; }
  /// "barrier 0.89 ± 0.02 (5 seeds), 41 % [38, 44] of the drop"
  const std::string& text() const { return text_; }
  const std::string& reason() const { return reason_; }  ///< why it is not met

 private:
  Check(Outcome outcome, std::string text, std::string reason)
      : outcome_(outcome), text_(std::move(text)), reason_(std::move(reason)) {}
  static Check compare(std::string_view what, const Quantity& quantity, std::string text, double least,
                       double most, std::string_view unit);
  static Check share_of_yardstick(std::string_view what, const Quantity& quantity, const Yardstick& yardstick,
                                  double least, double most);
  static Check share_of_trials(std::string_view what, std::int64_t successes, std::int64_t trials,
                               double least, double most);

  Outcome outcome_;
  std::string text_;
  std::string reason_;
};

/// What is left of a criterion that holds: `reproduced` where a control fails it or there are none, an
/// `illustration` where controls pass it and none fails, else `inconclusive`; with the reason.
std::pair<Verdict, std::string> against_controls(std::span<const Control> controls);

/// Builds the one `Finding` of a claim on a landscape. The verdict, in this order:
///   inconclusive    a premise fails, or a check is unmeasured, or there is no check
///   not reproduced  a check is refuted
///   inconclusive    a check is open
///   illustration    all are met, but controls pass and none fails; or `cannot_fail` was said
///   inconclusive    all are met, but no control was decided
///   reproduced      all are met
class Judgement {
 public:
  /// `criterion`: the inequality that decides; `null`: what a landscape without the phenomenon would give.
  Judgement(std::string_view claim, const StoredRecord& record, std::string criterion, std::string null);

  /// What must hold for the experiment to have measured anything at all, such as that training lowered the
  /// loss. At least one, or the finding is inconclusive.
  Judgement& premise(const Yardstick& yardstick);
  Judgement& require(const Check& check);
  /// The same criterion on something that lacks the phenomenon.
  Judgement& control(std::string name, std::span<const Check> checks);
  Judgement& control(std::string name, const Check& check) { return control(std::move(name), {&check, 1}); }
  Judgement& predict(std::string_view text);  ///< of the model for this landscape
  Judgement& note(std::string_view text);     ///< a number that decides nothing
  Judgement& cannot_fail(std::string why);    ///< the criterion holds for anything: an illustration

  Finding finding() const;

 private:
  Finding finding_;
  std::vector<std::string> faults_;  // of premises
  std::vector<Check> checks_;
  bool has_premise_ = false;
  std::string cannot_fail_;
};

/// The verdict of checks alone, in the order that `Judgement` states.
Verdict verdict_of(std::span<const Check> checks);

}  // namespace nwedge::experiment
