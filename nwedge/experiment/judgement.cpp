#include "nwedge/experiment/judgement.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace nwedge::experiment {
namespace {

using Outcome = Check::Outcome;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool any(std::span<const Check> checks, Outcome outcome) {
  return std::any_of(checks.begin(), checks.end(), [&](const Check& c) { return c.outcome() == outcome; });
}

void join(std::string& text, std::string_view more, std::string_view separator = "; ") {
  if (more.empty()) return;
  if (!text.empty()) text += separator;
  text += more;
}

std::string short_number(double value) {
  const double size = std::abs(value);
  return size >= 99.5 && size < 1e6 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string joined_reasons(std::span<const Check> checks, Outcome outcome) {
  std::string text;
  for (const Check& check : checks)
    if (check.outcome() == outcome) join(text, check.reason());
  return text;
}

std::string joined_texts(std::span<const Check> checks) {
  std::string text;
  for (const Check& check : checks) join(text, check.text());
  return text;
}

}  // namespace

std::string Yardstick::fault() const {
  if (!size_.present()) return fmt::format("{} is not known ({})", name_, size_.reason());
  if (size_.value > 0) return "";
  return fmt::format("{} is {}: nothing can be measured against it", name_, short_number(size_.value));
}

Check Check::unmeasured(std::string_view what, std::string_view why) {
  return {Outcome::unmeasured, fmt::format("{}: none", what), fmt::format("{}: {}", what, why)};
}

/// Whether `quantity` lies in [least, most]; `text` tells it. `unit` is for the reasons.
Check Check::compare(std::string_view what, const Quantity& quantity, std::string text, double least,
                     double most, std::string_view unit) {
  if (!quantity.present()) return unmeasured(what, quantity.reason());
  const Interval interval = quantity.interval();
  const auto bound = [&] {
    if (std::isinf(least)) return fmt::format("at most {}{}", short_number(most), unit);
    if (std::isinf(most)) return fmt::format("at least {}{}", short_number(least), unit);
    return fmt::format("from {} to {}{}", short_number(least), short_number(most), unit);
  }();
  if (std::isnan(interval.low))
    return {Outcome::open, std::move(text),
            fmt::format("{}: one measurement gives no interval (needs more {})", what,
                        quantity.over.empty() ? "seeds" : quantity.over)};
  if (interval.low >= least && interval.high <= most) return {Outcome::met, std::move(text), ""};
  const std::string found = fmt::format("{}{}", short_number(quantity.value), unit);
  if (interval.high < least || interval.low > most)
    return {Outcome::refuted, std::move(text), fmt::format("{} is {}, not {}", what, found, bound)};
  return {Outcome::open, std::move(text),
          fmt::format("{} is {}, its 95 % interval {} to {} contains the bound ({})", what, found,
                      short_number(interval.low), short_number(interval.high), bound)};
}

Check Check::within(std::string_view what, const Quantity& quantity, double least, double most,
                    std::string_view unit) {
  return compare(what, quantity, fmt::format("{} {}{}", what, quantity.text(), unit), least, most, unit);
}
Check Check::at_most(std::string_view what, const Quantity& quantity, double bound, std::string_view unit) {
  return within(what, quantity, -kInfinity, bound, unit);
}
Check Check::at_least(std::string_view what, const Quantity& quantity, double bound, std::string_view unit) {
  return within(what, quantity, bound, kInfinity, unit);
}

/// A share of a yardstick between two bounds.
Check Check::share_of_yardstick(std::string_view what, const Quantity& quantity, const Yardstick& yardstick,
                                double least, double most) {
  if (!yardstick.fault().empty()) return unmeasured(what, yardstick.fault());
  Quantity share = ratio(quantity, yardstick.size());
  if (!share.present()) return unmeasured(what, share.reason());
  share.value *= 100;
  share.standard_error *= 100;
  const Interval interval = share.interval();
  const std::string range =
      interval.low < interval.high
          ? fmt::format(" [{}, {}]", short_number(interval.low), short_number(interval.high))
          : "";
  return compare(what, share,
                 fmt::format("{} {}, {} %{} of {}", what, quantity.text(), short_number(share.value), range,
                             yardstick.name()),
                 100 * least, 100 * most, fmt::format(" % of {}", yardstick.name()));
}

Check Check::at_most(std::string_view what, const Quantity& quantity, double share,
                     const Yardstick& yardstick) {
  return share_of_yardstick(what, quantity, yardstick, -kInfinity, share);
}
Check Check::at_least(std::string_view what, const Quantity& quantity, double share,
                      const Yardstick& yardstick) {
  return share_of_yardstick(what, quantity, yardstick, share, kInfinity);
}

Check Check::agrees(std::string_view what, const Quantity& measured, const Quantity& predicted,
                    double tolerance, const Yardstick& scale) {
  if (!predicted.present()) return unmeasured(what, "no prediction: " + predicted.reason());
  if (!scale.fault().empty()) return unmeasured(what, scale.fault());
  const Quantity off = difference(measured, predicted);
  const double allowed = tolerance * scale.size().value;
  return compare(fmt::format("{}, measured less predicted,", what), off,
                 fmt::format("{} {} (predicted {})", what, measured.text(), predicted.text()), -allowed,
                 allowed, "");
}
Check Check::agrees(std::string_view what, const Quantity& measured, const Quantity& predicted,
                    double tolerance) {
  return agrees(what, measured, predicted, tolerance,
                Yardstick(fmt::format("the predicted {}", what), predicted));
}

Check Check::within_factor(std::string_view what, const Quantity& measured, const Quantity& expected,
                           double factor) {
  for (const auto& [name, quantity] :
       {std::pair{std::string(what), &measured}, {fmt::format("what {} is compared with", what), &expected}})
    if (const std::string fault = Yardstick(name, *quantity).fault(); !fault.empty())
      return unmeasured(what, fault);
  const Quantity by = ratio(measured, expected);
  return compare(fmt::format("{} over what is expected", what), by,
                 fmt::format("{} {}, {} times the expected {}", what, measured.text(), short_number(by.value),
                             expected.text()),
                 1 / factor, factor, "");
}

/// Wilson's interval stands for the error, so it is compared end by end.
Check Check::share_of_trials(std::string_view what, std::int64_t successes, std::int64_t trials, double least,
                             double most) {
  if (trials < 1 || successes < 0 || successes > trials)
    return unmeasured(what, fmt::format("{} of {} says nothing", successes, trials));
  const Interval interval = proportion(successes, trials);
  const double middle = (interval.low + interval.high) / 2;
  // A quantity whose interval is Wilson's: exact normal half-width.
  constexpr double kNormal = 1.959963984540054;
  const Quantity share =
      Quantity::estimate(middle, (interval.high - interval.low) / 2 / kNormal, 0, "trials");
  return compare(what, share,
                 fmt::format("{} {} of {} (95 % interval {:.2g} to {:.2g})", what, successes, trials,
                             interval.low, interval.high),
                 least, most, "");
}

Check Check::share_at_most(std::string_view what, std::int64_t successes, std::int64_t trials, double bound) {
  return share_of_trials(what, successes, trials, -kInfinity, bound);
}
Check Check::share_at_least(std::string_view what, std::int64_t successes, std::int64_t trials,
                            double bound) {
  return share_of_trials(what, successes, trials, bound, kInfinity);
}

Verdict verdict_of(std::span<const Check> checks) {
  if (checks.empty() || any(checks, Outcome::unmeasured)) return Verdict::inconclusive;
  if (any(checks, Outcome::refuted)) return Verdict::not_reproduced;
  return any(checks, Outcome::open) ? Verdict::inconclusive : Verdict::reproduced;
}

std::pair<Verdict, std::string> against_controls(std::span<const Control> controls) {
  const auto any = [&](auto holds) { return std::any_of(controls.begin(), controls.end(), holds); };
  if (controls.empty() || any([](const Control& control) { return control.fails(); }))
    return {Verdict::reproduced, ""};
  if (any([](const Control& control) { return control.verdict != Verdict::inconclusive; }))
    return {Verdict::illustration, "no control fails the criterion, so that it holds is no evidence"};
  return {Verdict::inconclusive, "no control was decided"};
}

Judgement::Judgement(std::string_view claim, const StoredRecord& record, std::string criterion,
                     std::string null) {
  finding_.claim = claim;
  finding_.landscape = record.landscape;
  finding_.experiment = record.experiment;
  finding_.criterion = std::move(criterion);
  finding_.null = std::move(null);
  finding_.on_control = record.control;
}

Judgement& Judgement::premise(const Yardstick& yardstick) {
  has_premise_ = true;
  if (std::string fault = yardstick.fault(); !fault.empty()) faults_.push_back(std::move(fault));
  return *this;
}
Judgement& Judgement::require(const Check& check) {
  checks_.push_back(check);
  join(finding_.measurement, check.text());
  return *this;
}
Judgement& Judgement::control(std::string name, std::span<const Check> checks) {
  finding_.controls.push_back({std::move(name), joined_texts(checks), verdict_of(checks)});
  return *this;
}
Judgement& Judgement::predict(std::string_view text) {
  join(finding_.prediction, text);
  return *this;
}
Judgement& Judgement::note(std::string_view text) {
  join(finding_.measurement, text);
  return *this;
}
Judgement& Judgement::cannot_fail(std::string why) {
  cannot_fail_ = std::move(why);
  return *this;
}

Finding Judgement::finding() const {
  Finding finding = finding_;
  finding.verdict = Verdict::inconclusive;
  if (!has_premise_) {
    finding.reason = "nothing says that there was anything to measure";
    return finding;
  }
  if (!faults_.empty()) {
    for (const std::string& fault : faults_) join(finding.reason, fault);
    return finding;
  }
  if (checks_.empty()) {
    finding.reason = "nothing that decides was measured";
    return finding;
  }
  finding.verdict = verdict_of(checks_);
  const bool lacking = any(checks_, Outcome::unmeasured);
  if (finding.verdict == Verdict::not_reproduced) {
    finding.reason = joined_reasons(checks_, Outcome::refuted);
  } else if (finding.verdict == Verdict::inconclusive) {
    finding.reason = joined_reasons(checks_, lacking ? Outcome::unmeasured : Outcome::open);
  } else if (!cannot_fail_.empty()) {
    finding.verdict = Verdict::illustration;
    finding.reason = cannot_fail_;
  } else {
    std::tie(finding.verdict, finding.reason) = against_controls(finding.controls);
  }
  return finding;
}

std::vector<Finding> Experiment::judge(std::span<const StoredRecord> records) const {
  std::vector<StoredRecord> finished;
  for (const StoredRecord& record : records)
    if (record.failure.empty()) finished.push_back(record);
  if (records.empty()) return {};
  std::string reason = finished.empty() ? records.front().failure : "";
  if (!finished.empty()) try {
      std::vector<Finding> findings = do_judge(finished);
      for (Finding& finding : findings) finding.on_control = records.front().control;
      return findings;
    } catch (const std::exception& error) {
      reason = error.what();
    }
  if (claim().empty()) return {};
  Finding finding = Judgement(claim(), records.front(), "", "").finding();
  finding.reason = reason;
  return {finding};
}

}  // namespace nwedge::experiment
