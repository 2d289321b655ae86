#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/quantity.hpp"

namespace nwedge::experiment {

/// A number of one set of units (seeds, or points of one wedge).
struct OfSet {
  std::vector<std::int64_t> members;
  double value = 0;
};
using BySize = std::map<std::int64_t, std::vector<OfSet>>;

/// Mean over sets of units. Sets that share a unit are not independent, so the error is the jackknife's over
/// the n units, with f_u the mean of the sets without unit u:
///   se^2 = (n - 1)/n sum_u (f_u - mean f)^2,
/// unknown where leaving one unit out leaves no set. `over` names the units.
Quantity mean_over_sets(std::span<const OfSet> sets, std::string_view over);

/// mean(larger) - mean(smaller), a unit being left out of both at once: what units make to differ in both
/// means cancels.
Quantity change_over_sets(std::span<const OfSet> larger, std::span<const OfSet> smaller,
                          std::string_view over);

/// One estimator of the number of short directions of m-tunnels, for each m.
struct GrowthEstimator {
  std::string name;
  BySize optima;
  BySize control;   ///< of points of one wedge
  BySize disjoint;  ///< [m]: what the m-th of m optima would add if its short directions were all new

  /// Whether sets of m and of m + 1 optima were measured.
  bool measured(std::int64_t m) const;
  /// From m to m + 1 points of one wedge.
  Quantity control_growth(std::int64_t m) const;
  /// By how much the growth of optima, from m to m + 1, exceeds that of the control.
  Quantity growth(std::int64_t m) const;
  /// What a disjoint wedge would add at that step.
  Quantity full_growth(std::int64_t m) const;
  /// "stiff eigenvalues 50, 96, 142 for m = 1 to 3 (one wedge: 50, 50, 50)"; "" where nothing was measured.
  std::string text() const;
};

}  // namespace nwedge::experiment
