#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "nwedge/core/statistics.hpp"

namespace nwedge {

/// A measured number: a value, its standard error, and over how many independent units it was taken; or
/// nothing, with the reason. A value that is not finite is never present.
struct Quantity {
  double value = std::numeric_limits<double>::quiet_NaN();
  /// 0: exact. NaN: unknown, as of one measurement.
  double standard_error = std::numeric_limits<double>::quiet_NaN();
  std::int64_t count = 0;  ///< independent units (seeds, probes, sets); 0: the error is not an estimate
  std::string over;        ///< what the units are, in the plural: "seeds"
  std::string absent;      ///< why there is no value

  /// A number without error, such as a closed form.
  static Quantity exact(double value);
  /// One measurement, whose error is unknown.
  static Quantity single(double value);
  /// A value whose error comes from `count` units.
  static Quantity estimate(double value, double standard_error, std::int64_t count, std::string_view over);
  /// No value, and why.
  static Quantity missing(std::string_view reason);

  bool present() const;
  /// Why there is no value: `absent`, or "not a number", "infinite", "not recorded"; empty where there is
  /// one.
  std::string reason() const;
  /// 95 % interval, by Student's t with count - 1 degrees of freedom (normal where count is 0). NaN ends
  /// where the error is unknown.
  Interval interval() const;
  /// "0.123 ± 0.004 (5 seeds)", the error a standard error; "none: reason".
  std::string text(int digits = 3) const;

  template <class Visitor>
  void visit(Visitor& visitor) {
    visitor.field("value", value, "the measured value; null where there is none");
    visitor.field("standard-error", standard_error, "its standard error; null where unknown, 0 where exact");
    visitor.field("count", count, "independent units that the error comes from");
    visitor.field("over", over, "what the units are");
    visitor.field("absent", absent, "why there is no value");
  }
};

/// Mean of independent measurements, one of each unit, with the standard error of the mean. Missing when
/// there is none, or when one of them is not finite.
Quantity mean_of(std::span<const double> values, std::string_view over = "seeds");

/// The largest of independent measurements (their spread is no error, so the error is unknown).
Quantity largest_of(std::span<const double> values, std::string_view over = "seeds");

/// One number of a pair of units.
struct PairValue {
  std::size_t first = 0;
  std::size_t second = 0;
  double value = 0;
};

/// Mean over pairs of units. Pairs that share a unit are not independent, so the standard error is the
/// jackknife's over units: with m_i the mean of the pairs without unit i,
///   se^2 = (n - 1)/n sum_i (m_i - mean m)^2.
/// Unknown for fewer than 3 units with pairs left.
Quantity mean_over_pairs(std::span<const PairValue> pairs, std::string_view over = "seeds");

/// a / b with errors propagated to first order, as of independent numbers; missing where either is or b is 0.
Quantity ratio(const Quantity& a, const Quantity& b);
/// a - b, as of independent numbers.
Quantity difference(const Quantity& a, const Quantity& b);

}  // namespace nwedge
