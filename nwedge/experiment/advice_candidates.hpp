#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nwedge/experiment/advice.hpp"
#include "nwedge/experiment/advice_lines.hpp"
#include "nwedge/experiment/examiner.hpp"

namespace nwedge::experiment {

/// One candidate with what it predicts.
struct Candidate {
  CandidateAdvice advice;
  std::vector<float> weights;        ///< of one network; empty of an ensemble
  std::vector<std::size_t> parts;    ///< of an ensemble: candidates
  std::vector<float> probabilities;  ///< of the deciding examples
  ExampleQuality deciding;
};

/// Makes the candidates and measures them on the deciding examples.
class AdviceCandidates {
 public:
  AdviceCandidates(const Examiner& examiner, std::span<const Checkpoint> checkpoints,
                   const AdviceLines& lines, const AdviceOptions& options);

  /// Checkpoints, averages, soups, then ensembles of these.
  void make(const std::vector<std::vector<std::int64_t>>& wedges,
            const std::vector<std::vector<std::int64_t>>& aligned_wedges, Monitor& monitor);
  const std::vector<Candidate>& all() const { return candidates_; }
  /// The checkpoint with the best accuracy on the deciding examples; of equals the one with the least loss.
  std::size_t best_single() const { return order_.front(); }
  /// Whether the average of these checkpoints is about as good as they are.
  bool confirmed(std::span<const std::int64_t> members, double tolerance) const;

 private:
  /// The new candidate, or the one that has these weights already.
  std::size_t add_network(std::string name, std::string action, std::vector<std::int64_t> members,
                          std::vector<float> weights);
  void add_ensemble(std::vector<std::size_t> parts);
  void add_soup(bool align);
  void add_aligned_average(const std::vector<std::int64_t>& members);
  void add_fisher_average(const std::vector<std::int64_t>& members);
  void add_ensembles(const std::vector<std::vector<std::int64_t>>& wedges);
  void measure(Candidate& candidate);
  std::string names(std::span<const std::int64_t> members) const;
  std::vector<float> mean(std::span<const std::int64_t> members) const;
  bool better(std::size_t a, std::size_t b) const;

  const Examiner& examiner_;
  std::span<const Checkpoint> checkpoints_;
  const AdviceLines& lines_;
  std::int64_t budget_;
  std::int64_t fisher_examples_;
  std::vector<Candidate> candidates_;
  std::vector<std::size_t> order_;  // of checkpoints, the best first
};

}  // namespace nwedge::experiment
