#pragma once
#include <cmath>

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
inline Dual operator*(Dual a, Dual b) {
  return {a.value * b.value, a.tangent * b.value + a.value * b.tangent};
}
inline Dual operator/(Dual a, Dual b) {
  return {a.value / b.value, (a.tangent - a.value / b.value * b.tangent) / b.value};
}
inline Dual& operator+=(Dual& a, Dual b) { return a = a + b; }
inline bool operator>(Dual a, Dual b) { return a.value > b.value; }
inline Dual exp(Dual a) { return {std::exp(a.value), std::exp(a.value) * a.tangent}; }
inline Dual log(Dual a) { return {std::log(a.value), a.tangent / a.value}; }
inline Dual tanh(Dual a) {
  const double t = std::tanh(a.value);
  return {t, (1 - t * t) * a.tangent};
}

}  // namespace nwedge::reference
