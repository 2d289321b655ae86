#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "tests/reference/dual.hpp"

namespace nwedge::reference {

/// A number that remembers what it was made from, on a tape that all of one type share. T is double, or Dual:
/// then slopes carry their own derivatives along a direction.
template <class T>
struct Recorded {
  T value = 0.0;
  std::int32_t place = -1;  ///< on the tape; -1: a constant

  Recorded() = default;
  Recorded(double v) : value(v) {}  // NOLINT: a number is a constant
  Recorded(T v, std::int32_t p) : value(v), place(p) {}
};

/// Reverse-mode differentiation: numbers in the order in which they were made, each with its derivatives by
/// the two that it was made from.
template <class T>
class Tape {
 public:
  static void clear() { entries().clear(); }
  static Recorded<T> variable(T value) { return {value, push(-1, 0.0, -1, 0.0)}; }
  /// f(a, b) with its two derivatives.
  static Recorded<T> made(T value, const Recorded<T>& a, T by_a, const Recorded<T>& b, T by_b) {
    if (a.place < 0 && b.place < 0) return {value, -1};
    return {value, push(a.place, by_a, b.place, by_b)};
  }
  static Recorded<T> made(T value, const Recorded<T>& a, T by_a) { return made(value, a, by_a, {}, 0.0); }

  /// The derivatives of sum_k seeds[k] results[k] by everything on the tape.
  static std::vector<T> slopes(std::span<const Recorded<T>> results, std::span<const T> seeds) {
    std::vector<T> slopes(entries().size(), T(0.0));
    for (std::size_t k = 0; k < results.size(); ++k)
      if (results[k].place >= 0) slopes[static_cast<std::size_t>(results[k].place)] += seeds[k];
    for (std::size_t n = slopes.size(); n-- > 0;) {
      const Entry& entry = entries()[n];
      if (entry.a >= 0) slopes[static_cast<std::size_t>(entry.a)] += entry.by_a * slopes[n];
      if (entry.b >= 0) slopes[static_cast<std::size_t>(entry.b)] += entry.by_b * slopes[n];
    }
    return slopes;
  }

 private:
  struct Entry {
    std::int32_t a;
    std::int32_t b;
    T by_a;
    T by_b;
  };
  static std::vector<Entry>& entries() {
    static std::vector<Entry> all;
    return all;
  }
  static std::int32_t push(std::int32_t a, T by_a, std::int32_t b, T by_b) {
    entries().push_back({a, b, by_a, by_b});
    return static_cast<std::int32_t>(entries().size()) - 1;
  }
};

template <class T>
Recorded<T> operator+(const Recorded<T>& a, const Recorded<T>& b) {
  return Tape<T>::made(a.value + b.value, a, 1.0, b, 1.0);
}
template <class T>
Recorded<T> operator-(const Recorded<T>& a, const Recorded<T>& b) {
  return Tape<T>::made(a.value - b.value, a, 1.0, b, -1.0);
}
template <class T>
Recorded<T> operator-(const Recorded<T>& a) {
  return Tape<T>::made(-a.value, a, -1.0);
}
template <class T>
Recorded<T> operator*(const Recorded<T>& a, const Recorded<T>& b) {
  return Tape<T>::made(a.value * b.value, a, b.value, b, a.value);
}
template <class T>
Recorded<T> operator/(const Recorded<T>& a, const Recorded<T>& b) {
  const T inverse = T(1.0) / b.value;
  return Tape<T>::made(a.value * inverse, a, inverse, b, -a.value * inverse * inverse);
}
template <class T>
Recorded<T>& operator+=(Recorded<T>& a, const Recorded<T>& b) {
  return a = a + b;
}
template <class T>
bool operator>(const Recorded<T>& a, const Recorded<T>& b) {
  return a.value > b.value;
}
template <class T>
bool operator<(const Recorded<T>& a, const Recorded<T>& b) {
  return a.value < b.value;
}
template <class T>
Recorded<T> exp(const Recorded<T>& a) {
  using std::exp;
  const T value = exp(a.value);
  return Tape<T>::made(value, a, value);
}
template <class T>
Recorded<T> log(const Recorded<T>& a) {
  using std::log;
  return Tape<T>::made(log(a.value), a, T(1.0) / a.value);
}
template <class T>
Recorded<T> log1p(const Recorded<T>& a) {
  using std::log1p;
  return Tape<T>::made(log1p(a.value), a, T(1.0) / (T(1.0) + a.value));
}
template <class T>
Recorded<T> sqrt(const Recorded<T>& a) {
  using std::sqrt;
  const T value = sqrt(a.value);
  return Tape<T>::made(value, a, T(0.5) / value);
}
template <class T>
Recorded<T> pow(const Recorded<T>& a, double p) {
  using std::pow;
  return Tape<T>::made(pow(a.value, p), a, p == 0 ? T(0.0) : T(p) * pow(a.value, p - 1));
}
template <class T>
Recorded<T> erf(const Recorded<T>& a) {
  using std::erf;
  using std::exp;
  return Tape<T>::made(erf(a.value), a, T(2 * std::numbers::inv_sqrtpi) * exp(-(a.value * a.value)));
}
template <class T>
Recorded<T> tanh(const Recorded<T>& a) {
  using std::tanh;
  const T value = tanh(a.value);
  return Tape<T>::made(value, a, T(1.0) - value * value);
}

}  // namespace nwedge::reference
