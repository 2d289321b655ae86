#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "nwedge/core/random.hpp"
#include "nwedge/core/rank_test.hpp"
#include "nwedge/experiment/hyper_parameters.hpp"
#include "nwedge/experiment/judgement.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kSeeds = 3;    // fewer give no interval worth the name
constexpr std::int64_t kFactors = 2;  // that must show a trend before any can be alike

using ReadRun = std::function<double(const FactorRun&)>;

double angle_of(const FactorRun& run, const std::string& plane, const std::string& measure) {
  const auto found = run.half_angle.find(plane);
  if (found == run.half_angle.end()) return kNan;
  const auto own = found->second.find(measure);
  return own == found->second.end() ? kNan : own->second;
}

std::set<std::string> factors_of(const HyperParametersResult& result) {
  std::set<std::string> factors;
  for (const FactorRun& run : result.runs) factors.insert(run.factor);
  return factors;
}

/// Those that count.
std::vector<const FactorRun*> runs_of(const HyperParametersResult& result, const std::string& factor) {
  std::vector<const FactorRun*> runs;
  for (const FactorRun& run : result.runs)
    if (run.factor == factor && run.trained) runs.push_back(&run);
  return runs;
}

/// Columns of the runs of one trend.
struct Columns {
  std::vector<double> level;
  std::vector<double> quantity;
  std::vector<std::int64_t> block;

  RankTest test(bool within_blocks, std::uint64_t seed) const {
    const std::vector<std::int64_t> one(block.size(), 0);
    return rank_test(level, quantity, within_blocks ? block : one, seed);
  }
};

/// Mean over blocks of the rank correlation within each.
Quantity mean_within(const Columns& columns) {
  std::vector<double> correlations;
  for (const std::int64_t block : std::set<std::int64_t>(columns.block.begin(), columns.block.end())) {
    std::vector<double> x;
    std::vector<double> y;
    for (std::size_t i = 0; i < columns.block.size(); ++i)
      if (columns.block[i] == block) {
        x.push_back(columns.level[i]);
        y.push_back(columns.quantity[i]);
      }
    correlations.push_back(rank_test(x, y, std::vector<std::int64_t>(x.size(), 0)).correlation);
  }
  return mean_of(correlations);
}

/// Exchanged within seeds where so many arrangements can reach `needed`.
Trend trend_of(const Columns& columns, double needed, std::uint64_t seed) {
  Trend trend;
  RankTest test = columns.test(true, seed);
  trend.exchanged = "within seeds";
  if (!(test.least_p_value() <= needed)) {
    test = columns.test(false, seed);
    trend.exchanged = "over all runs";
  }
  trend.within = mean_within(columns);
  trend.correlation = test.correlation;
  trend.p_value = test.p_value;
  trend.adjusted = test.p_value;
  trend.arrangements = test.arrangements;
  trend.exact = test.exact;
  trend.runs = std::ssize(columns.level);
  return trend;
}

Trend factor_trend(const std::vector<const FactorRun*>& runs, double needed, std::uint64_t seed,
                   const ReadRun& read) {
  Columns columns;
  for (const FactorRun* run : runs) {
    columns.level.push_back(run->level);
    columns.quantity.push_back(read(*run));
    columns.block.push_back(run->seed);
  }
  return trend_of(columns, needed, seed);
}

/// Corrects the p-values of one plane over factors and measures.
void correct(std::map<std::string, AngleTrends>& all, const std::string& plane) {
  std::vector<Trend*> family;
  for (auto& [factor, trends] : all)
    for (auto& [measure, trend] : trends[plane]) family.push_back(&trend);
  std::vector<double> p_values;
  for (const Trend* trend : family) p_values.push_back(trend->p_value);
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t i = 0; i < family.size(); ++i) family[i]->adjusted = adjusted[i];
}

std::set<std::string> measures_of(const HyperParametersResult& result) {
  std::set<std::string> measures;
  for (const FactorRun& run : result.runs)
    if (const auto plane = run.half_angle.find("origin"); plane != run.half_angle.end())
      for (const auto& [measure, angle] : plane->second) measures.insert(measure);
  return measures;
}

/// The trends of all half-angles, corrected.
std::map<std::string, AngleTrends> angle_trends(const HyperParametersResult& result, double needed,
                                                std::uint64_t seed) {
  std::map<std::string, AngleTrends> all;
  for (const std::string plane : {"origin", "initial"}) {
    for (const std::string& factor : factors_of(result))
      for (const std::string& measure : measures_of(result))
        all[factor][plane][measure] =
            factor_trend(runs_of(result, factor), needed, seed,
                         [&](const FactorRun& run) { return angle_of(run, plane, measure); });
    correct(all, plane);
  }
  return all;
}

/// The same runs with the levels of each factor dealt out at random.
HyperParametersResult with_shuffled_levels(HyperParametersResult result, std::uint64_t seed) {
  RandomStream stream(seed, "shuffled levels", 0);
  for (const std::string& factor : factors_of(result)) {
    std::vector<FactorRun*> runs;
    for (FactorRun& run : result.runs)
      if (run.factor == factor && run.trained) runs.push_back(&run);
    for (std::size_t k = runs.size(); k > 1; --k)
      std::swap(runs[k - 1]->level, runs[static_cast<std::size_t>(stream.below(k))]->level);
  }
  return result;
}

const char* name_of(const std::string& factor) {
  if (factor == "learning-rate") return "learning rate";
  if (factor == "batch-size") return "1 / batch size";
  if (factor == "weight-decay") return "L2";
  return factor == "model" ? "width" : "dropout";
}

/// The factors whose trend is significant, by sign, and what is in the way of an answer.
struct Signs {
  std::vector<std::string> widening;
  std::vector<std::string> narrowing;
  std::int64_t tested = 0;
  std::string fault;

  std::int64_t significant() const { return std::ssize(widening) + std::ssize(narrowing); }
  std::string text() const {
    std::string words;
    for (const std::string& factor : widening) words += (words.empty() ? "" : ", ") + factor + " +";
    for (const std::string& factor : narrowing) words += (words.empty() ? "" : ", ") + factor + " −";
    return words.empty() ? "none" : words;
  }
};

bool is_p_value(double p) { return p > 0 && p <= 1; }

std::map<std::string, AngleTrends> angles_of(const HyperParametersResult& result) {
  std::map<std::string, AngleTrends> angles;
  for (const auto& [factor, trends] : result.trends) angles[factor] = trends.half_angle;
  return angles;
}

Signs signs_of(const std::map<std::string, AngleTrends>& all, const std::string& plane,
               const std::string& measure) {
  Signs signs;
  for (const auto& [factor, trends] : all) {
    const auto on_plane = trends.find(plane);
    const bool there = on_plane != trends.end() && on_plane->second.contains(measure);
    const Trend trend = there ? on_plane->second.at(measure) : Trend{};
    const std::string name = name_of(factor);
    if (!there || !is_p_value(trend.adjusted) || !std::isfinite(trend.correlation)) {
      signs.fault =
          fmt::format("the trend with {} is not known (its half-angles are equal, or missing)", name);
      continue;
    }
    ++signs.tested;
    if (!trend.within.present()) {
      signs.fault =
          fmt::format("the trend with {} within seeds is not known: {}", name, trend.within.reason());
      continue;
    }
    if (trend.within.count < kSeeds) {
      signs.fault = fmt::format("{} has {} trainings of a value, needs {}", name, trend.within.count, kSeeds);
      continue;
    }
    if (trend.adjusted > kSignificance || trend.correlation == 0) continue;
    (trend.correlation > 0 ? signs.widening : signs.narrowing).push_back(name);
  }
  return signs;
}

/// How many of the significant trends have the rarer sign; nothing while there are fewer than two.
Check sign_check(const Signs& signs, const std::string& by) {
  const std::string few = fmt::format("by {}, two significant trends", by);
  if (!signs.fault.empty()) return Check::unmeasured(few, signs.fault);
  const auto opposite = std::min(std::ssize(signs.widening), std::ssize(signs.narrowing));
  if (opposite == 0 && signs.significant() < kFactors)
    return Check::unmeasured(
        few, fmt::format("{} of {} factors ({})", signs.significant(), signs.tested, signs.text()));
  return Check::at_most(fmt::format("by {}, significant trends against the other sign", by),
                        Quantity::exact(static_cast<double>(opposite)), 0);
}

/// One line on every factor's trend.
std::string trends_text(const HyperParametersResult& result, const std::string& plane,
                        const std::string& measure) {
  std::string text;
  for (const auto& [factor, trends] : result.trends) {
    const auto on_plane = trends.half_angle.find(plane);
    if (on_plane == trends.half_angle.end() || !on_plane->second.contains(measure)) continue;
    const Trend& trend = on_plane->second.at(measure);
    if (!std::isfinite(trend.correlation) || !is_p_value(trend.adjusted)) continue;
    const Interval interval = trend.within.interval();
    text += fmt::format("{}{} {:+.2f}", text.empty() ? "" : ", ", name_of(factor),
                        std::isfinite(interval.value) ? interval.value : trend.correlation);
    if (interval.low < interval.high)
      text += fmt::format(" [{:.2f}, {:.2f}]", std::max(-1.0, interval.low), std::min(1.0, interval.high));
    text += fmt::format(" (p = {:.2g})", trend.adjusted);
  }
  return text;
}

std::string unmatched_text(const HyperParametersResult& result) {
  std::string factors;
  for (const auto& [factor, trends] : result.trends)
    if (!trends.matched) factors += fmt::format("{}{}", factors.empty() ? "" : ", ", name_of(factor));
  return factors.empty() ? "all at matched training loss"
                         : fmt::format("not at matched training loss: {}", factors);
}

/// The criterion where no trend can be: on levels dealt out at random.
Check shuffled_check(const HyperParametersResult& result, const std::string& measure) {
  const std::string what = "significant trends with shuffled levels";
  const Signs signs = signs_of(result.shuffled, "origin", measure);
  if (!signs.fault.empty()) return Check::unmeasured(what, signs.fault);
  return Check::at_least(what, Quantity::exact(static_cast<double>(signs.significant())), kFactors);
}

Finding measure_finding(const StoredRecord& record, const HyperParametersResult& result,
                        const std::string& measure) {
  const std::string by = measure == "temperature" ? "loss after the best temperature" : measure;
  Judgement judgement(
      "hyper-parameters", record,
      fmt::format("by {}: of the factors' trends of the half-angle on planes through the origin at least {} "
                  "are significant (exact permutation tests, Holm's correction over factors and measures, 5 "
                  "%) and all those have one sign; batch size counts by its inverse",
                  by, kFactors),
      "no factor changes the half-angle: any trend is significant with a probability of at most 5 %");
  judgement.premise(Yardstick("the drop in training", result.drop));
  const Signs signs = signs_of(angles_of(result), "origin", measure);
  judgement.require(sign_check(signs, by));
  const Check shuffled = shuffled_check(result, measure);
  judgement.control("levels shuffled among the trainings, by " + measure, shuffled);
  if (shuffled.outcome() == Check::Outcome::unmeasured) judgement.require(shuffled);
  if (signs.fault.empty())
    judgement.note(fmt::format("significant: {}, of the trends within seeds {}", signs.text(),
                               trends_text(result, "origin", measure)));
  const Signs initial = signs_of(angles_of(result), "initial", measure);
  if (initial.fault.empty()) judgement.note("on planes through the initial point: " + initial.text());
  judgement.note(unmatched_text(result));
  return judgement.finding();
}

}  // namespace

void find_trends(HyperParametersResult& result, std::uint64_t seed) {
  const std::set<std::string> factors = factors_of(result);
  const double needed = kSignificance / static_cast<double>(std::max<std::size_t>(
                                            1, factors.size() * measures_of(result).size()));
  auto angles = angle_trends(result, needed, seed);
  for (const std::string& factor : factors) {
    const std::vector<const FactorRun*> runs = runs_of(result, factor);
    FactorTrends& trends = result.trends[factor];
    trends.norm = factor_trend(runs, needed, seed, [](const FactorRun& run) { return run.norm; });
    trends.distance = factor_trend(runs, needed, seed, [](const FactorRun& run) { return run.distance; });
    trends.loss = factor_trend(runs, needed, seed, [](const FactorRun& run) { return run.loss; });
    trends.matched =
        !runs.empty() && std::all_of(runs.begin(), runs.end(), [](const FactorRun* r) { return r->matched; });
    trends.half_angle = std::move(angles[factor]);
  }
  result.shuffled = angle_trends(with_shuffled_levels(result, seed), needed, seed);
}

std::vector<Finding> HyperParameters::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    const auto result = result_of<HyperParametersResult>(record);
    const std::set<std::string> measures = measures_of(result);
    for (const std::string measure : {"loss", "accuracy", "temperature"})
      if (measure == "loss" || measures.contains(measure))
        findings.push_back(measure_finding(record, result, measure));
  }
  return findings;
}

}  // namespace nwedge::experiment
