#include "nwedge/geometry/quadrature.hpp"

#include <cmath>
#include <numbers>
#include <string>

#include "nwedge/core/error.hpp"

namespace nwedge::geometry {
namespace {

struct LegendreValue {
  double value;
  double slope;
};

/// P_n(x) and its derivative by the three-term recurrence, |x| < 1.
LegendreValue legendre(std::int64_t n, double x) {
  double previous = 1;
  double current = x;
  for (std::int64_t k = 2; k <= n; ++k) {
    const double next =
        (static_cast<double>(2 * k - 1) * x * current - static_cast<double>(k - 1) * previous) /
        static_cast<double>(k);
    previous = current;
    current = next;
  }
  return {current, static_cast<double>(n) * (x * current - previous) / (x * x - 1)};
}

}  // namespace

Quadrature gauss_legendre(std::int64_t order) {
  if (order < 1) throw Error("quadrature", "needs at least 1 node, has " + std::to_string(order));
  const auto n = static_cast<std::size_t>(order);
  Quadrature rule{std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t k = 0; k < n; ++k) {
    // Tricomi's first guess is good enough for Newton's iteration to converge to every root.
    double x =
        std::cos(std::numbers::pi * (static_cast<double>(n - k) - 0.25) / (static_cast<double>(n) + 0.5));
    for (int step = 0; step < 100; ++step) {
      const LegendreValue p = legendre(order, x);
      const double change = p.value / p.slope;
      x -= change;
      if (std::abs(change) < 1e-15) break;
    }
    const double slope = legendre(order, x).slope;
    rule.nodes[k] = 0.5 * (1 + x);
    rule.weights[k] = 1 / ((1 - x * x) * slope * slope);
  }
  return rule;
}

}  // namespace nwedge::geometry
