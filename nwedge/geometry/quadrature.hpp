#pragma once
#include <cstdint>
#include <vector>

namespace nwedge::geometry {

/// A rule for integrals over [0, 1]: sum_k weights[k] f(nodes[k]); nodes ascend and the weights sum to 1.
struct Quadrature {
  std::vector<double> nodes;
  std::vector<double> weights;
};

/// The Gauss-Legendre rule with `order` >= 1 nodes, exact for polynomials of degree 2 order - 1. Cost
/// O(order^2).
Quadrature gauss_legendre(std::int64_t order);

}  // namespace nwedge::geometry
