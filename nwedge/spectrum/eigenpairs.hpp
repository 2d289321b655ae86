#pragma once
#include <cstdint>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/spectrum/operator.hpp"

namespace nwedge::spectrum {

/// Which eigenpairs to find and how well.
struct EigenpairOptions {
  std::int64_t top = 10;            ///< >= 0: eigenvalues from the largest down
  std::int64_t bottom = 0;          ///< >= 0: eigenvalues from the smallest (most negative) up
  double tolerance = 1e-3;          ///< residual ||Hv - lambda v|| <= tolerance * max(|lambda|, ||H|| / 10)
  std::int64_t max_products = 300;  ///< stop here, converged or not

  void visit(OptionVisitor& visitor);
};

/// Pairs H v = lambda v at one end of the spectrum.
struct Eigenpairs {
  std::vector<double> values;  ///< [k], from the end inwards
  std::vector<double>
      residuals;               ///< [k], ||Hv - lambda v|| from the Lanczos relation, exact to single rounding
  std::vector<float> vectors;  ///< [k, D], unit rows
  std::int64_t converged = 0;  ///< how many of them, counted from the end, meet the tolerance
};

struct ExtremalEigenpairs {
  Eigenpairs top;
  Eigenpairs bottom;
  std::int64_t products = 0;  ///< of H with a vector
};

/// The ends of the spectrum of H by the Lanczos process from a random start. Fewer pairs than asked for when
/// H has fewer rows; values are NaN when H gives values that are not finite. A multiple eigenvalue of a
/// matrix with few different ones (a wedge's projection) is found as often as it occurs, since the process
/// goes on in the complement of every invariant space; among many different ones a copy appears once.
///
/// No vector is thrown away (memory 4 D bytes a product), and the process stops at the first step at which
/// all pairs have converged: against an implicitly restarted solver it takes about a fifth fewer products for
/// ten pairs.
ExtremalEigenpairs extremal_eigenpairs(OperatorReference matrix, const EigenpairOptions& options,
                                       std::uint64_t seed, Monitor& monitor);

/// ||H v - lambda v|| of every pair, measured with one product each.
std::vector<double> measured_residuals(OperatorReference matrix, const Eigenpairs& pairs);

}  // namespace nwedge::spectrum
