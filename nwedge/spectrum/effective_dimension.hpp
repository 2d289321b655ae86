#pragma once
#include "nwedge/spectrum/quadrature.hpp"

namespace nwedge::spectrum {

/// How many directions of a quadratic well {1/2 r^T H r <= excess} are short when seen from a distance R: a
/// random affine section through a point at that distance meets the well when its dimension is at least
///   d*(excess) = tr f(H),   f(lambda) = lambda R^2 / (lambda R^2 + 2 excess) for lambda > 0, else 0,
/// the squared semi-axes of the well being 2 excess / lambda [larsen2021]. With excess -> 0 the number of
/// positive eigenvalues.
///
/// f is a step at lambda = 2 excess / R^2: where that is a few thousandths of the largest eigenvalue the
/// quadrature needs some 250 steps. An excess so small that the
/// step lies at the rounding of single-precision products (10^-7 of the largest) counts that rounding. The
/// standard error is over the probes. NaN unless radius > 0 and
/// excess > 0.
Estimate effective_dimension(const Quadrature& quadrature, double radius, double excess);

/// The inverse: the least excess loss that random sections of dimension d > 0 reach in the well, the excess
/// at which d* = d; 0 where even the positive eigenvalues together are no more than d. Its standard error is
/// that of d* over the slope.
Estimate reachable_excess(const Quadrature& quadrature, double radius, double d);

}  // namespace nwedge::spectrum
