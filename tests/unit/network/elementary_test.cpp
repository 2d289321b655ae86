#include "nwedge/network/kernels/elementary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nwedge::network {
namespace {

/// |value - exact| in units in the last place of a float of that size.
double error_in_units(float value, double exact) {
  const auto nearest = static_cast<float>(exact);
  const float unit =
      std::nextafter(std::abs(nearest), std::numeric_limits<float>::infinity()) - std::abs(nearest);
  return std::abs(static_cast<double>(value) - exact) / static_cast<double>(unit);
}

TEST(Elementary, ExponentialIsAccurateToTwoUnitsInTheLastPlace) {
  double worst = 0;
  for (float x = -87; x < 0; x += 1.0f / 4096)
    worst = std::max(worst, error_in_units(exponential_of_negative(x), std::exp(static_cast<double>(x))));
  for (float x = -1; x < -1e-30f; x *= 0.999f)
    worst = std::max(worst, error_in_units(exponential_of_negative(x), std::exp(static_cast<double>(x))));
  EXPECT_LE(worst, 2);
  EXPECT_EQ(exponential_of_negative(0), 1);
  EXPECT_EQ(exponential_of_negative(-87.5f), 0);
  EXPECT_TRUE(std::isnan(exponential_of_negative(std::numeric_limits<float>::quiet_NaN())));
}

TEST(Elementary, HyperbolicTangentIsAccurateToThreeUnitsInTheLastPlace) {
  double worst = 0;
  for (float x = -12; x < 12; x += 1.0f / 16384)
    worst = std::max(worst, error_in_units(hyperbolic_tangent(x), std::tanh(static_cast<double>(x))));
  for (float x = 1; x > 1e-30f; x *= 0.999f)
    worst = std::max(worst, error_in_units(hyperbolic_tangent(x), std::tanh(static_cast<double>(x))));
  EXPECT_LE(worst, 3);
  EXPECT_EQ(hyperbolic_tangent(0), 0);
  EXPECT_EQ(hyperbolic_tangent(-50), -1);
  EXPECT_TRUE(std::isnan(hyperbolic_tangent(std::numeric_limits<float>::quiet_NaN())));
}

}  // namespace
}  // namespace nwedge::network
