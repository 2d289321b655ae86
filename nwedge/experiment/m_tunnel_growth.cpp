#include "nwedge/experiment/m_tunnel_growth.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "nwedge/core/statistics.hpp"

namespace nwedge::experiment {
namespace {

using Unit = std::optional<std::int64_t>;

/// Mean of the sets without a unit; NaN where none is left.
double mean_without(std::span<const OfSet> sets, Unit unit) {
  std::vector<double> left;
  for (const OfSet& set : sets)
    if (!unit || std::find(set.members.begin(), set.members.end(), *unit) == set.members.end())
      left.push_back(set.value);
  return left.empty() ? std::numeric_limits<double>::quiet_NaN() : spread_of(left).mean;
}

std::set<std::int64_t> units_of(std::initializer_list<std::span<const OfSet>> lists) {
  std::set<std::int64_t> units;
  for (const std::span<const OfSet> sets : lists)
    for (const OfSet& set : sets) units.insert(set.members.begin(), set.members.end());
  return units;
}

/// A statistic with its jackknife error over units; statistic(none) takes them all.
template <class Statistic>
Quantity jackknife(const std::set<std::int64_t>& units, std::string_view over, Statistic statistic) {
  const double value = statistic(Unit{});
  if (!std::isfinite(value)) return Quantity::missing("a value of a set is not finite");
  std::vector<double> without;
  for (const std::int64_t unit : units) without.push_back(statistic(Unit{unit}));
  const auto n = static_cast<double>(units.size());
  const bool known = units.size() > 1 &&
                     std::all_of(without.begin(), without.end(), [](double x) { return std::isfinite(x); });
  const double error = known ? (n - 1) / std::sqrt(n) * spread_of(without).deviation
                             : std::numeric_limits<double>::quiet_NaN();
  return Quantity::estimate(value, error, std::ssize(units), over);
}

std::span<const OfSet> of_size(const BySize& sets, std::int64_t m) {
  const auto found = sets.find(m);
  return found == sets.end() ? std::span<const OfSet>() : std::span<const OfSet>(found->second);
}

std::string means(const BySize& sets) {
  std::string text;
  for (const auto& [m, values] : sets)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", mean_over_sets(values, "").text());
  return text.empty() ? "none" : text;
}

}  // namespace

Quantity mean_over_sets(std::span<const OfSet> sets, std::string_view over) {
  if (sets.empty()) return Quantity::missing("nothing was measured");
  return jackknife(units_of({sets}), over, [&](Unit unit) { return mean_without(sets, unit); });
}

Quantity change_over_sets(std::span<const OfSet> larger, std::span<const OfSet> smaller,
                          std::string_view over) {
  if (larger.empty() || smaller.empty()) return Quantity::missing("not measured for every m");
  return jackknife(units_of({larger, smaller}), over,
                   [&](Unit unit) { return mean_without(larger, unit) - mean_without(smaller, unit); });
}

bool GrowthEstimator::measured(std::int64_t m) const { return optima.count(m) && optima.count(m + 1); }

Quantity GrowthEstimator::control_growth(std::int64_t m) const {
  return change_over_sets(of_size(control, m + 1), of_size(control, m), "points");
}

Quantity GrowthEstimator::growth(std::int64_t m) const {
  return difference(change_over_sets(of_size(optima, m + 1), of_size(optima, m), "seeds"), control_growth(m));
}

Quantity GrowthEstimator::full_growth(std::int64_t m) const {
  return mean_over_sets(of_size(disjoint, m + 1), "seeds");
}

std::string GrowthEstimator::text() const {
  if (optima.empty()) return "";
  return fmt::format("{} {} for m = {} to {} (one wedge: {})", name, means(optima), optima.begin()->first,
                     optima.rbegin()->first, means(control));
}

}  // namespace nwedge::experiment
