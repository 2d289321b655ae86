#include "nwedge/experiment/m_tunnel.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/judgement.hpp"
#include "nwedge/experiment/m_tunnel_growth.hpp"
#include "nwedge/experiment/m_tunnel_result.hpp"
#include "nwedge/experiment/m_tunnel_run.hpp"
#include "nwedge/experiment/smaller_landscape.hpp"

namespace nwedge::experiment {
namespace {

/// Growth of the number of short directions: at least this share of what a disjoint wedge would add.
constexpr double kGrowthShare = 0.1;
/// On the wedge model: the count of (b) must be this close to the exact union, in shares of it.
constexpr double kUnionTolerance = 0.02;
constexpr double kProduct = 6;  // of a Hessian with a vector, in losses

/// What the records of one landscape say.
struct Evidence {
  std::vector<OfSet> barriers;  ///< on the segments, of sets of at least two
  std::vector<OfSet> rises;     ///< of the loss at the mean of the members
  GrowthEstimator count{"stiff eigenvalues", {}, {}, {}};
  GrowthEstimator rank{"effective rank over that of one branch", {}, {}, {}};
  GrowthEstimator connector{"connector dimension", {}, {}, {}};
  std::vector<StarResult> counted;  ///< optima of the wedge model
  std::int64_t diverged = 0;
  std::int64_t beyond = 0;  ///< connectors that no section reached
  std::string no_curvature;

  /// The estimator that decides: the first that was measured.
  const GrowthEstimator& used() const {
    if (count.optima.count(2)) return count;
    return rank.optima.count(2) ? rank : connector;
  }
};

/// The wedges of the model that the optima of all sets lie in; empty on other landscapes.
std::set<std::int64_t> wedges_of(const MTunnelResult& result) {
  std::set<std::int64_t> wedges;
  for (const StarResult& set : result.sets)
    if (set.kind == "optima" && set.prediction)
      wedges.insert(set.prediction->wedges.begin(), set.prediction->wedges.end());
  return wedges;
}

void gather_set(const StarResult& set, bool several_wedges, Evidence& found) {
  const bool optima = set.kind == "optima";
  if (set.diverged) {
    found.diverged += optima;
    return;
  }
  if (optima && set.m > 1 && set.train) {
    found.barriers.push_back({set.members, set.train->barrier});
    found.rises.push_back({set.members, set.mean_loss - set.highest_end});
  }
  // Where a model has several wedges, members that share one make no larger union: chance, not growth.
  if (optima && several_wedges && set.prediction && std::ssize(set.prediction->wedges) != set.m) return;
  const auto kept = [&](GrowthEstimator& estimator) -> BySize& {
    return optima ? estimator.optima : estimator.control;
  };
  if (set.effective_rank) {
    kept(found.rank)[set.m].push_back({set.members, set.effective_rank->ratio.value});
    if (optima && set.m == 1)  // orthogonal branches alike have as many times one's rank as there are
      for (const std::int64_t k : {2, 3})
        found.rank.disjoint[k].push_back({set.members, set.effective_rank->ratio.value});
  }
  if (set.count) kept(found.count)[set.m].push_back({set.members, set.count->value.value});
  if (optima && set.m == 1 && set.count)
    for (std::size_t k = 1; k < set.count->copies.size(); ++k)
      found.count.disjoint[static_cast<std::int64_t>(k) + 1].push_back(
          {set.members, set.count->copies[k] - set.count->copies[k - 1]});
  if (optima && set.count && set.prediction) found.counted.push_back(set);
}

void gather_connector(const ConnectorResult& one, Evidence& found) {
  found.beyond += !one.dimension;
  if (!one.dimension) return;
  const bool optima = one.kind == "optima";
  (optima ? found.connector.optima : found.connector.control)[one.m].push_back({one.members, *one.dimension});
  // The share of each of two; there is none of one alone.
  if (optima && one.m == 2) found.connector.disjoint[3].push_back({one.members, *one.dimension / 2});
}

Evidence gather(std::span<const StoredRecord> records) {
  Evidence found;
  for (const StoredRecord& record : records) {
    const auto result = result_of<MTunnelResult>(record);
    const bool several_wedges = wedges_of(result).size() > 1;
    for (const StarResult& set : result.sets) gather_set(set, several_wedges, found);
    for (const ConnectorResult& one : result.connector) gather_connector(one, found);
    if (!result.no_curvature.empty()) found.no_curvature = result.no_curvature;
  }
  return found;
}

/// Steps of m whose growth decides: from 1 to 2 and, where there are three optima, from 2 to 3.
std::vector<std::int64_t> steps_of(const GrowthEstimator& estimator) {
  std::vector<std::int64_t> steps;
  for (const std::int64_t m : {1, 2})
    if (estimator.measured(m)) steps.push_back(m);
  return steps;
}

Check growth_check(const GrowthEstimator& estimator, std::int64_t m, const Quantity& growth,
                   std::string_view over) {
  return Check::at_least(fmt::format("growth of {}{} from m = {} to {}", estimator.name, over, m, m + 1),
                         growth, kGrowthShare,
                         Yardstick("what a disjoint wedge would add", estimator.full_growth(m)));
}

/// (1) of the claim.
Finding joined_finding(const StoredRecord& record, const Evidence& found, double low_share) {
  Judgement judgement("contribution-3", record,
                      fmt::format("joined: the segments from the centres rise at most {:.0f} % of what the "
                                  "means of the optima do",
                                  100 * low_share),
                      "separate basins are not joined");
  const Yardstick rise("the rise at the mean of the optima", mean_over_sets(found.rises, "seeds"));
  judgement.premise(rise).require(
      Check::at_most("barrier on the segments", mean_over_sets(found.barriers, "seeds"), low_share, rise));
  if (found.diverged > 0) judgement.note(fmt::format("{} centres diverged", found.diverged));
  return judgement.finding();
}

/// (2) of the claim.
Finding growing_finding(const StoredRecord& record, const Evidence& found) {
  const GrowthEstimator& used = found.used();
  Judgement judgement(
      "contribution-3", record,
      fmt::format("growing: from m to m + 1 optima the number of short directions ({}) gains on that of "
                  "points of one wedge by at least {:.0f} % of what a disjoint wedge would add",
                  used.name, 100 * kGrowthShare),
      "points of one wedge, or optima of one bowl, have no more short directions than one");
  const std::vector<std::int64_t> steps = steps_of(used);
  if (steps.empty())
    judgement.premise({"the number of short directions",
                       Quantity::missing(found.no_curvature.empty() ? "no two sizes of sets were measured"
                                                                    : found.no_curvature)});
  std::vector<Check> own;
  for (const std::int64_t m : steps) {
    judgement.premise({"what a disjoint wedge would add", used.full_growth(m)})
        .require(growth_check(used, m, used.growth(m), " over the control's"));
    if (used.control.count(m) && used.control.count(m + 1))
      own.push_back(growth_check(used, m, used.control_growth(m), ""));
  }
  if (!own.empty()) judgement.control("points of one wedge", own);
  for (const GrowthEstimator* estimator : {&found.count, &found.rank, &found.connector})
    judgement.note(estimator->text());
  if (found.beyond > 0)
    judgement.note(fmt::format("{} connector dimensions lie beyond those tried", found.beyond));
  if (!found.no_curvature.empty()) judgement.note("no curvature: " + found.no_curvature);
  std::map<std::int64_t, std::vector<double>> unions;
  for (const StarResult& set : found.counted)
    unions[set.m].push_back(static_cast<double>(set.prediction->united));
  std::string predicted;
  for (const auto& [m, values] : unions)
    predicted += fmt::format("{}{:.0f}", predicted.empty() ? "" : ", ", spread_of(values).mean);
  if (!predicted.empty()) judgement.predict("short directions of the union of wedges " + predicted);
  return judgement.finding();
}

/// On the wedge model the count of every set is the exact union.
Finding model_finding(const StoredRecord& record, const Evidence& found) {
  Judgement judgement(
      kModelClaim, record,
      fmt::format("the stiff eigenvalues of every m-tunnel are as many as the short directions of "
                  "the union of its wedges, within {:.0f} %",
                  100 * kUnionTolerance),
      "");
  std::vector<double> unions;
  std::vector<double> departures;
  for (const StarResult& set : found.counted) {
    unions.push_back(set.prediction->count.value);
    departures.push_back(std::abs(set.count->value.value - unions.back()));
  }
  // Each union is exact, so the largest departure has no error of its own.
  Quantity largest = largest_of(departures, "sets");
  if (largest.present()) largest.standard_error = 0;
  const Yardstick united("the mean union", mean_of(unions, "sets"));
  return judgement.premise(united)
      .require(
          Check::at_most("largest departure of a count from its union", largest, kUnionTolerance, united))
      .finding();
}

}  // namespace

void MTunnel::visit(OptionVisitor& visitor) {
  visitor.field("most-optima", most_optima, at_least(1), "the largest m, as far as there are optima");
  visitor.field("combinations", combinations, at_least(1), "sets of optima for each m");
  matching.visit(visitor);
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
                "an eigenvalue counts above this share of the largest one at m = 1, over the largest m");
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
  matching.validate_for(planned, place);
}

double MTunnel::set_cost(const Landscape& landscape, std::int64_t optima) const {
  const double curved = examples_used(landscape, curvature_examples);
  const double steps = 3 * batch_examples(landscape, training.batch_size);
  const double kinds = control ? 2.0 : 1.0;
  double total = 0;
  for (std::int64_t m = 1; m <= std::min(most_optima, optima); ++m) {
    const double sets = kinds * static_cast<double>(std::min(combinations, optima));
    const double counted = kinds * static_cast<double>(std::min({lanczos_sets, combinations, optima}));
    const double product = kProduct * static_cast<double>(m * quadrature) * curved;
    total += sets * (steps * static_cast<double>(training.steps) + product * static_cast<double>(probes));
    total += counted * product * static_cast<double>(lanczos_steps);
    if (eigenvectors > 0 && probes > 0)  // the spectrum at the centre
      total += sets * kProduct * curved * static_cast<double>(3 * eigenvectors + probes);
  }
  return total;
}

double MTunnel::cost(const Landscape& landscape, const optimize::Options& descent,
                     std::int64_t optima) const {
  const double measured = examples_used(landscape, examples);
  const double curved = examples_used(landscape, curvature_examples);
  const std::int64_t most = std::min(most_optima, optima);
  const double steps = 3 * batch_examples(landscape, training.batch_size);
  const double kinds = control ? 2.0 : 1.0;
  double total = set_cost(landscape, optima);
  if (control)
    total += 3 * static_cast<double>(optima * control_steps) * batch_examples(landscape, descent.batch_size);
  for (std::int64_t m = 1; m <= most; ++m) {
    const auto sets = static_cast<double>(std::min(combinations, optima));
    const auto nodes = static_cast<double>(m * quadrature);
    total += kinds * sets * (static_cast<double>(m * segment_points) * 1.5 * measured + 2 * nodes * measured);
    // Of the optima alone: points of one wedge need no section.
    const double sections = m > 1 ? sets * static_cast<double>(connector_dimensions.size()) : 0.0;
    total += sections * (steps * static_cast<double>(connector_steps) + nodes * measured);
  }
  if (optima >= 3 && sheet_steps > 0)
    total += steps * static_cast<double>(sheet_steps) +
             6.0 * static_cast<double>((sheet_bends + 1) * sheet_points * sheet_points) * measured / 2;
  if (eigenvectors > 0) total += kinds * static_cast<double>(most * 6 * eigenvectors) * kProduct * curved;
  return total;
}

SpreadLoop MTunnel::loop(const Landscape& landscape, std::int64_t optima) const {
  const std::int64_t sets = std::min(most_optima, optima) * std::min(combinations, optima);
  return {(control ? 2 : 1) * sets, set_cost(landscape, optima) / cost(landscape, {}, optima)};
}

Record MTunnel::run(const Input& input, Monitor& monitor) const {
  if (input.optima.empty()) throw Error("m-tunnel", "needs at least 1 optimum, has 0");
  return run_matched(matching, input, monitor,
                     [&](const Input& own) { return run_m_tunnel(*this, own, monitor); });
}

std::vector<Finding> MTunnel::do_judge(std::span<const StoredRecord> records) const {
  const Evidence found = gather(records);
  std::vector<Finding> findings = {joined_finding(records.front(), found, low_share),
                                   growing_finding(records.front(), found)};
  const bool predicted = std::any_of(found.counted.begin(), found.counted.end(),
                                     [](const StarResult& set) { return set.prediction->count.present(); });
  if (predicted) findings.push_back(model_finding(records.front(), found));
  return findings;
}

}  // namespace nwedge::experiment
