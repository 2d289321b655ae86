#pragma once
#include "nwedge/experiment/ensemble_result.hpp"
#include "nwedge/experiment/ensemble_sets.hpp"

namespace nwedge::experiment {

/// What a set is worth. Gains on the test split are compared example by example: their error is that of the
/// mean difference over the test examples. Where the members are independent (three or more seeds or given
/// weights), the error of its mean over such sets comes from leaving out each member in turn.
///   excess = L(average weights) - mean L(optima)      training split
/// Cost: N (N - 1)/2 lines, N + 1 losses on both splits, N more for independent members.
SetResult measure_set(const MemberSet& set, const Input& input, const Ensemble& options);

}  // namespace nwedge::experiment
