#pragma once
#include <cmath>
#include <numbers>

namespace nwedge::reference {

/// value + tangent * e with e^2 = 0: a function of duals carries its derivative along one direction.
struct Dual {
  double value = 0;
  double tangent = 0;

  Dual() = default;
  Dual(double v, double t = 0) : value(v), tangent(t) {}  // NOLINT: a number is a dual without tangent
};

inline Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.tangent + b.tangent}; }
inline Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.tangent - b.tangent}; }
inline Dual operator-(Dual a) { return {-a.value, -a.tangent}; }
inline Dual operator*(Dual a, Dual b) {
  return {a.value * b.value, a.tangent * b.value + a.value * b.tangent};
}
inline Dual operator/(Dual a, Dual b) {
  return {a.value / b.value, (a.tangent - a.value / b.value * b.tangent) / b.value};
}
inline Dual& operator+=(Dual& a, Dual b) { return a = a + b; }
inline bool operator>(Dual a, Dual b) { return a.value > b.value; }
inline bool operator<(Dual a, Dual b) { return a.value < b.value; }
inline Dual exp(Dual a) { return {std::exp(a.value), std::exp(a.value) * a.tangent}; }
inline Dual log(Dual a) { return {std::log(a.value), a.tangent / a.value}; }
inline Dual log1p(Dual a) { return {std::log1p(a.value), a.tangent / (1 + a.value)}; }
inline Dual sqrt(Dual a) { return {std::sqrt(a.value), a.tangent / (2 * std::sqrt(a.value))}; }
inline Dual pow(Dual a, double p) {
  return {std::pow(a.value, p), p == 0 ? 0 : p * std::pow(a.value, p - 1) * a.tangent};
}
inline Dual erf(Dual a) {
  return {std::erf(a.value), 2 * std::numbers::inv_sqrtpi * std::exp(-a.value * a.value) * a.tangent};
}
inline Dual tanh(Dual a) {
  const double t = std::tanh(a.value);
  return {t, (1 - t * t) * a.tangent};
}

}  // namespace nwedge::reference
