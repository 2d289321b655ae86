#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "nwedge/core/quantity.hpp"

namespace nwedge::wedge {

/// What the wedge model says an experiment on it should measure, and how it is known.
struct Prediction {
  enum class Source { none, closed_form, monte_carlo };

  double value = std::numeric_limits<double>::quiet_NaN();
  double standard_error = 0;  ///< of `value`: 0 for a closed form, the sampling error of a Monte Carlo one
  double deviation = 0;       ///< of one measurement around it, where the sampling tells: 0 where not
  std::int64_t samples = 0;   ///< of a Monte Carlo one
  Source source = Source::none;
  std::string reason;  ///< where there is none: why

  /// For a record: exact for a closed form, an estimate over samples, or missing.
  Quantity quantity() const;
  bool known() const { return source != Source::none; }
  static Prediction closed_form(double value);
  static Prediction none(std::string reason);
  /// Mean of independent samples; none, for that reason, where one is not finite.
  static Prediction mean_of(std::span<const double> samples);
  /// Their q-quantile, 0 < q < 1, with half the width of its 68 % order-statistic interval as standard error;
  /// none where that interval is not finite.
  static Prediction quantile_of(std::span<const double> samples, double q);
};

std::string_view to_string(Prediction::Source source);  ///< "none", "closed form", "Monte Carlo"

}  // namespace nwedge::wedge
