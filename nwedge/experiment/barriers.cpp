#include "nwedge/experiment/barriers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/experiment/closed_forms.hpp"
#include "nwedge/experiment/wedge_forms.hpp"
#include "nwedge/geometry/paths.hpp"

namespace nwedge::experiment {
namespace {

namespace theory = wedge::theory;

/// The closed form is the mean energy of one wedge half way; the loss is the least of all, with a standard
/// deviation of sqrt(2 / s) each.
constexpr double kBarrierTolerance = 0.2;
using nlohmann::json;

struct Pair {
  std::size_t first;
  std::size_t second;
};

std::vector<Pair> pairs_of(std::size_t count) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = i + 1; j < count; ++j) pairs.push_back({i, j});
  return pairs;
}

double displacement_cosine(const optimize::Result& a, const optimize::Result& b) {
  std::vector<float> from(a.point.size());
  std::vector<float> to(a.point.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    from[i] = a.point[i] - a.initial[i];
    to[i] = b.point[i] - b.initial[i];
  }
  return cosine(from, to);
}

/// The profiles of all pairs on one split.
std::vector<geometry::PathProfile> profiles_of(const Input& input, std::span<const Pair> pairs,
                                               std::span<const double> t, Split split, Monitor& monitor) {
  std::vector<geometry::PathProfile> profiles(pairs.size());
  parallel_for(std::ssize(pairs), [&](std::int64_t i) {
    const Pair& pair = pairs[static_cast<std::size_t>(i)];
    const auto line = geometry::Path::line(input.optima[pair.first].point, input.optima[pair.second].point);
    profiles[static_cast<std::size_t>(i)] = geometry::profile(input.landscape, line, t, split);
    monitor.checkpoint(split == Split::train ? 0.3 : 0.8);
  });
  return profiles;
}

void add_curves(Record& record, std::span<const geometry::PathProfile> profiles, std::string_view split,
                bool accuracy) {
  std::vector<double> losses;
  std::vector<double> accuracies;
  for (const geometry::PathProfile& profile : profiles)
    for (const Metrics& m : profile.metrics) {
      losses.push_back(m.loss);
      accuracies.push_back(m.accuracy);
    }
  const std::vector<std::int64_t> shape = {std::ssize(profiles), std::ssize(profiles.front().metrics)};
  record.arrays.push_back({fmt::format("loss-{}", split), shape, std::move(losses)});
  if (accuracy) record.arrays.push_back({fmt::format("accuracy-{}", split), shape, std::move(accuracies)});
}

/// A symmetric matrix [N, N] from one number a pair.
void add_matrix(Record& record, std::string name, std::size_t count, std::span<const Pair> pairs,
                const json& entries, const char* key, double diagonal) {
  std::vector<double> matrix(count * count);
  for (std::size_t i = 0; i < count; ++i) matrix[i * count + i] = diagonal;
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const double value = entries[p].at(key).get<double>();
    matrix[pairs[p].first * count + pairs[p].second] = value;
    matrix[pairs[p].second * count + pairs[p].first] = value;
  }
  const auto side = static_cast<std::int64_t>(count);
  record.arrays.push_back({std::move(name), {side, side}, std::move(matrix)});
}

json spread_over(const json& entries, const char* key) {
  std::vector<double> values;
  for (const json& entry : entries) values.push_back(entry.at(key).get<double>());
  return to_json(spread_of(values));
}

/// The closed forms of the straight line.
void predict(Record& record, const WedgeForms& forms, const Input& input, std::span<const double> t) {
  for (json& pair : record.result["pairs"]) {
    const auto wedge_of = [&](const char* key) {
      return forms.model.nearest(input.optima[pair.at(key).get<std::size_t>()].point);
    };
    const bool one_wedge = wedge_of("first") == wedge_of("second");
    pair["one-wedge"] = one_wedge;
    pair["predicted-barrier"] = one_wedge ? 0.0 : theory::straight_line_barrier(forms.parameters);
  }
  std::vector<double> predicted;
  for (const double at : t) predicted.push_back(theory::straight_line_loss(forms.parameters, at));
  record.arrays.push_back({"predicted-loss", {std::ssize(predicted)}, std::move(predicted)});
}

void add_closed_form(std::vector<Finding>& findings, const StoredRecord& record, double predicted,
                     double measured) {
  ClosedForms forms;
  forms.add("mean barrier", predicted, measured, kBarrierTolerance * predicted);
  findings.push_back(forms.finding(
      record.landscape, record.experiment,
      fmt::format(
          "the mean barrier on straight lines is within {:.0f} % of its closed form, which leaves out "
          "that the other wedges lower it",
          100 * kBarrierTolerance)));
}

double mean_drop(const Input& input) {
  std::vector<double> drops;
  for (const optimize::Result& run : input.optima)
    drops.push_back(input.landscape.evaluate(run.initial).loss - input.landscape.evaluate(run.point).loss);
  return spread_of(drops).mean;
}

}  // namespace

void Barriers::visit(OptionVisitor& visitor) {
  visitor.field("points", points, at_least(3), "points on each line, ends included");
  visitor.field(
      "barrier-share", barrier_share, between(0, 1),
      "optima are separated when the barrier is at least this share of the drop that training made");
}

double Barriers::cost(const Landscape& landscape, const optimize::Options&, std::int64_t optima) const {
  const std::int64_t pairs = optima * (optima - 1) / 2;
  return static_cast<double>(pairs * points) *
         static_cast<double>(
             std::max<std::int64_t>(1, landscape.examples(Split::train) + landscape.examples(Split::test)));
}

Record Barriers::run(const Input& input, Monitor& monitor) const {
  if (input.optima.size() < 2)
    throw Error("barriers", fmt::format("needs at least 2 optima, has {}: add seeds", input.optima.size()));
  const std::vector<Pair> pairs = pairs_of(input.optima.size());
  const std::vector<double> t = geometry::even_positions(points);
  const bool accuracy = input.landscape.has_accuracy();
  Record record;
  record.arrays.push_back({"t", {std::ssize(t)}, t});
  json& entries = record.result["pairs"] = json::array();
  const auto train = profiles_of(input, pairs, t, Split::train, monitor);
  add_curves(record, train, "train", accuracy);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const optimize::Result& a = input.optima[pairs[p].first];
    const optimize::Result& b = input.optima[pairs[p].second];
    const geometry::Barrier found = geometry::barrier(train[p]);
    entries.push_back({{"first", pairs[p].first},
                       {"second", pairs[p].second},
                       {"barrier", found.loss},
                       {"position", found.position},
                       {"error-barrier", found.error},
                       {"distance", distance(a.point, b.point)},
                       {"cosine", cosine(a.point, b.point)},
                       {"displacement-cosine", displacement_cosine(a, b)}});
  }
  if (input.landscape.examples(Split::test) > 0) {
    const auto test = profiles_of(input, pairs, t, Split::test, monitor);
    add_curves(record, test, "test", accuracy);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const geometry::Barrier found = geometry::barrier(test[p]);
      entries[p]["test-barrier"] = found.loss;
      entries[p]["test-error-barrier"] = found.error;
    }
  }
  const std::size_t count = input.optima.size();
  add_matrix(record, "barrier-matrix", count, pairs, entries, "barrier", 0);
  add_matrix(record, "distance-matrix", count, pairs, entries, "distance", 0);
  add_matrix(record, "cosine-matrix", count, pairs, entries, "cosine", 1);
  for (const char* key : {"barrier", "distance", "cosine"}) record.result[key] = spread_over(entries, key);
  record.result["rise"] = mean_drop(input);
  if (const auto forms = wedge_forms(input.landscape); forms && forms->optima_on_wedge())
    predict(record, *forms, input, t);
  return record;
}

std::vector<Finding> Barriers::judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    Finding finding;
    finding.claim = "observation-3";
    finding.landscape = record.landscape;
    finding.experiment = record.experiment;
    finding.criterion = fmt::format(
        "separated: the mean barrier on straight lines between optima is at least {} of the drop that "
        "training made",
        barrier_share);
    if (!record.failure.empty()) {
      finding.reason = record.failure;
    } else if (const json& mean = record.result.at("barrier").at("mean"); !mean.is_number()) {
      finding.reason = "a loss on the lines is not finite";
    } else {
      std::vector<double> barriers;
      std::vector<double> predicted;
      for (const json& pair : record.result.at("pairs")) {
        barriers.push_back(pair.at("barrier").get<double>());
        if (pair.contains("predicted-barrier")) predicted.push_back(pair["predicted-barrier"].get<double>());
      }
      const double rise = record.result.at("rise").get<double>();
      finding.measurement = fmt::format("straight-line barrier {}, {:.0f} % of the drop",
                                        spread_of(barriers).text(), 100 * mean.get<double>() / rise);
      if (!predicted.empty())
        finding.prediction = fmt::format("straight-line barrier {:.3g}", spread_of(predicted).mean);
      finding.verdict =
          mean.get<double>() >= barrier_share * rise ? Verdict::reproduced : Verdict::not_reproduced;
      if (!predicted.empty())
        add_closed_form(findings, record, spread_of(predicted).mean, mean.get<double>());
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace nwedge::experiment
