#include "nwedge/experiment/subspace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/progress.hpp"
#include "nwedge/experiment/judgement.hpp"
#include "nwedge/experiment/wedge_forms.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kHalvings = 3;  // between dimensions about a factor of three apart, to a tenth

namespace theory = wedge::theory;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kTargets[] = {"auto", "accuracy", "loss"};
constexpr std::string_view kSplits[] = {"train", "test"};
/// On the model: d_int is that of one initial point, with a luck of order sqrt(s).
constexpr double kModelTolerance = 0.2;

Split split_of(std::string_view name) { return name == "test" ? Split::test : Split::train; }

SubspaceInterval interval_of(const LeastDimension& least) {
  SubspaceInterval interval;
  interval.failing = least.failing;
  if (least.found()) interval.reaching = least.reaching;
  return interval;
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

void add_outcomes(Record& record, SubspaceResult& result, const SectionSearch& search, bool accuracy) {
  std::vector<std::int64_t> dimensions;
  for (const auto& [d, outcome] : search.outcomes()) {
    dimensions.push_back(d);
    TriedSections tried;
    tried.d = d;
    tried.loss = outcome.mean_loss();
    if (accuracy) tried.accuracy = outcome.mean_accuracy();
    if (!outcome.test.empty()) {
      tried.test_loss = outcome.mean_loss(Split::test);
      if (accuracy) tried.test_accuracy = outcome.mean_accuracy(Split::test);
    }
    result.tried.push_back(tried);
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
SubspacePrediction predict_dimension(const wedge::WedgeModel& model, std::span<const float> origin,
                                     const SectionTarget& target) {
  SubspacePrediction prediction;
  const auto forms = wedge_forms(model);
  if (!forms || forms->parameters.opening != 0 || target.accuracy) {
    prediction.absent = "whether a section reaches a loss has no closed form in this variant";
    return prediction;
  }
  theory::Parameters wider = forms->parameters;
  wider.half_width += std::sqrt(2 * target.value);
  const std::vector<double> distances = model.short_distances(origin);
  const std::int64_t s = forms->parameters.short_directions;
  const auto least_with = [&](double probability) {
    std::int64_t d = 0;
    while (d < s && success_at(wider, d, distances) < probability) ++d;
    return d;
  };
  prediction.d_int = least_with(0.5);
  prediction.low = least_with(0.05);
  prediction.high = least_with(0.95);
  return prediction;
}

void predict(Record& record, SubspaceResult& result, const wedge::WedgeModel& model,
             std::span<const float> origin, const SectionTarget& target) {
  result.prediction = predict_dimension(model, origin, target);
  const wedge::Predictor predictor(model);
  std::vector<double> losses;
  for (const TriedSections& tried : result.tried) {
    const wedge::Prediction loss = predictor.section_loss(tried.d);
    if (!loss.known()) return;
    losses.push_back(loss.value);
  }
  record.arrays.push_back({"predicted-loss", {std::ssize(losses)}, std::move(losses)});
}

/// How much full training changed what the target is about: the yardstick of all sections.
double gain_of(const SubspaceTarget& target) {
  return target.kind == "accuracy" ? target.full - target.initial : target.initial - target.full;
}

/// The numbers of all seeds on one landscape.
struct Measured {
  std::vector<double> shares;  ///< d_int over D; where nothing reached the target, the largest tried over D
  std::vector<double> gains;
  std::vector<double> predicted;
  std::vector<double> beyond;  ///< d_int less its prediction
  std::int64_t unreached = 0;
  double tried_in_vain = 1;  ///< least of the shares that stand for an initial point that reached nothing
  std::string intervals;
  std::string others;
};

std::string text_of(const SubspaceInterval& interval) {
  return interval.reaching
             ? fmt::format("{} in [{}, {}]", *interval.reaching, interval.failing, *interval.reaching)
             : fmt::format("above {}", interval.failing);
}

/// d_int over D; where no section reached the target, the largest that was tried. A dimension below 1 cannot
/// be.
double share_of(const SubspaceResult& result) {
  const bool all_failed = result.d_int.failing >= result.largest;
  const std::int64_t d = result.d_int.reaching.value_or(all_failed ? result.largest : 0);
  return d >= 1 && d <= result.dimension ? static_cast<double>(d) / static_cast<double>(result.dimension)
                                         : kNan;
}

Measured gather(std::span<const StoredRecord> records) {
  Measured all;
  for (const StoredRecord& record : records) {
    const auto result = result_of<SubspaceResult>(record);
    all.unreached += !result.d_int.reaching;
    all.shares.push_back(share_of(result));
    if (!result.d_int.reaching) all.tried_in_vain = std::min(all.tried_in_vain, all.shares.back());
    all.gains.push_back(std::isfinite(result.target.value) ? gain_of(result.target) : kNan);
    all.intervals += (all.intervals.empty() ? "" : ", ") + text_of(result.d_int);
    if (result.other) all.others += (all.others.empty() ? "" : ", ") + text_of(*result.other);
    if (!result.prediction || !result.prediction->absent.empty()) continue;
    const auto number = [](const std::optional<std::int64_t>& d) {
      return d ? static_cast<double>(*d) : kNan;
    };
    all.predicted.push_back(number(result.prediction->d_int));
    all.beyond.push_back(number(result.d_int.reaching) - all.predicted.back());
  }
  return all;
}

Finding low_dimensional(const StoredRecord& record, const Measured& all, const SubspaceTarget& target,
                        double low_share) {
  const Yardstick gain(fmt::format("what full training gained in {}", target.kind), mean_of(all.gains));
  const Quantity share = mean_of(all.shares);
  Judgement judgement(
      "observation-2", record,
      fmt::format("random sections of at most {} of all dimensions reach the target on the {} split",
                  low_share, target.split == "test" ? "test" : "training"),
      "labels without a rule, which sections of few dimensions cannot learn");
  judgement.premise(gain)
      .premise(Yardstick("the share of all dimensions", share))
      .require(Check::at_most("least dimension over all dimensions", share, low_share));
  judgement.note("intrinsic dimension " + all.intervals);
  if (all.tried_in_vain <= low_share)
    judgement.require(
        Check::unmeasured("least dimension over all dimensions",
                          fmt::format("sections of up to {:.2g} of all dimensions do not suffice, "
                                      "and none above {:.2g} was tried",
                                      all.tried_in_vain, low_share)));
  if (all.unreached > 0)
    judgement.note(
        fmt::format("{} of {} initial points reach the target in no section that was tried, and count "
                    "with the largest",
                    all.unreached, all.shares.size()));
  if (!all.others.empty())
    judgement.note(
        fmt::format("on the {} split {}", target.split == "test" ? "training" : "test", all.others));
  if (const Quantity predicted = mean_of(all.predicted); predicted.present())
    judgement.predict("intrinsic dimension " + predicted.text());
  return judgement.finding();
}

Finding closed_form(const StoredRecord& record, const Measured& all) {
  const Yardstick predicted("the predicted dimension", mean_of(all.predicted));
  Judgement judgement(
      kModelClaim, record,
      fmt::format("the least dimension that reaches the target is, on average over initial points, within "
                  "{:.0f} % of the one at which the closed form gives it 50 %",
                  100 * kModelTolerance),
      "");
  judgement.premise(predicted)
      .require(Check::agrees("least dimension less the predicted one", mean_of(all.beyond),
                             Quantity::exact(0), kModelTolerance, predicted))
      .predict("intrinsic dimension " + mean_of(all.predicted).text());
  if (all.unreached > 0)
    judgement.require(
        Check::unmeasured("least dimension", "some initial points reach the target in no section"));
  return judgement.finding();
}

}  // namespace

SectionTarget section_target(const Landscape& landscape, const optimize::Result& run, std::string_view kind,
                             double accuracy_fraction, double loss_share, Split split) {
  const Metrics full = landscape.evaluate(run.point, split);
  if (kind == "accuracy" || (kind == "auto" && landscape.has_accuracy())) {
    if (!landscape.has_accuracy())
      throw Error("subspace", "target must be \"loss\": this landscape has no accuracy");
    return {true, accuracy_fraction * full.accuracy, split};
  }
  return {false, full.loss + loss_share * (landscape.evaluate(run.initial, split).loss - full.loss), split};
}

void Subspace::visit(OptionVisitor& visitor) {
  visitor.field("dimensions", dimensions, at_least(1),
                "dimensions d of the sections; larger than D: left out; none: 10, 30, 100, ... up to the "
                "first above low-share of D");
  section.visit(visitor);
  visitor.field("target", target, kTargets,
                "what counts as low: accuracy, loss, or accuracy where there is one");
  visitor.field("split", split, kSplits,
                "where the target is to be reached; the other split is reported too");
  visitor.field("accuracy-fraction", accuracy_fraction, between(0, 1),
                "target accuracy, share of full training's");
  visitor.field("loss-share", loss_share, between(0, 1),
                "target loss, share of full training's drop left over");
  visitor.field("tolerance", tolerance, at_least(0), "relative error of the intrinsic dimension");
  visitor.field("low-share", low_share, between(0, 1),
                "a section is low-dimensional when it has at most this share of all dimensions");
}

std::vector<std::int64_t> Subspace::possible(std::int64_t most) const {
  std::vector<std::int64_t> kept;
  for (const std::int64_t d : dimensions)
    if (d <= most) kept.push_back(d);
  if (!dimensions.empty()) return kept;
  const double above = low_share * static_cast<double>(most);
  std::int64_t d = std::min<std::int64_t>(10, most);
  for (int i = 0; kept.empty() || static_cast<double>(kept.back()) <= above; ++i) {
    kept.push_back(d);
    if (d == most) break;
    d = std::min(most, i % 2 == 0 ? 3 * d : d / 3 * 10);
  }
  return kept;
}

void Subspace::validate_for(const Planned& planned, std::string_view place) const {
  const std::int64_t most = planned.landscape.dimension();
  const std::vector<std::int64_t> listed = possible(most);
  if (listed.empty())
    throw Error(place,
                fmt::format("dimensions must name one of at most {}, the dimension of the landscape", most));
  const std::int64_t largest = *std::max_element(listed.begin(), listed.end());
  if (largest < most && static_cast<double>(largest) <= low_share * static_cast<double>(most))
    throw Error(place, fmt::format("dimensions must reach above low-share of all, {:.0f} of {}, or no "
                                   "measurement could fail; the largest is {}",
                                   low_share * static_cast<double>(most), most, largest));
  if (target == "accuracy" && !planned.landscape.has_accuracy())
    throw Error(place, "target must be \"loss\": this landscape has no accuracy");
  if (split == "test" && planned.landscape.examples(Split::test) == 0)
    throw Error(place, "split must be \"train\": this landscape has no test data");
}

double Subspace::cost(const Landscape& landscape, const optimize::Options&, std::int64_t) const {
  const std::vector<std::int64_t> listed = possible(landscape.dimension());
  return (static_cast<double>(listed.size()) + kHalvings) * section_cost(landscape, section);
}

SpreadLoop Subspace::loop(const Landscape& landscape, std::int64_t) const {
  const std::int64_t listed = std::ssize(possible(landscape.dimension()));
  return {listed * section.sections, static_cast<double>(listed) / (static_cast<double>(listed) + kHalvings)};
}

Record Subspace::run(const Input& input, Monitor& monitor) const {
  const Landscape& landscape = input.landscape;
  const optimize::Result& run = input.optima.front();
  const std::vector<std::int64_t> listed = possible(landscape.dimension());
  if (listed.empty())
    throw Error(name(), fmt::format("dimensions must name one of at most {}, the dimension of the landscape",
                                    landscape.dimension()));
  const Split decides = split_of(split);
  const SectionTarget goal = section_target(landscape, run, target, accuracy_fraction, loss_share, decides);
  SectionSearch search(landscape, run.initial, section, input.seed);
  Progress progress(monitor, std::vector<double>{static_cast<double>(listed.size()), 3.0});
  search.compute(listed, progress.part(0), input.parts);
  SubspaceResult result;
  result.d_int = interval_of(search.least_dimension(goal, tolerance, progress.part(1)));
  result.dimension = landscape.dimension();
  result.largest = *std::max_element(listed.begin(), listed.end());
  result.exact = search.exact();
  const Metrics initial = landscape.evaluate(run.initial, decides);
  const Metrics full = landscape.evaluate(run.point, decides);
  result.target = {goal.accuracy ? "accuracy" : "loss", split, goal.value,
                   goal.accuracy ? initial.accuracy : initial.loss,
                   goal.accuracy ? full.accuracy : full.loss};
  if (landscape.examples(Split::test) > 0) {
    const Split second = decides == Split::train ? Split::test : Split::train;
    result.other = interval_of(least_of(
        search.outcomes(), section_target(landscape, run, target, accuracy_fraction, loss_share, second)));
  }
  Record record;
  add_outcomes(record, result, search, landscape.has_accuracy());
  if (const wedge::WedgeModel* model = wedge_model(landscape))
    predict(record, result, *model, run.initial, goal);
  record.result = to_record(result);
  return record;
}

std::vector<Finding> Subspace::do_judge(std::span<const StoredRecord> records) const {
  const Measured all = gather(records);
  const auto first = result_of<SubspaceResult>(records.front());
  std::vector<Finding> findings = {low_dimensional(records.front(), all, first.target, low_share)};
  if (first.prediction && first.prediction->absent.empty())
    findings.push_back(closed_form(records.front(), all));
  return findings;
}

void SubspaceTarget::visit(FieldVisitor& visitor) {
  visitor.field("kind", kind, "accuracy or loss");
  visitor.field("split", split, "the split that decides");
  visitor.field("value", value, "to be reached");
  visitor.field("initial", initial, "at the initial point");
  visitor.field("full", full, "after full training");
}

void SubspaceInterval::visit(FieldVisitor& visitor) {
  visitor.field("failing", failing, "largest d tried below `reaching` that misses the target; 0: none");
  visitor.field("reaching", reaching, "least d tried that reaches it; null: none");
}

void TriedSections::visit(FieldVisitor& visitor) {
  visitor.field("d", d, "dimension of the sections");
  visitor.field("loss", loss, "training loss, mean over the sections");
  visitor.field("accuracy", accuracy, "training accuracy");
  visitor.field("test-loss", test_loss, "test loss");
  visitor.field("test-accuracy", test_accuracy, "test accuracy");
}

void SubspacePrediction::visit(FieldVisitor& visitor) {
  visitor.field("d-int", d_int, "least d that reaches the target with probability 1/2 from this point");
  visitor.field("low", low, "with probability 5 %");
  visitor.field("high", high, "with probability 95 %");
  visitor.field("absent", absent, "why there is no prediction");
}

void SubspaceResult::visit(FieldVisitor& visitor) {
  visitor.field("dimension", dimension, "D");
  visitor.field("largest", largest, "largest dimension listed");
  visitor.field("exact", exact, "whether sections are minimised by least squares instead of trained");
  visitor.field("target", target, "what counts as low");
  visitor.field("d-int", d_int, "the intrinsic dimension");
  visitor.field("other", other, "the same on the split that does not decide, among the dimensions tried");
  visitor.field("tried", tried, "every dimension, ascending");
  visitor.field("prediction", prediction, "of the wedge model");
}

}  // namespace nwedge::experiment
