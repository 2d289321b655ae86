#include "nwedge/core/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge {
namespace {

TEST(Spread, OfThreeNumbers) {
  const std::vector<double> values = {1, 2, 6};
  const Spread spread = spread_of(values);
  EXPECT_EQ(spread.count, 3);
  EXPECT_DOUBLE_EQ(spread.mean, 3);
  EXPECT_DOUBLE_EQ(spread.deviation, std::sqrt(7.0));
  EXPECT_EQ(spread.least, 1);
  EXPECT_EQ(spread.most, 6);
  EXPECT_DOUBLE_EQ(spread.standard_error(), std::sqrt(7.0 / 3));
}

TEST(Spread, PassesNanOn) {
  const std::vector<double> values = {1, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_TRUE(std::isnan(spread_of(values).mean));
}

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> values = {3, 1, 2};
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 2);
  EXPECT_DOUBLE_EQ(quantile(values, 0.75), 2.5);
}

TEST(Spread, IsWrittenWithoutPowersOfTenOrEmptyDeviations) {
  const auto text = [](std::vector<double> values) { return spread_of(values).text(); };
  EXPECT_EQ(text({0.5, 0.75}), "0.625 ± 0.18 (2 seeds)");
  EXPECT_EQ(text({1400, 1600}), "1500 ± 141 (2 seeds)");
  EXPECT_EQ(text({422, 562.9}), "492 ± 100 (2 seeds)");
  EXPECT_EQ(text({44, 44}), "44 (2 seeds)");
  EXPECT_EQ(text({1510}), "1510");
}

TEST(RankCorrelation, IsOneForAnyIncreasingMap) {
  const std::vector<double> x = {1, 2, 3, 4, 5};
  const std::vector<double> y = {1, 8, 27, 64, 125};
  const Interval r = rank_correlation(x, y);
  EXPECT_DOUBLE_EQ(r.value, 1);
  EXPECT_DOUBLE_EQ(r.low, 1);
}

TEST(RankCorrelation, TiesGetMeanRanks) {
  // Ranks (0.5, 0.5, 2, 3) and (0, 1, 2, 3): covariance 4.5 over sqrt(4.5 * 5).
  const std::vector<double> x = {1, 1, 2, 3};
  const std::vector<double> y = {1, 2, 3, 4};
  EXPECT_NEAR(rank_correlation(x, y).value, 4.5 / std::sqrt(4.5 * 5), 1e-12);
}

TEST(RankCorrelation, IntervalOfIndependentSamplesHoldsZero) {
  int held = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream stream(seed, "independent");
    std::vector<double> x(40);
    std::vector<double> y(40);
    for (double& v : x) v = stream.normal();
    for (double& v : y) v = stream.normal();
    const Interval r = rank_correlation(x, y, 0.95, 400, seed);
    held += r.low <= 0 && 0 <= r.high;
  }
  EXPECT_GE(held, 95 - 5 * std::sqrt(100 * 0.95 * 0.05));
}

TEST(Proportion, WilsonIntervalHoldsAtTheEdges) {
  EXPECT_NEAR(proportion(0, 100).low, 0, 1e-12);
  EXPECT_NEAR(proportion(0, 100).high, 0.03699, 1e-4);
  EXPECT_NEAR(proportion(50, 100).low, 0.40383, 1e-4);
}

}  // namespace
}  // namespace nwedge
