#include "nwedge/experiment/subspace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/wedge_forms.hpp"

namespace nwedge::experiment {
namespace {

namespace theory = wedge::theory;
using nlohmann::json;

constexpr std::string_view kTargets[] = {"auto", "accuracy", "loss"};

/// The listed dimensions that the landscape has room for.
std::vector<std::int64_t> possible(const std::vector<std::int64_t>& dimensions, std::int64_t most) {
  std::vector<std::int64_t> kept;
  for (const std::int64_t d : dimensions)
    if (d <= most) kept.push_back(d);
  return kept;
}

json describe(const LeastDimension& least) {
  return {{"failing", least.failing}, {"reaching", least.found() ? json(least.reaching) : json()}};
}

void add_split(Record& record, const std::string& split,
               const std::map<std::int64_t, SectionOutcome>& outcomes,
               std::vector<Metrics> SectionOutcome::*metrics, bool accuracy) {
  std::vector<double> losses;
  std::vector<double> accuracies;
  for (const auto& [d, outcome] : outcomes)
    for (const Metrics& m : outcome.*metrics) {
      losses.push_back(m.loss);
      accuracies.push_back(m.accuracy);
    }
  if (losses.empty()) return;
  const std::vector<std::int64_t> shape = {std::ssize(outcomes), std::ssize(losses) / std::ssize(outcomes)};
  record.arrays.push_back({"loss-" + split, shape, std::move(losses)});
  if (accuracy) record.arrays.push_back({"accuracy-" + split, shape, std::move(accuracies)});
}

void add_outcomes(Record& record, const SectionSearch& search, bool accuracy) {
  std::vector<std::int64_t> dimensions;
  json& tried = record.result["tried"] = json::array();
  for (const auto& [d, outcome] : search.outcomes()) {
    dimensions.push_back(d);
    json entry = {{"d", d}, {"loss", outcome.mean_loss()}};
    if (accuracy) entry["accuracy"] = outcome.mean_accuracy();
    tried.push_back(std::move(entry));
  }
  record.arrays.push_back({"d", {std::ssize(dimensions)}, dimensions});
  add_split(record, "train", search.outcomes(), &SectionOutcome::train, accuracy);
  add_split(record, "test", search.outcomes(), &SectionOutcome::test, accuracy);
}

/// P(a section through this point reaches loss tau) for wedges taken as independent: a core wider by sqrt(2
/// tau).
double success_at(const theory::Parameters& wider, std::int64_t d, std::span<const double> short_distances) {
  double failure = 1;
  for (const double distance : short_distances) failure *= 1 - theory::section_success_at(wider, d, distance);
  return 1 - failure;
}

/// The intrinsic dimension where the closed forms hold: opening 0, stiffness 1, ball, quadratic, hard, one
/// centre.
void predict_dimension(json& prediction, const WedgeForms& forms, std::span<const float> origin,
                       double target_loss) {
  theory::Parameters wider = forms.parameters;
  wider.half_width += std::sqrt(2 * target_loss);
  const std::vector<double> distances = forms.model.short_distances(origin);
  const std::int64_t s = forms.parameters.short_directions;
  const auto least_with = [&](double probability) {
    std::int64_t d = 0;
    while (d < s && success_at(wider, d, distances) < probability) ++d;
    return d;
  };
  prediction["d-int"] = least_with(0.5);
  prediction["low"] = least_with(0.05);
  prediction["high"] = least_with(0.95);
}

void predict(Record& record, const wedge::WedgeModel& model, std::span<const float> origin,
             const SectionTarget& target) {
  json& prediction = record.result["prediction"];
  const auto forms = wedge_forms(model);
  if (forms && forms->parameters.opening == 0 && !target.accuracy)
    predict_dimension(prediction, *forms, origin, target.value);
  else
    prediction["absent"]["d-int"] = "whether a section reaches a loss has no closed form in this variant";
  const wedge::Predictor predictor(model);
  std::vector<double> losses;
  for (const json& tried : record.result["tried"]) {
    const wedge::Prediction loss = predictor.section_loss(tried["d"].get<std::int64_t>());
    if (!loss.known()) {
      prediction["absent"]["loss"] = loss.reason;
      return;
    }
    losses.push_back(loss.value);
  }
  record.arrays.push_back({"predicted-loss", {std::ssize(losses)}, std::move(losses)});
}

struct Measured {
  std::vector<double> reaching;  ///< d_int of each cell that reached its target
  std::vector<double> shares;    ///< over the dimension
  std::vector<double> predicted;
  std::int64_t cells = 0;
  bool agree =
      true;  ///< the model's prediction lies within each measured interval, give or take its own spread
};

Measured gather(std::span<const StoredRecord> records) {
  Measured all;
  for (const StoredRecord& record : records) {
    if (!record.failure.empty()) continue;
    ++all.cells;
    const double reaching = number(record.result.at("d-int").at("reaching"));
    if (record.result.contains("prediction") && record.result["prediction"].contains("d-int")) {
      const json& prediction = record.result["prediction"];
      all.predicted.push_back(number(prediction.at("d-int")));
      const double failing = number(record.result["d-int"].at("failing"));
      all.agree = all.agree && failing < number(prediction.at("high")) + 1 &&
                  reaching >= number(prediction.at("low"));
    }
    if (std::isnan(reaching)) continue;
    all.reaching.push_back(reaching);
    all.shares.push_back(reaching / number(record.result.at("dimension")));
  }
  return all;
}

}  // namespace

SectionTarget section_target(const Landscape& landscape, const optimize::Result& run, std::string_view kind,
                             double accuracy_fraction, double loss_share) {
  const Metrics full = landscape.evaluate(run.point);
  if (kind == "accuracy" || (kind == "auto" && landscape.has_accuracy())) {
    if (!landscape.has_accuracy())
      throw Error("subspace", "target must be \"loss\": this landscape has no accuracy");
    return {true, accuracy_fraction * full.accuracy};
  }
  return {false, full.loss + loss_share * (landscape.evaluate(run.initial).loss - full.loss)};
}

void Subspace::visit(OptionVisitor& visitor) {
  visitor.field("dimensions", dimensions, at_least(1),
                "dimensions d of the sections; larger than D: left out");
  section.visit(visitor);
  visitor.field("target", target, kTargets,
                "what counts as low: accuracy, loss, or accuracy where there is one");
  visitor.field("accuracy-fraction", accuracy_fraction, between(0, 1),
                "target accuracy, share of full training's");
  visitor.field("loss-share", loss_share, between(0, 1),
                "target loss, share of full training's drop left over");
  visitor.field("tolerance", tolerance, at_least(0), "relative error of the intrinsic dimension");
  visitor.field("low-share", low_share, between(0, 1),
                "a section is low-dimensional when it has at most this share of all dimensions");
}

void Subspace::validate(std::string_view place) const {
  if (dimensions.empty()) throw Error(place, "dimensions must name at least one");
}

void Subspace::validate_for(const Planned& planned, std::string_view place) const {
  const std::int64_t most = planned.landscape.dimension();
  if (possible(dimensions, most).empty())
    throw Error(place,
                fmt::format("dimensions must name one of at most {}, the dimension of the landscape", most));
  if (target == "accuracy" && !planned.landscape.has_accuracy())
    throw Error(place, "target must be \"loss\": this landscape has no accuracy");
}

double Subspace::cost(const Landscape& landscape, const optimize::Options&, std::int64_t) const {
  const std::vector<std::int64_t> listed = possible(dimensions, landscape.dimension());
  constexpr double kHalvings = 3;  // between dimensions about a factor of three apart, to a tenth
  return (static_cast<double>(listed.size()) + kHalvings) * section_cost(landscape, section);
}

Record Subspace::run(const Input& input, Monitor& monitor) const {
  const Landscape& landscape = input.landscape;
  const optimize::Result& run = input.optima.front();
  const std::vector<std::int64_t> listed = possible(dimensions, landscape.dimension());
  if (listed.empty())
    throw Error(name(), fmt::format("dimensions must name one of at most {}, the dimension of the landscape",
                                    landscape.dimension()));
  const SectionTarget goal = section_target(landscape, run, target, accuracy_fraction, loss_share);
  SectionSearch search(landscape, run.initial, section, input.seed);
  Progress progress(monitor, std::vector<double>{static_cast<double>(listed.size()), 3.0});
  search.compute(listed, progress.part(0));
  const LeastDimension least = search.least_dimension(goal, tolerance, progress.part(1));
  Record record;
  const Metrics initial = landscape.evaluate(run.initial);
  const Metrics full = landscape.evaluate(run.point);
  record.result = {{"dimension", landscape.dimension()},
                   {"exact", search.exact()},
                   {"target",
                    {{"kind", goal.accuracy ? "accuracy" : "loss"},
                     {"value", goal.value},
                     {"initial", goal.accuracy ? initial.accuracy : initial.loss},
                     {"full", goal.accuracy ? full.accuracy : full.loss}}},
                   {"d-int", describe(least)}};
  add_outcomes(record, search, landscape.has_accuracy());
  if (const wedge::WedgeModel* model = wedge_model(landscape)) predict(record, *model, run.initial, goal);
  return record;
}

std::vector<Finding> Subspace::do_judge(std::span<const StoredRecord> records) const {
  const Measured all = gather(records);
  Finding low;
  low.claim = "observation-2";
  low.experiment = name();
  low.landscape = records.empty() ? "" : records.front().landscape;
  low.criterion = fmt::format(
      "from every initial point a random section of at most {} of all dimensions reaches the target",
      low_share);
  if (all.cells == 0) {
    low.reason = "no cell finished";
    return {low};
  }
  const bool every = std::ssize(all.reaching) == all.cells;
  if (all.reaching.empty()) {
    low.measurement = "no section that was tried reaches the target";
    low.reason = "the largest dimension tried is too small to say";
    return {low};
  }
  const Spread shares = spread_of(all.shares);
  low.measurement = fmt::format("intrinsic dimension {}, {:.2g} of all dimensions at most{}",
                                spread_of(all.reaching).text(), shares.most,
                                every ? "" : "; some initial points never reach it");
  if (!all.predicted.empty())
    low.prediction = fmt::format("intrinsic dimension {}", spread_of(all.predicted).text());
  if (shares.most > low_share)
    low.verdict = Verdict::not_reproduced;
  else if (every)
    low.verdict = Verdict::reproduced;
  else
    low.reason = "some initial points reach the target in no section that was tried";
  if (all.predicted.empty()) return {low};
  Finding closed = low;
  closed.claim = "contribution-2";
  closed.criterion =
      "the least dimension that reaches the target lies between those at which the closed form gives it 5 % "
      "and 95 %";
  closed.reason = "";
  closed.verdict = all.agree && every ? Verdict::reproduced : Verdict::not_reproduced;
  return {low, closed};
}

}  // namespace nwedge::experiment
