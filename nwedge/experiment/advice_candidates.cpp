#include "nwedge/experiment/advice_candidates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "nwedge/core/statistics.hpp"
#include "nwedge/network/fisher.hpp"

namespace nwedge::experiment {
namespace {

std::vector<float> mean_of_points(std::span<const std::vector<float>> points) {
  std::vector<double> sum(points.front().size(), 0.0);
  for (const std::vector<float>& point : points)
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += static_cast<double>(point[k]);
  std::vector<float> mean;
  for (const double total : sum)
    mean.push_back(static_cast<float>(total / static_cast<double>(points.size())));
  return mean;
}

}  // namespace

AdviceCandidates::AdviceCandidates(const Examiner& examiner, std::span<const Checkpoint> checkpoints,
                                   const AdviceLines& lines, const AdviceOptions& options)
    : examiner_(examiner),
      checkpoints_(checkpoints),
      lines_(lines),
      budget_(options.budget),
      fisher_examples_(options.fisher_examples) {
  for (std::size_t i = 0; i < checkpoints.size(); ++i)
    add_network(checkpoints[i].name, "keep", {static_cast<std::int64_t>(i)}, checkpoints[i].weights);
  order_.resize(checkpoints.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return better(a, b); });
}

bool AdviceCandidates::better(std::size_t a, std::size_t b) const {
  const CandidateAdvice& left = candidates_[a].advice;
  const CandidateAdvice& right = candidates_[b].advice;
  if (left.deciding_accuracy != right.deciding_accuracy)
    return left.deciding_accuracy > right.deciding_accuracy;
  return left.deciding_loss < right.deciding_loss;
}

std::string AdviceCandidates::names(std::span<const std::int64_t> members) const {
  std::vector<std::string> names;
  for (const std::int64_t member : members)
    names.push_back(checkpoints_[static_cast<std::size_t>(member)].name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<float> AdviceCandidates::mean(std::span<const std::int64_t> members) const {
  std::vector<std::vector<float>> points;
  for (const std::int64_t member : members)
    points.push_back(checkpoints_[static_cast<std::size_t>(member)].weights);
  return mean_of_points(points);
}

void AdviceCandidates::measure(Candidate& candidate) {
  candidate.deciding = example_quality(candidate.probabilities, examiner_.labels(), examiner_.classes());
  candidate.advice.deciding_accuracy = spread_of(candidate.deciding.right).mean;
  candidate.advice.deciding_loss = spread_of(candidate.deciding.losses).mean;
}

std::size_t AdviceCandidates::add_network(std::string name, std::string action,
                                          std::vector<std::int64_t> members, std::vector<float> weights) {
  for (std::size_t k = 0; k < candidates_.size(); ++k)
    if (candidates_[k].weights == weights) return k;
  Candidate candidate;
  candidate.advice.name = std::move(name);
  candidate.advice.action = std::move(action);
  candidate.advice.members = std::move(members);
  candidate.weights = std::move(weights);
  candidate.probabilities = examiner_.probabilities(candidate.weights);
  measure(candidate);
  candidates_.push_back(std::move(candidate));
  return candidates_.size() - 1;
}

void AdviceCandidates::add_ensemble(std::vector<std::size_t> parts) {
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  if (parts.size() < 2 || static_cast<std::int64_t>(parts.size()) > budget_) return;
  for (const Candidate& other : candidates_)
    if (other.parts == parts) return;
  Candidate candidate;
  std::vector<std::string> names;
  std::vector<double> sum(candidates_[parts.front()].probabilities.size(), 0.0);
  for (const std::size_t part : parts) {
    const Candidate& own = candidates_[part];
    names.push_back(own.advice.members.size() > 1 ? "[" + own.advice.name + "]" : own.advice.name);
    for (const std::int64_t member : own.advice.members) candidate.advice.members.push_back(member);
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += static_cast<double>(own.probabilities[k]);
  }
  for (const double total : sum)
    candidate.probabilities.push_back(static_cast<float>(total / static_cast<double>(parts.size())));
  candidate.advice.name = fmt::format("ensemble of {}", fmt::join(names, ", "));
  candidate.advice.action = "ensemble";
  candidate.advice.cost = static_cast<std::int64_t>(parts.size());
  candidate.parts = std::move(parts);
  measure(candidate);
  candidates_.push_back(std::move(candidate));
}

/// A soup [wortsman2022]: checkpoints from the best on, each stays in if the average does not lose accuracy.
void AdviceCandidates::add_soup(bool align) {
  std::vector<std::int64_t> members = {static_cast<std::int64_t>(order_.front())};
  std::vector<std::vector<float>> points = {checkpoints_[order_.front()].weights};
  double accuracy = candidates_[order_.front()].advice.deciding_accuracy;
  for (std::size_t k = 1; k < order_.size(); ++k) {
    points.push_back(align ? lines_.aligned(order_.front(), order_[k]) : checkpoints_[order_[k]].weights);
    const std::vector<float> probabilities = examiner_.probabilities(mean_of_points(points));
    const double with = prediction_quality(probabilities, examiner_.labels(), examiner_.classes()).accuracy;
    if (with < accuracy) {
      points.pop_back();
      continue;
    }
    accuracy = with;
    members.push_back(static_cast<std::int64_t>(order_[k]));
  }
  if (members.size() < 2) return;
  std::vector<float> weights = mean_of_points(points);
  std::sort(members.begin(), members.end());
  std::string name = fmt::format("{}greedy soup of {}", align ? "aligned " : "", names(members));
  add_network(std::move(name), align ? "align-and-average" : "average", std::move(members),
              std::move(weights));
}

/// The average after all units are permuted to match those of the best member.
void AdviceCandidates::add_aligned_average(const std::vector<std::int64_t>& members) {
  const auto reference =
      *std::min_element(members.begin(), members.end(), [&](std::int64_t a, std::int64_t b) {
        return better(static_cast<std::size_t>(a), static_cast<std::size_t>(b));
      });
  std::vector<std::vector<float>> points;
  for (const std::int64_t member : members)
    points.push_back(member == reference ? checkpoints_[static_cast<std::size_t>(member)].weights
                                         : lines_.aligned(static_cast<std::size_t>(reference),
                                                          static_cast<std::size_t>(member)));
  add_network("aligned average of " + names(members), "align-and-average", members, mean_of_points(points));
}

/// The average weighted by the diagonal of each member's Fisher information [matena2022].
void AdviceCandidates::add_fisher_average(const std::vector<std::int64_t>& members) {
  std::vector<std::vector<float>> points;
  std::vector<std::vector<double>> fishers;
  for (const std::int64_t member : members) {
    points.push_back(checkpoints_[static_cast<std::size_t>(member)].weights);
    fishers.push_back(network::fisher_diagonal(*examiner_.network(), points.back(), fisher_examples_, 0));
  }
  add_network("Fisher average of " + names(members), "average", members,
              network::fisher_average(points, fishers));
}

void AdviceCandidates::add_ensembles(const std::vector<std::vector<std::int64_t>>& wedges) {
  const auto most = static_cast<std::size_t>(budget_);
  const std::size_t networks = candidates_.size();
  const auto best_of = [&](std::vector<std::size_t> pool) {
    std::stable_sort(pool.begin(), pool.end(), [&](std::size_t a, std::size_t b) { return better(a, b); });
    pool.resize(std::min(pool.size(), most));
    add_ensemble(std::move(pool));
  };
  best_of(order_);
  std::vector<std::size_t> singles;
  std::vector<std::size_t> averages;
  for (const std::vector<std::int64_t>& wedge : wedges) {
    const auto of_wedge = [&](std::size_t k) {
      return std::find(wedge.begin(), wedge.end(), static_cast<std::int64_t>(k)) != wedge.end();
    };
    singles.push_back(*std::find_if(order_.begin(), order_.end(), of_wedge));
    const auto average =
        std::find_if(candidates_.begin(), candidates_.end(), [&](const Candidate& candidate) {
          return candidate.advice.action == "average" && candidate.advice.members == wedge;
        });
    averages.push_back(average == candidates_.end()
                           ? singles.back()
                           : static_cast<std::size_t>(average - candidates_.begin()));
  }
  best_of(singles);
  best_of(averages);
  // One after the other, whichever lowers the loss most.
  std::vector<std::size_t> chosen;
  std::vector<double> sum(candidates_.front().probabilities.size(), 0.0);
  std::vector<float> trial(sum.size());
  while (chosen.size() < most) {
    std::size_t next = networks;
    double least = 0;
    for (std::size_t k = 0; k < networks; ++k) {
      if (std::find(chosen.begin(), chosen.end(), k) != chosen.end()) continue;
      const double share = 1.0 / static_cast<double>(chosen.size() + 1);
      for (std::size_t i = 0; i < sum.size(); ++i)
        trial[i] =
            static_cast<float>(share * (sum[i] + static_cast<double>(candidates_[k].probabilities[i])));
      const double loss = prediction_quality(trial, examiner_.labels(), examiner_.classes()).loss;
      if (next == networks || loss < least) {
        next = k;
        least = loss;
      }
    }
    if (next == networks) break;
    chosen.push_back(next);
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += static_cast<double>(candidates_[next].probabilities[i]);
  }
  add_ensemble(std::move(chosen));
}

void AdviceCandidates::make(const std::vector<std::vector<std::int64_t>>& wedges,
                            const std::vector<std::vector<std::int64_t>>& aligned_wedges, Monitor& monitor) {
  for (const std::vector<std::int64_t>& wedge : wedges)
    if (wedge.size() > 1) {
      add_network("average of " + names(wedge), "average", wedge, mean(wedge));
      if (fisher_examples_ > 0 && examiner_.network() != nullptr) add_fisher_average(wedge);
    }
  monitor.checkpoint(0.2);
  if (checkpoints_.size() > 1) add_soup(false);
  monitor.checkpoint(0.5);
  if (lines_.can_align() && wedges.size() > 1) {
    for (const std::vector<std::int64_t>& wedge : aligned_wedges)
      if (std::find(wedges.begin(), wedges.end(), wedge) == wedges.end()) add_aligned_average(wedge);
    if (aligned_wedges.size() > 1) add_soup(true);
  }
  monitor.checkpoint(0.9);
  add_ensembles(wedges);
}

bool AdviceCandidates::confirmed(std::span<const std::int64_t> members, double tolerance) const {
  double loss = 0;
  for (const std::int64_t member : members)
    loss += candidates_[static_cast<std::size_t>(member)].advice.deciding_loss /
            static_cast<double>(members.size());
  for (const Candidate& candidate : candidates_)
    if (candidate.advice.action == "average" &&
        std::equal(members.begin(), members.end(), candidate.advice.members.begin(),
                   candidate.advice.members.end()))
      return candidate.advice.deciding_loss <= loss + tolerance;
  return false;
}

}  // namespace nwedge::experiment
