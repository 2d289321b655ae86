#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/core/statistics.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge::testing {

/// The mean of independent samples is `expected` within five standard errors plus `bias`, what an
/// approximation may be off by.
inline void expect_mean(const std::vector<double>& samples, double expected, double bias = 0) {
  const Spread spread = spread_of(samples);
  ASSERT_GT(spread.count, 50);
  EXPECT_NEAR(spread.mean, expected, 5 * spread.standard_error() + bias);
}

/// A share q of the samples lies below `quantile`, within five standard errors plus `bias`.
inline void expect_quantile(const std::vector<double>& samples, double quantile, double q, double bias = 0) {
  const auto below = std::count_if(samples.begin(), samples.end(), [&](double x) { return x < quantile; });
  const auto count = static_cast<double>(samples.size());
  EXPECT_NEAR(static_cast<double>(below) / count, q, 5 * std::sqrt(q * (1 - q) / count) + bias);
}

/// A point with N(0, sigma^2) coordinates.
inline std::vector<float> gaussian(std::int64_t dimension, std::uint64_t index, double sigma = 1) {
  std::vector<float> point(static_cast<std::size_t>(dimension));
  RandomStream(1, "theory test", index).fill_normal(point, sigma);
  return point;
}

/// An optimum of the model in the core of one wedge: a random point moved straight into it.
inline std::vector<float> optimum(const WedgeModel& model, std::int64_t wedge, std::uint64_t index) {
  const std::int64_t only[] = {wedge};
  return model.project(gaussian(model.dimension(), index, model.options().initial_sigma), only);
}

inline double loss(const WedgeModel& model, const std::vector<float>& point) {
  return model.evaluate(point).loss;
}

/// a + t (b - a).
inline std::vector<float> between(const std::vector<float>& a, const std::vector<float>& b, double t) {
  std::vector<float> point(a.size());
  for (std::size_t j = 0; j < a.size(); ++j) point[j] = static_cast<float>((1 - t) * a[j] + t * b[j]);
  return point;
}

}  // namespace nwedge::wedge::testing
