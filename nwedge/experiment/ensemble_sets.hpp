#pragma once
#include <optional>
#include <string>
#include <vector>

#include "nwedge/experiment/ensemble.hpp"

namespace nwedge::experiment {

/// Points whose weights or predictions are to be averaged, and how they came about.
struct MemberSet {
  std::string kind;                         ///< "constant", "cyclic", "restarts", "kick" or "seeds"
  std::optional<double> height;             ///< learning rate, or rho of a kick
  std::optional<std::uint64_t> start_seed;  ///< of the training run it goes on from
  std::vector<std::vector<float>> members;
  std::vector<float> exponential_average;  ///< of all points of the run; empty where there is none
  std::int64_t cycle_steps = 0;            ///< between the members; 0: they do not follow one another
  std::int64_t diverged = 0;               ///< snapshots that were not finite, left out
};

/// The sets that `options` asks for, the set of seeds last. Cost: for each way of going on `snapshots`
/// cycles, for each kick `snapshots` trainings.
std::vector<MemberSet> make_member_sets(const Ensemble& options, const Input& input, Monitor& monitor);

}  // namespace nwedge::experiment
