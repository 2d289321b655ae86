#include "nwedge/experiment/straight_line.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/judgement.hpp"
#include "nwedge/experiment/tunnel_parts.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/wedge/core_edge.hpp"

namespace nwedge::experiment {
namespace {

/// Gradient noise leaves an optimum off the wedge by less than that.
constexpr double kDepartureTolerance = 0.01;
/// Lines between optima, which have an obstacle: all pairs of five seeds, as two may share a wedge, at points
/// enough to see it.
constexpr std::int64_t kControls = 10;
constexpr std::int64_t kControlPoints = 5;

std::string_view name_of(Split split) { return split == Split::train ? "train" : "test"; }

std::vector<Split> splits_of(const Landscape& landscape) {
  if (landscape.examples(Split::test) > 0) return {Split::train, Split::test};
  return {Split::train};
}

/// Rows of equal length as one array [rows, columns].
class Rows {
 public:
  void add(std::span<const double> row) {
    values_.insert(values_.end(), row.begin(), row.end());
    ++count_;
  }
  void into(Record& record, std::string name) {
    if (count_ == 0) return;
    const auto columns = std::ssize(values_) / count_;
    record.arrays.push_back({std::move(name), {count_, columns}, std::move(values_)});
  }

 private:
  std::vector<double> values_;
  std::int64_t count_ = 0;
};

std::vector<double> losses_of(std::span<const Metrics> metrics) {
  std::vector<double> losses;
  for (const Metrics& m : metrics) losses.push_back(m.loss);
  return losses;
}
std::vector<double> accuracies_of(std::span<const Metrics> metrics) {
  std::vector<double> accuracies;
  for (const Metrics& m : metrics) accuracies.push_back(m.accuracy);
  return accuracies;
}

LineOnSplit describe(std::span<const double> losses, std::span<const double> t) {
  const auto least = std::min_element(losses.begin(), losses.end());
  LineOnSplit line;
  line.gap = monotonicity_gap(losses);
  line.drop = losses.front() - losses.back();
  // An even number of points has none at the middle itself: the mean of both beside it.
  const std::size_t last = losses.size() - 1;
  line.drop_by_half = losses.front() - (losses[last / 2] + losses[last - last / 2]) / 2;
  line.least = *least;
  line.least_at = t[static_cast<std::size_t>(least - losses.begin())];
  return line;
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

class Run {
 public:
  Run(const StraightLine& options, const Input& input, Monitor& monitor)
      : input_(input), monitor_(monitor), t_(geometry::even_positions(options.points)) {}

  Record record() {
    Record record;
    record.arrays.push_back({"t", {std::ssize(t_)}, t_});
    StraightLineResult result;
    result.trained = input_.trained;
    for (const optimize::Result& run : input_.optima) {
      result.lines.emplace_back();
      result.lines.back().seed = static_cast<std::int64_t>(run.seed);
    }
    for (const Split split : splits_of(input_.landscape)) add_lines(split, result, record);
    monitor_.checkpoint(0.5);
    add_trajectories(result, record);
    monitor_.checkpoint(0.7);
    add_controls(result, record);
    if (const wedge::WedgeModel* model = wedge_model(input_.landscape)) predict(*model, result, record);
    summarise(result);
    record.result = to_record(result);
    return record;
  }

 private:
  std::vector<Metrics> on_line(std::span<const float> begin, std::span<const float> end,
                               std::span<const double> t, Split split) const {
    return geometry::profile(input_.landscape, geometry::Path::line(begin, end), t, split).metrics;
  }

  void add_lines(Split split, StraightLineResult& result, Record& record) {
    std::vector<std::vector<Metrics>> metrics(input_.optima.size());
    parallel_for(std::ssize(metrics), [&](std::int64_t i) {
      const optimize::Result& run = input_.optima[static_cast<std::size_t>(i)];
      metrics[static_cast<std::size_t>(i)] = on_line(run.initial, run.point, t_, split);
      monitor_.checkpoint(0.2);
    });
    Rows losses;
    Rows accuracies;
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      const std::vector<double> row = losses_of(metrics[i]);
      losses.add(row);
      accuracies.add(accuracies_of(metrics[i]));
      if (split == Split::train)
        result.lines[i].train = describe(row, t_);
      else
        result.lines[i].test = describe(row, t_);
      if (split == Split::train) lines_.push_back(row);
    }
    losses.into(record, fmt::format("loss-{}", name_of(split)));
    if (input_.landscape.has_accuracy()) accuracies.into(record, fmt::format("accuracy-{}", name_of(split)));
  }

  /// Where all runs have recorded as many points.
  void add_trajectories(StraightLineResult& result, Record& record) {
    const std::vector<std::int64_t>& steps = input_.optima.front().trajectory_steps;
    for (const optimize::Result& run : input_.optima)
      if (run.trajectory_steps != steps || steps.empty()) return;
    record.arrays.push_back({"trajectory-steps", {std::ssize(steps)}, steps});
    Rows distances;
    for (const optimize::Result& run : input_.optima) {
      std::vector<double> row;
      const std::size_t dimension = run.point.size();
      for (std::size_t i = 0; i < steps.size(); ++i)
        row.push_back(distance(run.initial, std::span(run.trajectory).subspan(i * dimension, dimension)));
      distances.add(row);
    }
    distances.into(record, "trajectory-distance");
    for (const Split split : splits_of(input_.landscape)) {
      Rows losses;
      Rows accuracies;
      for (std::size_t i = 0; i < input_.optima.size(); ++i) {
        const auto metrics = input_.landscape.evaluate_many(input_.optima[i].trajectory, split);
        const std::vector<double> row = losses_of(metrics);
        losses.add(row);
        accuracies.add(accuracies_of(metrics));
        if (split == Split::train) result.lines[i].trajectory_gap = monotonicity_gap(row);
        monitor_.checkpoint(0.6);
      }
      losses.into(record, fmt::format("trajectory-loss-{}", name_of(split)));
      if (input_.landscape.has_accuracy())
        accuracies.into(record, fmt::format("trajectory-accuracy-{}", name_of(split)));
    }
  }

  /// The same on lines that are known to have an obstacle: from one optimum to another.
  void add_controls(StraightLineResult& result, Record& record) {
    const std::vector<OptimumPair> pairs = spread_pairs(input_.optima.size(), kControls);
    const std::vector<double> t = geometry::even_positions(kControlPoints);
    std::vector<std::vector<double>> rows(pairs.size());
    parallel_for(std::ssize(pairs), [&](std::int64_t i) {
      const OptimumPair& pair = pairs[static_cast<std::size_t>(i)];
      rows[static_cast<std::size_t>(i)] = losses_of(
          on_line(input_.optima[pair.first].point, input_.optima[pair.second].point, t, Split::train));
      monitor_.checkpoint(0.9);
    });
    Rows losses;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      losses.add(rows[i]);
      result.controls.push_back({static_cast<std::int64_t>(pairs[i].first),
                                 static_cast<std::int64_t>(pairs[i].second), monotonicity_gap(rows[i])});
    }
    losses.into(record, "control-loss-train");
  }

  /// On the model the optimum is where slow descent ends, so on the line the loss falls as `descent_share`.
  void predict(const wedge::WedgeModel& model, StraightLineResult& result, Record& record) const {
    const wedge::Predictor predictor(model);
    Rows predicted;
    for (std::size_t i = 0; i < input_.optima.size(); ++i) {
      const std::string reason = no_closed_form(model, input_.optima[i]);
      if (!reason.empty()) {
        result.lines[i].departure = Quantity::missing(reason);
        continue;
      }
      std::vector<double> row;
      double departure = 0;
      const double start = lines_[i].front();
      for (std::size_t k = 0; k < t_.size(); ++k) {
        row.push_back(start * predictor.descent_share(t_[k]).value);
        departure = std::max(departure, std::abs(lines_[i][k] - row[k]) / start);
      }
      result.lines[i].departure = Quantity::exact(departure);
      predicted.add(row);
    }
    predicted.into(record, "predicted-loss");
  }

  void summarise(StraightLineResult& result) const {
    const auto over = [&](auto number) {
      std::vector<double> values;
      for (const SeedLine& line : result.lines) values.push_back(number(line));
      return mean_of(values);
    };
    result.gap = over([](const SeedLine& line) { return line.train.gap; });
    result.drop = over([](const SeedLine& line) { return line.train.drop; });
    result.drop_by_half = over([](const SeedLine& line) { return line.train.drop_by_half; });
    if (result.lines.front().test) {
      result.test_gap = over([](const SeedLine& line) { return line.test->gap; });
      result.test_drop = over([](const SeedLine& line) { return line.test->drop; });
    } else {
      result.test_gap = result.test_drop = Quantity::missing("there is no test split");
    }
    std::vector<PairValue> gaps;
    for (const ControlLine& control : result.controls)
      gaps.push_back(
          {static_cast<std::size_t>(control.first), static_cast<std::size_t>(control.second), control.gap});
    result.control_gap = gaps.empty() ? Quantity::missing("one optimum has no other") : mean_over_pairs(gaps);
  }

  const Input& input_;
  Monitor& monitor_;
  const std::vector<double> t_;
  std::vector<std::vector<double>> lines_;  // training losses
};

Finding no_obstacle(const StoredRecord& record, const StraightLineResult& result, double share) {
  const Yardstick drop("the drop in training", result.drop);
  Judgement judgement(
      "observation-1", record,
      fmt::format(
          "on the line from the initial point to the optimum the training loss rises above its running "
          "minimum by at most {:.0f} % of the drop, in the mean over seeds",
          100 * share),
      "a wall on the way, as on the line between two optima; a convex basin has none on any line");
  judgement.premise(drop);
  if (result.trained)
    judgement.require(Check::at_most("gap", result.gap, share, drop));
  else
    judgement.require(
        Check::unmeasured("gap", "the weights were given, so where their training began is not known"));
  if (std::isnan(result.control_gap.interval().low))
    judgement.require(Check::unmeasured(
        "control, the gap between optima",
        result.control_gap.present() ? "no interval, needs more seeds" : result.control_gap.reason()));
  else
    judgement.control("lines between optima", Check::at_most("gap", result.control_gap, share, drop));
  const Quantity half = ratio(result.drop_by_half, result.drop);
  if (half.present() && drop.fault().empty())
    judgement.note(fmt::format("{:.0f} % of the drop is made half way", 100 * half.value));
  if (const Quantity test = ratio(result.test_gap, result.test_drop); test.present() && result.trained)
    judgement.note(fmt::format("on the test split the gap is {:.2g} % of the drop", 100 * test.value));
  const bool model = std::any_of(result.lines.begin(), result.lines.end(), [](const auto& line) {
    return line.departure && line.departure->present();
  });
  if (model) judgement.predict("gap 0: on one wedge the loss falls as (1 − t)² for a quadratic energy");
  return judgement.finding();
}

Finding closed_form(const StoredRecord& record, const StraightLineResult& result,
                    std::span<const double> departures) {
  return Judgement(
             kModelClaim, record,
             fmt::format("for the seeds that end where slow descent does, the loss on the line falls in "
                         "closed form within {} L(0)",
                         kDepartureTolerance),
             "")
      .premise(Yardstick("the drop in training", result.drop))
      .require(Check::at_most("departure from the closed form over L(0)", mean_of(departures),
                              kDepartureTolerance))
      .finding();
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

double StraightLine::cost(const Landscape& landscape, const optimize::Options& training,
                          std::int64_t optima) const {
  const auto seeds = static_cast<double>(optima);
  const auto train = static_cast<double>(std::max<std::int64_t>(1, landscape.examples(Split::train)));
  const auto test = static_cast<double>(landscape.examples(Split::test));
  const auto controls = static_cast<double>(std::min(kControls, optima * (optima - 1) / 2));
  return seeds * static_cast<double>(points + training.record_points + 1) * (train + test) +
         controls * static_cast<double>(kControlPoints) * train;
}

Record StraightLine::run(const Input& input, Monitor& monitor) const {
  return Run(*this, input, monitor).record();
}

std::vector<Finding> StraightLine::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    const auto result = result_of<StraightLineResult>(record);
    findings.push_back(no_obstacle(record, result, gap_share));
    std::vector<double> departures;
    for (const SeedLine& line : result.lines)
      if (line.departure && line.departure->absent.empty()) departures.push_back(line.departure->value);
    if (!departures.empty()) findings.push_back(closed_form(record, result, departures));
  }
  return findings;
}

void LineOnSplit::visit(FieldVisitor& visitor) {
  visitor.field("gap", gap, "largest rise of the loss above its running minimum");
  visitor.field("drop", drop, "loss at the initial point less that at the optimum");
  visitor.field("drop-by-half", drop_by_half, "of it, made at t = 1/2");
  visitor.field("least", least, "loss on the line");
  visitor.field("least-at", least_at, "its t");
}

void SeedLine::visit(FieldVisitor& visitor) {
  visitor.field("seed", seed, "of the optimum");
  visitor.field("train", train, "on the training split");
  visitor.field("test", test, "on the test split");
  visitor.field("trajectory-gap", trajectory_gap,
                "between recorded points of the trajectory, training split");
  visitor.field("departure", departure,
                "largest distance from the closed form over the first loss (wedge model)");
}

void ControlLine::visit(FieldVisitor& visitor) {
  visitor.field("first", first, "position of the optimum where the line begins");
  visitor.field("second", second, "position of the one where it ends");
  visitor.field("gap", gap, "on the training split");
}

void StraightLineResult::visit(FieldVisitor& visitor) {
  visitor.field("trained", trained, "whether the optima were trained from these initial points");
  visitor.field("lines", lines, "one a seed");
  visitor.field("gap", gap, "mean over seeds, training split");
  visitor.field("drop", drop, "mean over seeds, training split");
  visitor.field("drop-by-half", drop_by_half, "mean over seeds, training split");
  visitor.field("test-gap", test_gap, "mean over seeds, test split");
  visitor.field("test-drop", test_drop, "mean over seeds, test split");
  visitor.field("controls", controls, "lines from one optimum to another");
  visitor.field("control-gap", control_gap, "mean over them, its error over seeds");
}

}  // namespace nwedge::experiment
