#include <fmt/core.h>

#include <cmath>

#include "nwedge/core/statistics.hpp"
#include "nwedge/experiment/judgement.hpp"
#include "nwedge/experiment/tunnel.hpp"
#include "nwedge/experiment/tunnel_result.hpp"

namespace nwedge::experiment {
namespace {

/// The share of random paths that may be low while random search still counts as hopeless.
constexpr double kRandomShare = 0.1;
/// On the model a tunnel has no barrier; descent stops short of that.
constexpr double kModelShare = 0.01;

void add_notes(Judgement& judgement, const TunnelResult& result, double share) {
  if (result.tail.present())
    judgement.note(fmt::format("a low barrier lies {} standard deviations below the mean of random paths",
                               result.tail.text(2)));
  std::int64_t same = 0;
  std::int64_t open = 0;
  std::int64_t lost = 0;
  for (const TunnelPair& pair : result.pairs) {
    same += pair.coincide;
    open += !pair.coincide && !pair.separated;
    lost += !pair.coincide && pair.lowest_tunnel() == nullptr;
  }
  if (same > 0) judgement.note(fmt::format("{} of {} pairs coincide", same, result.pairs.size()));
  if (open > 0)
    judgement.note(fmt::format("{} of {} pairs have no wall between them", open, result.pairs.size()));
  if (lost > 0)
    judgement.note(fmt::format("every path of {} of {} pairs diverged", lost, result.pairs.size()));
  if (result.spanning_tree.spans &&
      result.spanning_tree.highest_barrier <= share * result.straight_barrier.value)
    judgement.note(fmt::format("tunnels join all {} optima, the highest with a barrier of {:.2g}",
                               result.optima, result.spanning_tree.highest_barrier));
}

/// Mean of a prediction over pairs that a wall separates; missing where one has none.
Quantity predicted(const TunnelResult& result, Quantity TunnelPrediction::*number) {
  std::vector<double> values;
  for (const TunnelPair& pair : result.pairs) {
    if (!pair.separated) continue;
    if (!pair.prediction) return Quantity::missing("no prediction for this landscape");
    const Quantity& one = (*pair.prediction).*number;
    if (!one.present()) return one;
    values.push_back(one.value);
  }
  return values.empty() ? Quantity::missing("no pairs") : Quantity::exact(spread_of(values).mean);
}

Finding joined(const StoredRecord& record, const TunnelResult& result, double share) {
  const Yardstick drop("the drop in training", result.drop);
  const Yardstick straight("the straight line's", result.straight_barrier);
  Judgement judgement(
      "observation-3", record,
      fmt::format(
          "separated as weights (units may be permuted) and joined: the straight line has a barrier, the "
          "lowest trained path at most {:.0f} % of it in the mean over pairs, and at most {:.0f} % of "
          "random paths of that length are as low",
          100 * share, 100 * kRandomShare),
      "isolated basins, around whose walls no path leads; a convex basin has no wall, and decides nothing");
  judgement.premise(drop)
      .premise(Yardstick("the straight barrier", straight.size()))
      .require(Check::at_least("straight barrier", result.straight_barrier, 0))
      .require(Check::at_most("tunnel barrier", result.tunnel_barrier, share, straight))
      .require(result.random_paths > 0 ? Check::share_at_most("random paths as low", result.random_low,
                                                              result.random_paths, kRandomShare)
                                       : Check::unmeasured("random paths", result.random_barrier.reason()));
  if (std::isnan(result.random_barrier.interval().low))
    judgement.require(Check::unmeasured(
        "control, the barrier of random paths",
        result.random_barrier.present() ? "no interval, needs more seeds" : result.random_barrier.reason()));
  else
    judgement.control("random paths of the same length",
                      Check::at_most("barrier of random paths", result.random_barrier, share, straight));
  add_notes(judgement, result, share);
  const Quantity line = predicted(result, &TunnelPrediction::straight_barrier);
  const Quantity tunnel = predicted(result, &TunnelPrediction::tunnel_barrier);
  if (line.present() && tunnel.present())
    judgement.predict(fmt::format("straight barrier {}, tunnel barrier {}", line.text(), tunnel.text()));
  return judgement.finding();
}

Finding closed_form(const StoredRecord& record, const TunnelResult& result, const Quantity& tunnel) {
  const Yardstick line("the predicted straight barrier",
                       predicted(result, &TunnelPrediction::straight_barrier));
  return Judgement(
             kModelClaim, record,
             fmt::format("the lowest tunnels have the predicted barrier within {:.0f} % of the straight "
                         "line's",
                         100 * kModelShare),
             "")
      .premise(Yardstick("the straight barrier", result.straight_barrier))
      .premise(line)
      .require(Check::agrees("tunnel barrier", result.tunnel_barrier, tunnel, kModelShare, line))
      .predict(fmt::format("tunnel barrier {}", tunnel.text()))
      .finding();
}

}  // namespace

std::vector<Finding> Tunnel::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    const auto result = result_of<TunnelResult>(record);
    findings.push_back(joined(record, result, tunnel_share));
    if (const Quantity tunnel = predicted(result, &TunnelPrediction::tunnel_barrier); tunnel.present())
      findings.push_back(closed_form(record, result, tunnel));
  }
  return findings;
}

}  // namespace nwedge::experiment
