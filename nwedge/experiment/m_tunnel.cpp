#include "nwedge/experiment/m_tunnel.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nwedge/core/error.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/closed_forms.hpp"
#include "nwedge/experiment/m_tunnel_run.hpp"
#include "nwedge/experiment/number.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

/// A control of one wedge has not grown when its effective rank is at most this many branches' more than one.
constexpr double kControlShare = 0.25;
/// On the wedge model: the count of (b) must be this close to the exact union, in shares of it.
constexpr double kUnionTolerance = 0.02;

/// What the finished records of one landscape say.
struct Evidence {
  std::int64_t tunnels = 0;  // sets of at least two optima
  std::int64_t low = 0;      // of which every segment is low
  std::int64_t diverged = 0;
  std::vector<double> barriers;                        // over the drop from the mean to the highest end
  std::map<std::int64_t, std::vector<double>> ratios;  // m: effective rank over branches, optima
  std::map<std::int64_t, double> ratio_errors;         // m: largest standard error
  std::map<std::int64_t, std::vector<double>> control_ratios;
  std::map<std::int64_t, std::vector<double>> counts;
  std::map<std::int64_t, std::vector<double>> unions;  // wedge model: exact, of the counted sets
  std::string no_curvature;
};

void gather_set(const json& set, double low_share, Evidence& found) {
  const auto m = set["m"].get<std::int64_t>();
  const bool optima = set["kind"] == "optima";
  if (set["diverged"].get<bool>()) {
    found.diverged += optima;
    return;
  }
  if (optima && m > 1) {
    const double barrier = number(set["train"]["barrier"]);
    const double highest_end = number(set["train"]["highest-loss"]) - barrier;
    const double rise = number(set["mean-loss"]) - highest_end;
    if (!(rise > 0)) return;  // nothing lies between these optima
    const double share = barrier / rise;
    found.barriers.push_back(barrier);
    ++found.tunnels;
    found.low += share <= low_share;
  }
  // Members that share a wedge of the model make no larger union, so they say nothing about growth.
  const bool distinct =
      !optima || !set.contains("prediction") || std::ssize(set["prediction"]["wedges"]) == m;
  if (distinct && set.contains("effective-rank")) {
    const double ratio = number(set["effective-rank"]["ratio"]);
    (optima ? found.ratios : found.control_ratios)[m].push_back(ratio);
    double& error = found.ratio_errors[m];
    error = std::max(error, number(set["effective-rank"]["ratio-error"]));
  }
  if (optima && set.contains("count")) {
    found.counts[m].push_back(number(set["count"]["value"]));
    if (set.contains("prediction") && set["prediction"].contains("count"))
      found.unions[m].push_back(number(set["prediction"]["count"]));
  }
}

Evidence gather(std::span<const StoredRecord> records) {
  Evidence found;
  for (const StoredRecord& record : records) {
    if (!record.failure.empty()) continue;
    const double low_share = record.options.value("low-share", MTunnel().low_share);
    for (const json& set : record.result["sets"]) gather_set(set, low_share, found);
    if (record.result.contains("no-curvature")) found.no_curvature = record.result["no-curvature"];
  }
  return found;
}

/// The means for each m: "1, 1.87, 2.65 for m = 1 to 3". Their spreads are in the section's table.
std::string by_size(const std::map<std::int64_t, std::vector<double>>& values) {
  std::string means;
  for (const auto& [m, list] : values)
    means += fmt::format("{}{:.3g}", means.empty() ? "" : ", ", spread_of(list).mean);
  return fmt::format("{} for m = {} to {}", means, values.begin()->first, values.rbegin()->first);
}

double mean_of(const std::vector<double>& values) { return spread_of(values).mean; }

/// Whether the effective rank grows: from 1 to 2, from 2 to 3 where there are three, beyond two standard
/// errors, and the control by less than a quarter of that. Empty: it does; else what is in the way and
/// whether that decides.
struct Growth {
  bool grows = false;
  bool refuted = false;
  std::string reason;
};

Growth growth_of(const Evidence& found) {
  if (!found.no_curvature.empty()) return {false, false, found.no_curvature};
  if (!found.ratios.count(2)) return {false, false, "no effective rank of two optima was measured"};
  double before = 1;
  for (const std::int64_t m : {2, 3}) {
    if (!found.ratios.count(m)) continue;
    const double now = mean_of(found.ratios.at(m));
    const auto control = found.control_ratios.find(m);
    const double noise = 2 * found.ratio_errors.at(m);
    if (now <= before - noise) return {false, true, fmt::format("the effective rank falls at m = {}", m)};
    if (now <= before + noise)
      return {false, false,
              fmt::format("the effective rank at m = {} is within two standard errors of the one before", m)};
    if (control != found.control_ratios.end() && mean_of(control->second) - 1 > kControlShare * (now - 1))
      return {false, true, fmt::format("the control of one wedge grows too at m = {}", m)};
    before = now;
  }
  return {true, false, ""};
}

/// On the wedge model the count must be the exact union.
bool counts_are_unions(const Evidence& found) {
  for (const auto& [m, unions] : found.unions)
    for (std::size_t i = 0; i < unions.size(); ++i)
      if (std::abs(found.counts.at(m)[i] - unions[i]) > kUnionTolerance * unions[i]) return false;
  return true;
}

void decide(const Evidence& found, Finding& finding) {
  if (found.tunnels == 0) {
    finding.reason = found.diverged > 0 ? "every centre diverged" : "no finished record joins two optima";
    return;
  }
  finding.measurement = fmt::format("{} of {} sets of optima are joined, the segments' barrier is {}",
                                    found.low, found.tunnels, spread_of(found.barriers).text("sets"));
  if (!found.ratios.empty())
    finding.measurement += fmt::format("; effective rank over that of one branch {}", by_size(found.ratios));
  if (!found.control_ratios.empty())
    finding.measurement += fmt::format("; control of one wedge {}", by_size(found.control_ratios));
  if (!found.counts.empty())
    finding.measurement += fmt::format("; stiff eigenvalues {}", by_size(found.counts));
  if (!found.unions.empty())
    finding.prediction = fmt::format("short directions of the union of wedges {}", by_size(found.unions));
  const Growth growth = growth_of(found);
  if (found.low < found.tunnels || growth.refuted || !counts_are_unions(found)) {
    finding.verdict = Verdict::not_reproduced;
    finding.reason = growth.reason;
  } else if (!growth.grows) {
    finding.reason = growth.reason;
  } else {
    finding.verdict = Verdict::reproduced;
  }
}

}  // namespace

void MTunnel::visit(OptionVisitor& visitor) {
  visitor.field("most-optima", most_optima, at_least(1), "the largest m, as far as there are optima");
  visitor.field("combinations", combinations, at_least(1), "sets of optima for each m");
  training.visit(visitor);
  visitor.field("segment-points", segment_points, at_least(2),
                "points of each segment at which it is evaluated");
  visitor.field("quadrature", quadrature, between(2, 64),
                "quadrature nodes a segment for the functional and its Hessian");
  visitor.field("sheet-steps", sheet_steps, at_least(0),
                "steps that train the sheet over three optima; 0: no sheet");
  visitor.field("sheet-bends", sheet_bends, at_least(0), "free bends on each edge of the sheet");
  visitor.field("sheet-points", sheet_points, at_least(1),
                "steps along each side of the sheet's triangles where it is evaluated");
  visitor.field("connectors", connectors, at_least(0),
                "common points of a simplicial complex over the optima; 0: none");
  visitor.field("volume-weight", volume_weight, above(0), "reward for the logarithm of the complex's volume");
  visitor.field("examples", examples, at_least(0),
                "examples of each split on which m-tunnels are measured; 0: all");
  visitor.field("curvature-examples", curvature_examples, at_least(0),
                "training examples of Hessians; 0: all");
  visitor.field("probes", probes, at_least(0), "random probes of the effective rank; 0: none");
  visitor.field("lanczos-steps", lanczos_steps, at_least(0),
                "Lanczos steps to count stiff eigenvalues; 0: none");
  visitor.field("lanczos-sets", lanczos_sets, at_least(1), "sets of each m on which they are counted");
  visitor.field("count-fraction", count_fraction, between(0, 1),
                "an eigenvalue counts above this share of the largest one at m = 1, divided by m");
  visitor.field("eigenvectors", eigenvectors, at_least(0),
                "top eigenvectors whose spaces are compared; 0: none");
  visitor.field("connector-dimensions", connector_dimensions, at_least(1),
                "dimensions of random sections in which a centre is looked for; none: not done");
  visitor.field("connector-steps", connector_steps, at_least(1), "steps of Adam in each of them");
  visitor.field("connector-rate", connector_rate, above(0), "their first learning rate");
  visitor.field("connector-share", connector_share, between(0, 1),
                "a section suffices when it makes this share of the way down");
  visitor.field("control", control, "also points of one wedge, continued from the first optimum");
  visitor.field("control-kick", control_kick, at_least(0),
                "length of their first random step over the optimum's norm");
  visitor.field("control-steps", control_steps, at_least(1), "training steps after it");
  visitor.field("control-rate", control_rate, above(0), "their constant learning rate");
  visitor.field(
      "low-share", low_share, between(0, 1),
      "optima are joined when the segments rise at most this share of what the mean of the optima does");
}

void MTunnel::validate(std::string_view place) const {
  training.descent().validate(place);
  if (probes == 1) throw Error(place, "probes must be 0 or at least 2, is 1");
  if (connectors > 0 && connectors + 1 > 2 * quadrature)
    throw Error(place, fmt::format("connectors must be below twice the quadrature's nodes, are {} and {}",
                                   connectors, quadrature));
  if (!std::is_sorted(connector_dimensions.begin(), connector_dimensions.end()))
    throw Error(place, "connector-dimensions must ascend");
}

void MTunnel::validate_for(const Planned& planned, std::string_view place) const {
  const std::int64_t most = planned.landscape.dimension();
  if (!connector_dimensions.empty() && connector_dimensions.front() > most)
    throw Error(place, fmt::format("connector-dimensions must be empty or name one of at most {}, the "
                                   "dimension of the landscape",
                                   most));
}

double MTunnel::cost(const Landscape& landscape, const optimize::Options& descent,
                     std::int64_t optima) const {
  const double measured = examples_used(landscape, examples);
  const double curved = examples_used(landscape, curvature_examples);
  const std::int64_t most = std::min(most_optima, optima);
  const double steps = 3 * batch_examples(landscape, training.batch_size);
  constexpr double kProduct = 6;  // of a Hessian with a vector, in losses
  double total =
      control ? 3 * static_cast<double>(most * control_steps) * batch_examples(landscape, descent.batch_size)
              : 0;
  for (std::int64_t m = 1; m <= most; ++m) {
    const auto kinds = static_cast<double>(std::min(combinations, optima) + (control ? 1 : 0));
    const auto counted = static_cast<double>(std::min(lanczos_sets, optima) + (control ? 1 : 0));
    const auto nodes = static_cast<double>(m * quadrature);
    total += kinds * (steps * static_cast<double>(training.steps) +
                      static_cast<double>(m * segment_points) * 1.5 * measured + 2 * nodes * measured +
                      kProduct * nodes * curved * static_cast<double>(probes));
    total += counted * kProduct * nodes * curved * static_cast<double>(lanczos_steps);
    if (eigenvectors > 0 && probes > 0)  // the spectrum at the centre
      total += kinds * kProduct * curved * static_cast<double>(3 * eigenvectors + probes);
    const auto sections =
        static_cast<double>(std::ssize(connector_dimensions) * (m > 1 ? 1 + (control ? 1 : 0) : 0));
    total += sections * (steps * static_cast<double>(connector_steps) + nodes * measured);
  }
  if (optima >= 3 && sheet_steps > 0)
    total += steps * static_cast<double>(sheet_steps) +
             6.0 * static_cast<double>((sheet_bends + 1) * sheet_points * sheet_points) * measured / 2;
  if (eigenvectors > 0)
    total += (control ? 2.0 : 1.0) * static_cast<double>(most * 6 * eigenvectors) * kProduct * curved;
  return total;
}

Record MTunnel::run(const Input& input, Monitor& monitor) const {
  if (input.optima.empty()) throw Error("m-tunnel", "needs at least 1 optimum, has 0");
  return run_m_tunnel(*this, input, monitor);
}

std::vector<Finding> MTunnel::do_judge(std::span<const StoredRecord> records) const {
  if (records.empty()) return {};
  Finding finding;
  finding.claim = "contribution-3";
  finding.landscape = records.front().landscape;
  finding.experiment = std::string(name());
  finding.criterion = fmt::format(
      "every set of optima has a centre from which all segments rise at most {:.0f} % of what the mean of "
      "the optima does; the "
      "effective rank over that of one branch grows from m = 1 to 2 to 3 by more than two standard errors "
      "each, and for points "
      "of one wedge by at most a quarter of that; on the wedge model the stiff eigenvalues are the exact "
      "union within {:.0f} %",
      100 * records.front().options.value("low-share", low_share), 100 * kUnionTolerance);
  const Evidence found = gather(records);
  decide(found, finding);
  if (found.unions.empty()) return {finding};
  ClosedForms forms;
  for (const auto& [m, unions] : found.unions)
    for (std::size_t i = 0; i < unions.size(); ++i)
      forms.add(fmt::format("m = {}:", m), unions[i], found.counts.at(m)[i], kUnionTolerance * unions[i]);
  return {
      finding,
      forms.finding(finding.landscape, name(),
                    fmt::format("the stiff eigenvalues of every m-tunnel are as many as the short directions "
                                "of the union of its wedges, within {:.0f} %",
                                100 * kUnionTolerance))};
}

}  // namespace nwedge::experiment
