#include "nwedge/core/quantity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Quantity, OfMeasurementsHasStudentsInterval) {
  const Quantity mean = mean_of(std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(mean.value, 2.5);
  EXPECT_NEAR(mean.standard_error, std::sqrt(5.0 / 3 / 4), 1e-12);
  EXPECT_NEAR(mean.interval().high - 2.5, 3.182446 * mean.standard_error, 1e-5);  // t of 3 degrees
  EXPECT_EQ(mean.text(), "2.5 ± 0.65 (4 seeds)");
}

TEST(Quantity, IsMissingWithoutFiniteValues) {
  EXPECT_FALSE(mean_of({}).present());
  EXPECT_EQ(mean_of(std::vector<double>{1, kNan}).reason(), "1 of 2 values are not finite");
  EXPECT_FALSE(Quantity::exact(kNan).present());
  EXPECT_FALSE(Quantity::exact(std::numeric_limits<double>::infinity()).present());
  EXPECT_EQ(ratio(Quantity::exact(1), Quantity::exact(0)).reason(), "a ratio to 0");
  EXPECT_TRUE(std::isnan(mean_of(std::vector<double>{3}).interval().low));
}

TEST(Quantity, RatioPropagatesErrors) {
  const Quantity r = ratio(Quantity::estimate(4, 0.4, 5, "seeds"), Quantity::estimate(2, 0.1, 3, "seeds"));
  EXPECT_DOUBLE_EQ(r.value, 2);
  EXPECT_NEAR(r.standard_error, 2 * std::hypot(0.1, 0.05), 1e-12);
  EXPECT_EQ(r.count, 3);
}

/// For values a_i + a_j the mean over pairs is twice the mean of a, so its standard error is 2 sigma / sqrt
/// n; that of ten independent pairs would be sqrt(2) sigma / sqrt 10, 2.2 times smaller.
TEST(Quantity, OfPairsHasTheErrorOfItsUnits) {
  constexpr int kUnits = 5;
  constexpr int kTrials = 4000;
  double squares = 0;
  double estimated = 0;
  for (std::uint64_t trial = 0; trial < kTrials; ++trial) {
    RandomStream stream(trial, "pairs", 0);
    std::vector<double> a;
    for (int i = 0; i < kUnits; ++i) a.push_back(stream.normal());
    std::vector<PairValue> pairs;
    for (std::size_t i = 0; i < kUnits; ++i)
      for (std::size_t j = i + 1; j < kUnits; ++j) pairs.push_back({i, j, a[i] + a[j]});
    const Quantity mean = mean_over_pairs(pairs);
    EXPECT_EQ(mean.count, kUnits);
    squares += mean.value * mean.value;
    estimated += mean.standard_error * mean.standard_error;
  }
  EXPECT_NEAR(squares / kTrials, 4.0 / kUnits, 0.1);
  // Leaving a unit out of five leaves pairs of four: the jackknife is exact for sums of units.
  EXPECT_NEAR(estimated / squares, 1, 0.1);
}

TEST(Quantity, OfOnePairHasNoError) {
  const std::vector<PairValue> pairs = {{0, 1, 0.5}};
  EXPECT_TRUE(mean_over_pairs(pairs).present());
  EXPECT_TRUE(std::isnan(mean_over_pairs(pairs).standard_error));
}

}  // namespace
}  // namespace nwedge
