#include "nwedge/spectrum/effective_dimension.hpp"

#include <cmath>
#include <limits>

namespace nwedge::spectrum {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Estimate effective_dimension(const Quadrature& quadrature, double radius, double excess) {
  if (!(radius > 0) || !(excess > 0)) return {kNan, kNan};
  const double squared = radius * radius;
  return quadrature.trace_of([&](double eigenvalue) {
    // Passes on what is not finite.
    return eigenvalue <= 0 ? 0.0 : eigenvalue * squared / (eigenvalue * squared + 2 * excess);
  });
}

Estimate reachable_excess(const Quadrature& quadrature, double radius, double d) {
  // The largest excess that can matter: d* <= tr H+ R^2 / (2 excess).
  const Estimate positive = quadrature.trace_of([](double x) { return x <= 0 ? 0.0 : x; });
  double high = positive.value * radius * radius / (2 * d);
  if (!std::isfinite(high) || !(d > 0) || !(radius > 0)) return {kNan, kNan};
  constexpr double kLeast = 1e-12;  // of the largest: single precision resolves no smaller eigenvalue
  double low = kLeast * high;
  if (!(high > 0) || effective_dimension(quadrature, radius, low).value <= d) return {0, 0};
  while (high / low > 1 + 1e-6) {
    const double middle = std::sqrt(low * high);
    (effective_dimension(quadrature, radius, middle).value > d ? low : high) = middle;
  }
  const double squared = radius * radius;
  const Estimate slope = quadrature.trace_of([&](double eigenvalue) {
    return eigenvalue <= 0 ? 0.0 : 2 * eigenvalue * squared / std::pow(eigenvalue * squared + 2 * high, 2);
  });
  return {high, effective_dimension(quadrature, radius, high).standard_error / slope.value};
}

}  // namespace nwedge::spectrum
