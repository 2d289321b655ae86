#include "nwedge/experiment/sampled_barrier.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/random.hpp"

namespace nwedge::experiment {
namespace {

const std::vector<double> kLine = {0, 0.5, 1};

/// Values of `count` examples with the given means and deviation 1.
std::vector<std::vector<double>> noisy(std::span<const double> means, std::size_t count, std::uint64_t seed) {
  std::vector<std::vector<double>> values;
  for (std::size_t k = 0; k < means.size(); ++k) {
    std::vector<float> noise(count);
    RandomStream(seed, "values", k).fill_normal(noise);
    std::vector<double>& row = values.emplace_back();
    for (const float value : noise) row.push_back(means[k] + static_cast<double>(value));
  }
  return values;
}

TEST(SampledBarrier, IsTheHeightAboveTheLineBetweenTheEnds) {
  SampledBarrier barrier(0);
  const std::vector<std::vector<double>> values = {{1, 1, 1}, {5, 5, 5}, {3, 3, 3}};
  const Interval found = barrier(kLine, values);
  EXPECT_DOUBLE_EQ(found.value, 3);
  EXPECT_DOUBLE_EQ(found.low, 3);
  EXPECT_DOUBLE_EQ(found.high, 3);
  const std::vector<std::vector<double>> valley = {{1, 1}, {0, 0}, {1, 1}};
  EXPECT_DOUBLE_EQ(barrier(kLine, valley).value, 0);
}

TEST(SampledBarrier, CoversTheTrueBarrierInMostSamples) {
  // The middle lies 2 above; its height over the ends has variance 1.5 / n.
  const std::vector<double> means = {0, 2, 0};
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SampledBarrier barrier(seed);
    const Interval found = barrier(kLine, noisy(means, 1000, seed));
    covered += found.low <= 2 && 2 <= found.high ? 1 : 0;
    EXPECT_NEAR(found.high - found.low, 2 * 1.96 * std::sqrt(1.5 / 1000), 0.04);
  }
  EXPECT_GE(covered, 180);
  EXPECT_LE(covered, 199);
}

TEST(SampledBarrier, OfANumberThatIsNoneIsNone) {
  SampledBarrier barrier(0);
  const std::vector<std::vector<double>> values = {{1, 1}, {std::nan(""), 1}, {1, 1}};
  EXPECT_TRUE(std::isnan(barrier(kLine, values).value));
  EXPECT_TRUE(std::isnan(barrier(kLine, values).low));
}

}  // namespace
}  // namespace nwedge::experiment
