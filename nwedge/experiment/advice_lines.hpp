#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "nwedge/experiment/advice.hpp"
#include "nwedge/experiment/examiner.hpp"
#include "nwedge/experiment/sampled_barrier.hpp"
#include "nwedge/network/alignment/unit_groups.hpp"

namespace nwedge::experiment {

/// The straight lines between checkpoints, before and after alignment, on as many of the deciding examples as
/// each takes.
class AdviceLines {
 public:
  AdviceLines(const Examiner& examiner, std::span<const Checkpoint> checkpoints, const AdviceOptions& options,
              double tolerance);

  /// All pairs.
  std::vector<PairAdvice> measure(Monitor& monitor);
  /// The weights of `second` with its units permuted to match those of `first`.
  std::vector<float> aligned(std::size_t first, std::size_t second) const;
  bool can_align() const { return groups_ != nullptr && groups_->units() > 0; }

 private:
  void measure(PairAdvice& pair);
  LineAdvice line(std::size_t first, std::size_t second, std::span<const float> end);
  const ExampleQuality& quality(std::size_t checkpoint, std::size_t part);

  const Examiner& examiner_;
  std::span<const Checkpoint> checkpoints_;
  AdviceOptions options_;
  double tolerance_;
  SampledBarrier barrier_;
  std::unique_ptr<const network::UnitGroups> groups_;  // null: units are not known
  std::vector<std::mutex> locks_;                      // of checkpoints
  std::vector<std::deque<ExampleQuality>> qualities_;  // of checkpoints, part by part, as far as asked for
};

/// Connected components of 0 … count - 1 by the pairs that `joined` tells, each sorted.
std::vector<std::vector<std::int64_t>> components(std::size_t count, std::span<const PairAdvice> pairs,
                                                  bool (*joined)(const PairAdvice&));

}  // namespace nwedge::experiment
