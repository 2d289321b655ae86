#include "nwedge/network/kernels/elementary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace nwedge::network {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// |value - exact| in units in the last place of a float of that size.
double error_in_units(float value, double exact) {
  const auto nearest = static_cast<float>(exact);
  const float unit = std::nextafter(std::abs(nearest), kInfinity) - std::abs(nearest);
  return std::abs(static_cast<double>(value) - exact) / static_cast<double>(unit);
}

/// The worst error over floats of every size in [low, high], and densely.
double worst(float (*f)(float), const std::function<double(double)>& exact, float low, float high) {
  double most = 0;
  const auto look = [&](float x) {
    if (x >= low && x <= high) most = std::max(most, error_in_units(f(x), exact(static_cast<double>(x))));
  };
  const double step = (static_cast<double>(high) - low) / 400000;
  for (int k = 0; k <= 400000; ++k) look(static_cast<float>(low + k * step));
  for (float x = 1e-30f; x < 1e30f; x *= 1.0007f) {
    look(x);
    look(-x);
  }
  return most;
}

TEST(Elementary, ExponentialsAreAccurateToTwoUnitsInTheLastPlace) {
  const auto exact = [](double x) { return std::exp(x); };
  EXPECT_LE(worst(exponential_of_negative, exact, -87, 0), 2);
  EXPECT_LE(worst(exponential, exact, -87, 88), 2);
  EXPECT_LE(worst(exponential, exact, 88, 88.722f), 4);
  EXPECT_EQ(exponential_of_negative(0), 1);
  EXPECT_EQ(exponential_of_negative(-87.5f), 0);
  EXPECT_EQ(exponential_of_negative(-kInfinity), 0);
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential(-kInfinity), 0);
  EXPECT_EQ(exponential(89), kInfinity);
  EXPECT_EQ(exponential(kInfinity), kInfinity);
}

TEST(Elementary, LogarithmsAreAccurateToTwoUnitsInTheLastPlace) {
  const auto exact = [](double x) { return std::log(x); };
  EXPECT_LE(worst(logarithm, exact, 1e-30f, 4), 2);
  EXPECT_LE(worst(logarithm, exact, 0.9f, 1.1f), 2);
  EXPECT_LE(worst(logarithm, exact, 4, 1e30f), 2);
  EXPECT_LE(worst(
                logarithm_of_one_plus, [](double x) { return std::log1p(x); }, 0, 1),
            2);
  EXPECT_EQ(logarithm(1), 0);
  EXPECT_EQ(logarithm(0), -kInfinity);
  EXPECT_EQ(logarithm(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(logarithm(-1)));
  EXPECT_EQ(logarithm_of_one_plus(0), 0);
}

TEST(Elementary, HyperbolicTangentIsAccurateToThreeUnitsInTheLastPlace) {
  EXPECT_LE(worst(
                hyperbolic_tangent, [](double x) { return std::tanh(x); }, -12, 12),
            3);
  EXPECT_EQ(hyperbolic_tangent(0), 0);
  EXPECT_EQ(hyperbolic_tangent(-50), -1);
  EXPECT_EQ(hyperbolic_tangent(kInfinity), 1);
}

TEST(Elementary, LogisticFunctionIsAccurateToThreeUnitsInTheLastPlace) {
  EXPECT_LE(worst(
                logistic, [](double x) { return 1 / (1 + std::exp(-x)); }, -87, 87),
            3);
  EXPECT_EQ(logistic(0), 0.5f);
  EXPECT_EQ(logistic(kInfinity), 1);
  EXPECT_EQ(logistic(-kInfinity), 0);
}

TEST(Elementary, ErrorFunctionIsAccurateToThreeUnitsInTheLastPlace) {
  const auto exact = [](double x) { return std::erf(x); };
  EXPECT_LE(worst(error_function, exact, -5, 5), 3);
  EXPECT_LE(worst(error_function, exact, -0.01f, 0.01f), 3);
  EXPECT_EQ(error_function(0), 0);
  EXPECT_EQ(error_function(kInfinity), 1);
  EXPECT_EQ(error_function(-7), -1);
}

float density(float x) { return normal_law(x).density; }
float distribution(float x) { return normal_law(x).distribution; }

TEST(Elementary, NormalLawIsAccurateToEightUnitsInTheLastPlaceAndInTheTailsToMore) {
  const auto exact_density = [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * M_PI); };
  const auto exact_distribution = [](double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; };
  EXPECT_LE(worst(density, exact_density, -2, 2), 4);
  EXPECT_LE(worst(density, exact_density, -13, 13), 90);
  EXPECT_LE(worst(distribution, exact_distribution, -2, 13), 8);
  EXPECT_LE(worst(distribution, exact_distribution, -13, 0), 90);
  EXPECT_EQ(distribution(0), 0.5f);
  EXPECT_EQ(distribution(kInfinity), 1);
  EXPECT_EQ(distribution(-kInfinity), 0);
  EXPECT_EQ(density(kInfinity), 0);
}

TEST(Elementary, ANaNStaysANaN) {
  for (float (*f)(float) : {exponential_of_negative, exponential, logarithm, logarithm_of_one_plus,
                            error_function, logistic, hyperbolic_tangent, density, distribution})
    EXPECT_TRUE(std::isnan(f(kNaN)));
}

}  // namespace
}  // namespace nwedge::network
