#include "nwedge/core/rank_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge {
namespace {

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<double> result;
  for (const double v : values) {
    double rank = 0;
    for (const double w : values) rank += w < v ? 1 : (w == v ? 0.5 : 0);
    result.push_back(rank - static_cast<double>(values.size()) / 2);
  }
  return result;
}

/// By trying every permutation of the runs, equal ones as often as they come up.
double enumerated(const std::vector<double>& x, const std::vector<double>& y,
                  const std::vector<std::int64_t>& block) {
  const auto statistic = [&](const std::vector<double>& moved) {
    std::map<std::int64_t, std::pair<std::vector<double>, std::vector<double>>> parts;
    for (std::size_t i = 0; i < x.size(); ++i) {
      parts[block[i]].first.push_back(moved[i]);
      parts[block[i]].second.push_back(y[i]);
    }
    double sum = 0;
    for (const auto& [name, part] : parts) {
      const auto a = ranks(part.first);
      const auto b = ranks(part.second);
      sum += std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    }
    return std::abs(sum);
  };
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  double extreme = 0;
  double all = 0;
  do {
    std::vector<double> moved(x.size());
    bool inside = true;
    for (std::size_t i = 0; i < x.size(); ++i) {
      inside = inside && block[i] == block[order[i]];
      moved[i] = x[order[i]];
    }
    if (!inside) continue;
    ++all;
    extreme += statistic(moved) >= statistic(x) - 1e-9;
  } while (std::next_permutation(order.begin(), order.end()));
  return extreme / all;
}

TEST(RankTest, CountsWhatEnumerationFinds) {
  RandomStream stream(1, "rank test", 0);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<double> x;
    std::vector<double> y;
    std::vector<std::int64_t> one(7, 0);
    std::vector<std::int64_t> two = {0, 1, 0, 1, 1, 0, 1};
    for (int i = 0; i < 7; ++i) {
      x.push_back(static_cast<double>(stream.below(4)));  // with ties
      y.push_back(static_cast<double>(stream.below(5)));
    }
    for (const auto& block : {one, two}) {
      const RankTest test = rank_test(x, y, block);
      if (std::isnan(test.p_value)) continue;
      EXPECT_TRUE(test.exact);
      EXPECT_NEAR(test.p_value, enumerated(x, y, block), 1e-12);
    }
  }
}

TEST(RankTest, ThreeRunsAgainstThreeReachATenthOnly) {
  const std::vector<double> x = {1, 1, 1, 2, 2, 2};
  const std::vector<double> y = {1, 2, 3, 4, 5, 6};
  const RankTest test = rank_test(x, y, std::vector<std::int64_t>(6, 0));
  EXPECT_EQ(test.arrangements, 20);
  EXPECT_DOUBLE_EQ(test.p_value, 0.1);
  EXPECT_DOUBLE_EQ(test.least_p_value(), 0.1);
  // Within three seeds of two values each, 2 of 8 arrangements.
  EXPECT_DOUBLE_EQ(rank_test(x, y, std::vector<std::int64_t>{0, 1, 2, 0, 1, 2}).p_value, 0.25);
}

TEST(RankTest, TakesTheLevelOfEachBlockOut) {
  const std::vector<double> x = {1, 2, 3, 1, 2, 3, 1, 2, 3};
  const std::vector<double> y = {1, 2, 3, 101, 102, 103, 51, 52, 53};
  const RankTest within = rank_test(x, y, std::vector<std::int64_t>{0, 0, 0, 1, 1, 1, 2, 2, 2});
  EXPECT_DOUBLE_EQ(within.correlation, 1);
  EXPECT_DOUBLE_EQ(within.p_value, 2.0 / 216);
  EXPECT_LT(rank_test(x, y, std::vector<std::int64_t>(9, 0)).correlation, 0.5);
}

TEST(RankTest, SamplesWhereThereAreTooManyToCount) {
  std::vector<double> x(40);
  std::iota(x.begin(), x.end(), 0.0);
  std::vector<double> y = x;
  std::swap(y[3], y[30]);
  const RankTest test = rank_test(x, y, std::vector<std::int64_t>(40, 0));
  EXPECT_FALSE(test.exact);
  EXPECT_LT(test.p_value, 1e-4);
  EXPECT_GT(test.p_value, 0);
}

TEST(RankTest, SaysNothingOfConstantOrUnfinishedSamples) {
  const std::vector<std::int64_t> block(3, 0);
  const std::vector<double> rising = {1, 2, 3};
  EXPECT_TRUE(std::isnan(rank_test(rising, std::vector<double>{2, 2, 2}, block).p_value));
  EXPECT_TRUE(std::isnan(rank_test(std::vector<double>{2, 2, 2}, rising, block).correlation));
  EXPECT_TRUE(std::isnan(rank_test(rising, std::vector<double>{1, 2, std::nan("")}, block).p_value));
  EXPECT_TRUE(std::isnan(rank_test(rising, std::vector<double>{1, 2}, block).p_value));
  EXPECT_TRUE(std::isnan(rank_test({}, {}, {}).p_value));
}

TEST(Holm, AdjustsStepDown) {
  const std::vector<double> adjusted = holm(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);  // 4 p
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);  // 3 p
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);  // 2 p
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06);  // never below the one before it
  EXPECT_DOUBLE_EQ(holm(std::vector<double>{0.9, 0.8})[0], 1);
}

TEST(Holm, KeepsNoPlaceOpenForWhatIsNoPValue) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> adjusted = holm(std::vector<double>{0.01, nan, 0, -1});
  EXPECT_DOUBLE_EQ(adjusted[0], 0.04);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(std::isnan(adjusted[i]));
}

}  // namespace
}  // namespace nwedge
