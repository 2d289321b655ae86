#include "nwedge/spectrum/effective_dimension.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/spectrum/known_operators.hpp"

namespace nwedge::spectrum {
namespace {

Monitor quiet;

/// A few outliers, then eigenvalues in equal ratios down to far below a 3000th of the top one, half as many
/// small negative ones.
std::vector<double> graded(std::size_t size) {
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(size);
    values[i] = i < 10 ? 9.0 / (1.0 + static_cast<double>(i)) : std::pow(10.0, -1 - 7 * share);
    if (i % 3 == 2) values[i] = -0.1 * values[i];
  }
  return values;
}

double exact(const std::vector<double>& values, double radius, double excess) {
  double sum = 0;
  for (const double x : values)
    if (x > 0) sum += x * radius * radius / (x * radius * radius + 2 * excess);
  return sum;
}

TEST(EffectiveDimension, ResolvesAStepAtAThousandthsOfTheTopEigenvalue) {
  const std::vector<double> values = graded(5000);
  ReflectedDiagonal matrix(values);
  const double radius = 13;
  const Quadrature quadrature = stochastic_quadrature(matrix, {4, 250, false}, 3, quiet);
  for (const double excess :
       {0.05, 0.3, 1.0}) {  // the step lies at 2 excess / R^2: 1/15000 to 1/760 of the top
    const Estimate estimate = effective_dimension(quadrature, radius, excess);
    const double truth = exact(values, radius, excess);
    EXPECT_NEAR(estimate.value, truth, 5 * estimate.standard_error + 0.01 * truth) << excess;
    EXPECT_LT(estimate.standard_error, 0.05 * truth);
  }
}

TEST(EffectiveDimension, IsTheNumberOfStiffDirectionsOfAWedge) {
  std::vector<double> values(1000);
  std::fill(values.begin(), values.begin() + 50, 1.0);
  ReflectedDiagonal matrix(values);
  const Quadrature quadrature = stochastic_quadrature(matrix, {30, 250, false}, 3, quiet);
  const Estimate estimate = effective_dimension(quadrature, 7, 1e-3);
  EXPECT_NEAR(estimate.value, 50, 5 * estimate.standard_error + 0.01);
  EXPECT_NEAR(effective_dimension(quadrature, 7, 24.5).value, estimate.value / 2, 0.02)
      << "half where the excess is that of the starting point, R^2 / 2";
}

TEST(EffectiveDimension, ThePredictedExcessIsItsInverse) {
  ReflectedDiagonal matrix(graded(2000));
  const Quadrature quadrature = stochastic_quadrature(matrix, {4, 100, false}, 3, quiet);
  double before = std::numeric_limits<double>::infinity();
  for (const double d : {3.0, 30.0, 300.0, 700.0}) {
    const Estimate excess = reachable_excess(quadrature, 5, d);
    EXPECT_NEAR(effective_dimension(quadrature, 5, excess.value).value, d, 1e-4 * d);
    EXPECT_LT(excess.value, before);
    EXPECT_GT(excess.standard_error, 0);
    before = excess.value;
  }
  EXPECT_EQ(reachable_excess(quadrature, 5, 2000).value, 0) << "no more than the positive eigenvalues";
}

TEST(EffectiveDimension, IsNoNumberWithoutADistanceOrAnExcess) {
  ReflectedDiagonal matrix(graded(100));
  const Quadrature quadrature = stochastic_quadrature(matrix, {2, 20, false}, 3, quiet);
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_TRUE(std::isnan(effective_dimension(quadrature, bad, 1).value));
    EXPECT_TRUE(std::isnan(effective_dimension(quadrature, 1, bad).value));
    EXPECT_TRUE(std::isnan(reachable_excess(quadrature, bad, 3).value));
    EXPECT_TRUE(std::isnan(reachable_excess(quadrature, 1, bad).value));
  }
  ReflectedDiagonal negative(std::vector<double>(50, -1.0));
  const Quadrature below = stochastic_quadrature(negative, {2, 5, false}, 3, quiet);
  EXPECT_EQ(effective_dimension(below, 1, 1).value, 0);
  EXPECT_EQ(reachable_excess(below, 1, 3).value, 0);
  ReflectedDiagonal broken(std::vector<double>(50, std::numeric_limits<double>::quiet_NaN()));
  const Quadrature none = stochastic_quadrature(broken, {2, 5, false}, 3, quiet);
  EXPECT_TRUE(std::isnan(effective_dimension(none, 1, 1).value));
  EXPECT_TRUE(std::isnan(reachable_excess(none, 1, 3).value));
}

}  // namespace
}  // namespace nwedge::spectrum
