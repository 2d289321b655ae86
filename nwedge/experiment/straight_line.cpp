#include "nwedge/experiment/straight_line.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/closed_forms.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/wedge/core_edge.hpp"

namespace nwedge::experiment {
namespace {

/// Gradient noise leaves an optimum off the wedge by less than that.
constexpr double kDepartureTolerance = 0.01;

std::string_view name_of(Split split) { return split == Split::train ? "train" : "test"; }

std::vector<Split> splits_of(const Landscape& landscape) {
  if (landscape.examples(Split::test) > 0) return {Split::train, Split::test};
  return {Split::train};
}

void add_array(Record& record, std::string name, std::vector<double> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  record.arrays.push_back({std::move(name), {size}, std::move(values)});
}

/// Adds "PREFIXloss-SPLIT" and, where there is one, "PREFIXaccuracy-SPLIT"; returns the losses.
std::vector<double> add_metrics(Record& record, std::string_view prefix, Split split,
                                const Landscape& landscape, std::span<const Metrics> metrics) {
  std::vector<double> losses;
  std::vector<double> accuracies;
  for (const Metrics& m : metrics) {
    losses.push_back(m.loss);
    accuracies.push_back(m.accuracy);
  }
  add_array(record, fmt::format("{}loss-{}", prefix, name_of(split)), losses);
  if (landscape.has_accuracy())
    add_array(record, fmt::format("{}accuracy-{}", prefix, name_of(split)), std::move(accuracies));
  return losses;
}

void run_line(Record& record, const Input& input, const optimize::Result& run, std::int64_t points) {
  const std::vector<double> t = geometry::even_positions(points);
  const geometry::Path line = geometry::Path::line(run.initial, run.point);
  add_array(record, "t", t);
  for (const Split split : splits_of(input.landscape)) {
    const std::vector<double> losses = add_metrics(
        record, "", split, input.landscape, geometry::profile(input.landscape, line, t, split).metrics);
    const auto least = std::min_element(losses.begin(), losses.end());
    record.result[std::string(name_of(split))] = {
        {"gap", monotonicity_gap(losses)},
        {"least", *least},
        {"least-at", t[static_cast<std::size_t>(least - losses.begin())]}};
    if (split != Split::train) continue;
    const double drop = losses.front() - losses.back();
    const double gap = monotonicity_gap(losses);
    record.result["gap"] = gap;
    record.result["drop"] = drop;
    record.result["gap-share"] = gap / drop;
  }
}

void run_trajectory(Record& record, const Input& input, const optimize::Result& run) {
  if (run.trajectory_steps.empty()) return;
  const std::size_t dimension = run.point.size();
  std::vector<double> distances;
  for (std::size_t i = 0; i < run.trajectory_steps.size(); ++i)
    distances.push_back(distance(run.initial, std::span(run.trajectory).subspan(i * dimension, dimension)));
  record.arrays.push_back({"trajectory-steps", {std::ssize(run.trajectory_steps)}, run.trajectory_steps});
  add_array(record, "trajectory-distance", std::move(distances));
  for (const Split split : splits_of(input.landscape)) {
    const std::vector<double> losses = add_metrics(record, "trajectory-", split, input.landscape,
                                                   input.landscape.evaluate_many(run.trajectory, split));
    if (split == Split::train) record.result["trajectory-gap"] = monotonicity_gap(losses);
  }
}

/// Whether training ended where slow descent does: at the edge of the core and not further inside, within a
/// small share of its way in short coordinates.
bool at_edge(const wedge::WedgeModel& model, const optimize::Result& run) {
  constexpr double kShare = 0.02;
  const std::int64_t home = model.nearest(run.initial);
  const std::vector<double> from = model.short_coordinates(run.initial, home);
  const std::vector<double> to = model.short_coordinates(run.point, home);
  const std::vector<double> edge = model.short_coordinates(wedge::core_edge(model, run.initial, home), home);
  double way = 0;
  double off = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    way += (from[i] - edge[i]) * (from[i] - edge[i]);
    off += (to[i] - edge[i]) * (to[i] - edge[i]);
  }
  return off <= kShare * kShare * way;
}

/// Why the loss on the line has no closed form; "" when it has.
std::string no_closed_form(const wedge::WedgeModel& model, const optimize::Result& run) {
  const wedge::Prediction share = wedge::Predictor(model).descent_share(0);
  if (!share.known()) return share.reason;
  if (!(model.evaluate(run.initial).loss > 0)) return "the initial point has loss 0";
  if (model.nearest(run.initial) != model.nearest(run.point)) return "training changed wedges";
  const bool core = model.options().half_width > 0 || model.options().opening > 0;
  if (core && !at_edge(model, run))
    return "training did not end at the edge of the core, where slow descent does";
  return "";
}

/// On the model the optimum is where slow descent ends, so on the line the loss falls as `descent_share`.
void predict(Record& record, const wedge::WedgeModel& model, const optimize::Result& run) {
  if (const std::string reason = no_closed_form(model, run); !reason.empty()) {
    record.result["prediction"]["absent"]["departure"] = reason;
    return;
  }
  const wedge::Predictor predictor(model);
  const double start = model.evaluate(run.initial).loss;
  const auto measured = std::find_if(record.arrays.begin(), record.arrays.end(),
                                     [](const io::Tensor& array) { return array.name == "loss-train"; });
  const auto& losses = std::get<std::vector<double>>(measured->values);
  std::vector<double> predicted;
  double departure = 0;
  for (const double t : std::get<std::vector<double>>(record.arrays.front().values)) {
    predicted.push_back(start * predictor.descent_share(t).value);
    departure = std::max(departure, std::abs(losses[predicted.size() - 1] - predicted.back()) / start);
  }
  add_array(record, "predicted-loss", std::move(predicted));
  record.result["prediction"] = {{"gap", 0.0}, {"departure", departure}};
}

}  // namespace

double monotonicity_gap(std::span<const double> values) {
  double least = std::numeric_limits<double>::infinity();
  double gap = 0;
  for (const double value : values) {
    if (std::isnan(value)) return value;
    least = std::min(least, value);
    gap = std::max(gap, value - least);
  }
  return gap;
}

void StraightLine::visit(OptionVisitor& visitor) {
  visitor.field("points", points, at_least(3), "points on the line, ends included");
  visitor.field("gap-share", gap_share, between(0, 1),
                "no obstacle: the gap is at most this share of the drop in loss");
}

double StraightLine::cost(const Landscape& landscape, const optimize::Options& training, std::int64_t) const {
  const double evaluations = static_cast<double>(points + training.record_points + 1);
  return evaluations * static_cast<double>(std::max<std::int64_t>(
                           1, landscape.examples(Split::train) + landscape.examples(Split::test)));
}

Record StraightLine::run(const Input& input, Monitor& monitor) const {
  const optimize::Result& run = input.optima.front();
  Record record;
  run_line(record, input, run, points);
  monitor.checkpoint(0.7);
  run_trajectory(record, input, run);
  if (const wedge::WedgeModel* model = wedge_model(input.landscape)) predict(record, *model, run);
  return record;
}

std::vector<Finding> StraightLine::do_judge(std::span<const StoredRecord> records) const {
  Finding finding;
  finding.claim = "observation-1";
  finding.experiment = name();
  finding.criterion = fmt::format(
      "on the line from the initial point to the optimum the training loss never rises above its running "
      "minimum by "
      "more than {} of the whole drop, for every seed",
      gap_share);
  std::vector<double> shares;
  std::vector<double> gaps;
  std::vector<double> departures;
  for (const StoredRecord& record : records) {
    finding.landscape = record.landscape;
    if (!record.failure.empty()) continue;
    if (record.landscape_kind == "wedge") finding.prediction = "gap 0: the loss falls as (1 − t)²";
    if (record.result.contains("prediction") && record.result["prediction"].contains("departure"))
      departures.push_back(number(record.result["prediction"]["departure"]));
    if (!record.result.at("gap-share").is_number()) continue;
    shares.push_back(record.result["gap-share"].get<double>());
    gaps.push_back(record.result["gap"].get<double>());
  }
  if (shares.empty()) {
    finding.reason = "no run finished with a finite loss";
    return {finding};
  }
  const Spread share = spread_of(shares);
  finding.measurement = share.most == 0 ? fmt::format("no rise at all on {} lines", gaps.size())
                                        : fmt::format("gap {}, at most {:.2g} % of the drop",
                                                      spread_of(gaps).text(), 100 * share.most);
  // A drop that is not positive makes the share negative or infinite: then nothing was optimised.
  const bool optimised = share.least >= 0 && std::isfinite(share.most);
  if (!optimised)
    finding.reason = "training did not lower the loss";
  else
    finding.verdict = share.most <= gap_share ? Verdict::reproduced : Verdict::not_reproduced;
  if (departures.empty()) return {finding};
  ClosedForms forms;
  forms.add("largest departure", 0, spread_of(departures).most, kDepartureTolerance);
  return {finding,
          forms.finding(finding.landscape, name(),
                        fmt::format("for every seed that stays in its wedge the loss on the line falls "
                                    "in closed form, L(0) (1 - t)² for a quadratic energy, within {} L(0)",
                                    kDepartureTolerance))};
}

}  // namespace nwedge::experiment
