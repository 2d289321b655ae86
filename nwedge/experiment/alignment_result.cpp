#include <fmt/core.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/experiment/alignment.hpp"
#include "nwedge/experiment/judgement.hpp"

namespace nwedge::experiment {
namespace {

const ArrangedOptima* find(const AlignmentResult& result, std::string_view kind) {
  const auto found = std::find_if(result.arrangements.begin(), result.arrangements.end(),
                                  [&](const ArrangedOptima& own) { return own.kind == kind; });
  return found == result.arrangements.end() ? nullptr : &*found;
}

Check removes(const AlignmentResult& result, std::string_view kind, std::string_view what, double share) {
  const ArrangedOptima* own = find(result, kind);
  if (own == nullptr) return Check::unmeasured(what, "no units that may be permuted are known of it");
  return Check::at_least(what, own->removed, share);
}

Finding permutation(const StoredRecord& record, const AlignmentResult& result, double share) {
  Judgement judgement("permutation", record,
                      fmt::format("permutation: matching units removes at least {} of the mean barrier on "
                                  "straight lines between optima",
                                  share),
                      "optima that no permutation brings together: matching removes nothing");
  judgement
      .premise(Yardstick("the barrier between the optima as trained", find(result, "as-trained")->barrier))
      .require(removes(result, "pairwise", "share removed, pairs matched", share));
  const ArrangedOptima& before = *find(result, "as-trained");
  const ArrangedOptima* pairs = find(result, "pairwise");
  const ArrangedOptima* all = find(result, "universe");
  if (pairs == nullptr || all == nullptr) return judgement.finding();
  judgement.control("units permuted at random", removes(result, "random", "share removed", share))
      .control("matched to shuffled weights", removes(result, "shuffled", "share removed", share));
  judgement.note(fmt::format("barrier {:.3g} as trained, {:.3g} with pairs matched, {:.3g} with all at once",
                             before.barrier.value, pairs->barrier.value, all->barrier.value));
  judgement.note(fmt::format("loss of the mean of all {:.3g}, {:.3g}, {:.3g}; of single optima {:.3g}",
                             before.average_loss, pairs->average_loss, all->average_loss,
                             result.optimum_loss.value));
  if (before.overlap.present() && pairs->overlap.present())
    judgement.note(fmt::format("overlap of top eigenspaces {:.2g}, {:.2g}; by chance {:.2g}",
                               before.overlap.value, pairs->overlap.value,
                               result.chance_overlap.value_or(0)));
  return judgement.finding();
}

Finding falls_with_width(const StoredRecord& record, const AlignmentResult& result, double share) {
  const WidthTrends& trends = *result.trends;
  Judgement judgement(
      "permutation", record,
      fmt::format("width: with each doubling of the width the share of the barrier that matching "
                  "leaves falls by at least {} of its mean",
                  share),
      "matching leaves the same share at every width");
  const auto falls = [&](const Quantity& slope) {
    return Check::at_most("slope of the share left per doubling / mean", slope, -share);
  };
  judgement.premise(Yardstick("the barrier of the narrowest as trained", result.widths.front().barrier))
      .premise(Yardstick("the barrier of the widest as trained", result.widths.back().barrier))
      .require(falls(trends.left))
      .control("units permuted at random", falls(trends.random_left));
  std::string text = "matched barrier";
  for (const WidthBarriers& width : result.widths)
    text += fmt::format("{} {:.3g} ({})", &width == &result.widths.front() ? "" : ",", width.aligned.value,
                        width.model);
  judgement.note(text);
  judgement.note("slope per doubling / mean of the matched barrier itself " + trends.aligned.text() +
                 ", of the barrier as trained " + trends.barrier.text());
  if (trends.repaired_left.present())
    judgement.note("of the share left after rescaling " + trends.repaired_left.text());
  return judgement.finding();
}

}  // namespace

std::vector<Finding> Alignment::do_judge(std::span<const StoredRecord> records) const {
  std::vector<Finding> findings;
  for (const StoredRecord& record : records) {
    const auto result = result_of<AlignmentResult>(record);
    if (find(result, "as-trained") == nullptr)
      throw Error("record of " + record.name, "must hold the optima as trained");
    findings.push_back(permutation(record, result, removed_share));
    if (result.trends && !result.widths.empty())
      findings.push_back(falls_with_width(record, result, fall_share));
  }
  return findings;
}

void ArrangedOptima::visit(FieldVisitor& visitor) {
  visitor.field("kind", kind, "as-trained, pairwise, universe, random or shuffled");
  visitor.field("barrier", barrier, "of the training loss on straight lines, mean over pairs");
  visitor.field("test-barrier", test_barrier, "the same of the test loss");
  visitor.field("removed", removed, "share of the barrier as trained that is gone");
  visitor.field("repaired", repaired, "pairwise: height of the middle after its units are rescaled");
  visitor.field("distance", distance, "between the two of a pair, mean over pairs");
  visitor.field("average-loss", average_loss, "of the mean of all optima, training");
  visitor.field("average-accuracy", average_accuracy, "likewise");
  visitor.field("average-test-loss", average_test_loss, "of the mean of all optima, test");
  visitor.field("average-test-accuracy", average_test_accuracy, "likewise");
  visitor.field("overlap", overlap, "of the Hessians' top eigenspaces, mean over pairs");
  visitor.field("tunnel", tunnel, "barrier left on trained curves between pairs that share no optimum");
  visitor.field("star-loss", star_loss, "mean over the segments from the mean of all optima to each");
  visitor.field("trained-star-loss", trained_star_loss, "the same after the centre was trained");
}

void WidthBarriers::visit(FieldVisitor& visitor) {
  visitor.field("model", model, "network");
  visitor.field("units", units, "that may be permuted");
  visitor.field("loss", loss, "training loss of the trained networks, mean");
  visitor.field("trainings", trainings, "seeds");
  visitor.field("barrier", barrier, "as trained, mean over pairs");
  visitor.field("aligned", aligned, "with units matched");
  visitor.field("repaired", repaired, "at the middle, with units matched and rescaled");
  visitor.field("random", random, "with units permuted at random");
}

void WidthTrends::visit(FieldVisitor& visitor) {
  visitor.field("left", left,
                "slope per doubling, as a share of the mean, of matched barrier / barrier as trained");
  visitor.field("repaired-left", repaired_left, "the same of the matched and rescaled middle");
  visitor.field("random-left", random_left, "the same with units permuted at random");
  visitor.field("barrier", barrier, "the same of the barrier as trained itself");
  visitor.field("aligned", aligned, "the same of the matched barrier itself");
}

void AlignmentResult::visit(FieldVisitor& visitor) {
  visitor.field("units", units, "that may be permuted; 0: none are known");
  visitor.field("drop", drop, "initial less final training loss");
  visitor.field("optimum-loss", optimum_loss, "training loss of the optima");
  visitor.field("arrangements", arrangements, "the optima as trained, and with units permuted");
  visitor.field("chance-overlap", chance_overlap, "of random spaces of that size");
  visitor.field("universe-overlaps", universe_overlaps, "sum of inner products over pairs, round by round");
  visitor.field("widths", widths, "networks of several widths");
  visitor.field("trends", trends, "of their barriers with the width");
}

}  // namespace nwedge::experiment
