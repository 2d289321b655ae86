#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/core/parts.hpp"
#include "nwedge/spectrum/operator.hpp"
#include "nwedge/spectrum/trace.hpp"

namespace nwedge::spectrum {

/// Size of a stochastic Lanczos quadrature; costs probes * steps products.
struct QuadratureOptions {
  std::int64_t probes = 4;  ///< >= 2: independent starts, whose spread is the error
  std::int64_t steps = 60;  ///< >= 1: Lanczos steps of each; fewer where a probe's space closes earlier
  /// Whether every vector is made orthogonal to all before it, at 4 m D multiplications and 4 D bytes for
  /// step m. Without, converged eigenvalues appear again as copies that share their weight: sums over nodes
  /// stay right, but those steps resolve nothing new.
  bool orthogonal = true;

  void visit(OptionVisitor& visitor);
};

/// One Gauss rule: sum_j weights[j] f(nodes[j]) = v^T f(H) v for a unit vector v and polynomials f of degree
/// < 2m.
struct GaussRule {
  std::vector<double> nodes;    ///< [m], ascending
  std::vector<double> weights;  ///< [m], >= 0, sum 1
};

/// The spectrum of H (D x D) as seen by random vectors of +-1 entries: for any f, D times the mean over
/// probes of sum_j weights[j] f(nodes[j]) estimates tr f(H) [ubaru2017].
struct Quadrature {
  std::int64_t rows = 0;  ///< D
  std::vector<GaussRule> rules;
  std::int64_t products = 0;

  /// tr f(H) with its standard error over the probes.
  Estimate trace_of(const std::function<double(double)>& f) const;
  /// The number of eigenvalues above `threshold`, each as often as it occurs.
  Estimate count_above(double threshold) const;
  double least_node() const;
  double greatest_node() const;
};

/// As part of an item of a loop that processes share, and back.
void put(ItemWriter& item, const Quadrature& quadrature);
Quadrature quadrature_of(ItemReader& item);

/// Lanczos from each probe.
Quadrature stochastic_quadrature(OperatorReference matrix, const QuadratureOptions& options,
                                 std::uint64_t seed, Monitor& monitor);

/// The density of eigenvalues (integral 1) on a grid, each node smoothed to a Gaussian of standard deviation
/// `width`.
struct Density {
  std::vector<double> eigenvalues;      ///< [grid]
  std::vector<double> density;          ///< [grid], mean over probes, per unit of eigenvalue
  std::vector<double> standard_errors;  ///< [grid], over probes
  double width = 0;
};

/// The density on `points` >= 2 equal steps over all nodes and 4 widths beyond; `width` > 0. [ghorbani2019]
Density smooth_density(const Quadrature& quadrature, double width, std::int64_t points);

}  // namespace nwedge::spectrum
