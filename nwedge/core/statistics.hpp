#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace nwedge {

/// Mean, sample standard deviation (n - 1) and extremes of a few measurements; a NaN among them makes all
/// NaN.
struct Spread {
  std::int64_t count = 0;
  double mean = 0;
  double deviation = 0;  ///< 0 when count < 2
  double least = 0;
  double most = 0;

  double standard_error() const;  ///< deviation / sqrt(count)
  /// "0.123 ± 0.004 (5 seeds)"; no deviation where all are equal. `over`: what was counted, in the plural.
  std::string text(std::string_view over = "seeds", int digits = 3) const;
};

Spread spread_of(std::span<const double> values);
nlohmann::json to_json(const Spread& spread);  ///< {count, mean, deviation, least, most}

/// The q-quantile (0 <= q <= 1) of the values, linear between order statistics.
double quantile(std::span<const double> values, double q);

/// A value with the ends of an interval.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// Spearman's rank correlation of x and y (mean ranks for ties) with a percentile-bootstrap interval of the
/// given confidence over `resamples` seeded resamples; NaN where a sample is constant or shorter than 3.
Interval rank_correlation(std::span<const double> x, std::span<const double> y, double confidence = 0.95,
                          std::int64_t resamples = 2000, std::uint64_t seed = 0);

/// Wilson's score interval for a share of `successes` out of `trials` at 95 % confidence.
Interval proportion(std::int64_t successes, std::int64_t trials);

}  // namespace nwedge
