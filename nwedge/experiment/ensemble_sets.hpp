#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/experiment/ensemble.hpp"

namespace nwedge::experiment {

/// Points whose weights or predictions are to be averaged, and how they came about.
struct MemberSet {
  std::string kind;              ///< "constant", "cyclic", "restarts", "kick", "seeds", "given" or "random"
  std::optional<double> height;  ///< learning rate, or rho of a kick
  std::optional<std::uint64_t> start_seed;  ///< of the training run it goes on from
  std::vector<std::vector<float>> members;
  std::vector<float> exponential_average;  ///< of all points of the run; empty where there is none
  std::int64_t cycle_steps = 0;            ///< between the members; 0: they do not follow one another
  std::int64_t diverged = 0;               ///< snapshots that were not finite, left out
};

inline constexpr std::uint64_t kRandomSets = 4;

/// Makes one set; what it is made from must outlive it.
using MemberSetMaker = std::function<MemberSet()>;

/// Of weights that were given, as they are ("given"); of the sets that `options` asks for; of optima that
/// were trained ("seeds"); then of `kRandomSets` sets of two random points with the optima's norms in each
/// parameter group, as a control. Weights that were given are gone on from only when `options` says so. Cost:
/// for each way of going on `snapshots` cycles, for each kick `snapshots` trainings.
std::vector<MemberSetMaker> member_set_makers(const Ensemble& options, const Input& input, Monitor& monitor);

}  // namespace nwedge::experiment
