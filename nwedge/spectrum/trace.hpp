#pragma once
#include <cstdint>
#include <span>

#include "nwedge/core/monitor.hpp"
#include "nwedge/spectrum/operator.hpp"

namespace nwedge::spectrum {

/// A random estimate and its standard error.
struct Estimate {
  double value = 0;
  double standard_error = 0;
};

/// The mean of independent draws and its standard error; at least two draws.
Estimate mean(std::span<const double> draws);

/// Moments of the spectrum of H.
struct Moments {
  Estimate trace;            ///< tr H = sum of the eigenvalues
  Estimate trace_of_square;  ///< tr H^2 = ||H||_F^2 = sum of their squares
  Estimate effective_rank;  ///< (tr H)^2 / tr H^2: the number of eigenvalues if all that are not 0 were equal
  std::int64_t products = 0;
};

/// Hutchinson's estimates [hutchinson1990] from `probes` >= 2 random vectors v of +-1 entries: E v^T H v = tr
/// H and E ||H v||^2 = tr H^2, both from the one product H v. The variance of the first is 2 sum_{i != j}
/// H_ij^2: 0 for a diagonal matrix. The effective rank and its error by the jackknife over the probes.
Moments estimate_moments(OperatorReference matrix, std::int64_t probes, std::uint64_t seed, Monitor& monitor);

/// Fills `values` with +-1, each with probability 1/2: the probe `index` of `seed`.
void fill_signs(std::span<float> values, std::uint64_t seed, std::uint64_t index);

}  // namespace nwedge::spectrum
