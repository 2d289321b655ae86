#include "nwedge/core/quantity.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <set>
#include <vector>

namespace nwedge {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kNormal = 1.959963984540054;  // 97.5 % point

/// Without powers of ten where a plain number is short enough.
std::string write(double value, int digits) {
  const double size = std::abs(value);
  return size >= 99.5 && size < 1e6 ? fmt::format("{:.0f}", value) : fmt::format("{:.{}g}", value, digits);
}

/// The factor of a standard error that gives half a 95 % interval.
double half_width_factor(std::int64_t count) {
  if (count == 0) return kNormal;
  if (count < 2) return kNan;
  return boost::math::quantile(boost::math::students_t(static_cast<double>(count - 1)), 0.975);
}

/// The units of two combined numbers: those of the one that has fewer.
void take_units(Quantity& result, const Quantity& a, const Quantity& b) {
  const bool first = b.count == 0 || (a.count > 0 && a.count <= b.count);
  result.count = first ? a.count : b.count;
  result.over = first ? a.over : b.over;
}

}  // namespace

Quantity Quantity::exact(double value) { return {value, 0, 0, "", ""}; }
Quantity Quantity::single(double value) { return {value, kNan, 1, "", ""}; }
Quantity Quantity::estimate(double value, double standard_error, std::int64_t count, std::string_view over) {
  return {value, standard_error, count, std::string(over), ""};
}
Quantity Quantity::missing(std::string_view reason) { return {kNan, kNan, 0, "", std::string(reason)}; }

bool Quantity::present() const { return absent.empty() && std::isfinite(value); }

std::string Quantity::reason() const {
  if (present()) return "";
  if (!absent.empty()) return absent;
  return std::isinf(value) ? "infinite" : "not a number";
}

Interval Quantity::interval() const {
  if (!present()) return {kNan, kNan, kNan};
  if (standard_error == 0) return {value, value, value};
  const double half = standard_error >= 0 ? half_width_factor(count) * standard_error : kNan;
  return {value, value - half, value + half};
}

std::string Quantity::text(int digits) const {
  if (!present()) return "none: " + reason();
  const std::string units = count > 1 && !over.empty() ? fmt::format(" ({} {})", count, over) : "";
  if (!(standard_error > 0)) return write(value, digits) + units;
  return fmt::format("{} ± {}{}", write(value, digits), write(standard_error, 2), units);
}

Quantity mean_of(std::span<const double> values, std::string_view over) {
  if (values.empty()) return Quantity::missing("nothing was measured");
  const auto bad = std::count_if(values.begin(), values.end(), [](double x) { return !std::isfinite(x); });
  if (bad > 0) return Quantity::missing(fmt::format("{} of {} values are not finite", bad, values.size()));
  const Spread spread = spread_of(values);
  return Quantity::estimate(spread.mean, spread.count > 1 ? spread.standard_error() : kNan, spread.count,
                            over);
}

Quantity largest_of(std::span<const double> values, std::string_view over) {
  Quantity largest = mean_of(values, over);
  if (!largest.present()) return largest;
  largest.value = *std::max_element(values.begin(), values.end());
  largest.standard_error = kNan;
  return largest;
}

Quantity mean_over_pairs(std::span<const PairValue> pairs, std::string_view over) {
  std::vector<double> values;
  std::set<std::size_t> units;
  for (const PairValue& pair : pairs) {
    values.push_back(pair.value);
    units.insert({pair.first, pair.second});
  }
  Quantity mean = mean_of(values, over);
  if (!mean.present()) return mean;
  mean.count = std::ssize(units);
  mean.standard_error = kNan;
  std::vector<double> without;
  for (const std::size_t unit : units) {
    std::vector<double> left;
    for (const PairValue& pair : pairs)
      if (pair.first != unit && pair.second != unit) left.push_back(pair.value);
    if (left.empty()) return mean;
    without.push_back(spread_of(left).mean);
  }
  const auto n = static_cast<double>(units.size());
  mean.standard_error = (n - 1) / std::sqrt(n) * spread_of(without).deviation;
  return mean;
}

Quantity ratio(const Quantity& a, const Quantity& b) {
  if (!a.present()) return Quantity::missing(a.reason());
  if (!b.present()) return Quantity::missing(b.reason());
  if (b.value == 0) return Quantity::missing("a ratio to 0");
  Quantity result = Quantity::single(a.value / b.value);
  result.standard_error =
      std::hypot(a.standard_error / b.value, a.value * b.standard_error / (b.value * b.value));
  take_units(result, a, b);
  return result;
}

Quantity difference(const Quantity& a, const Quantity& b) {
  if (!a.present()) return Quantity::missing(a.reason());
  if (!b.present()) return Quantity::missing(b.reason());
  Quantity result = Quantity::single(a.value - b.value);
  result.standard_error = std::hypot(a.standard_error, b.standard_error);
  take_units(result, a, b);
  return result;
}

}  // namespace nwedge
