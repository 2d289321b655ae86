#include "nwedge/experiment/m_tunnel_growth.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nwedge::experiment {
namespace {

/// All sets {r, r + 1, …} of m among the units, each the sum of its units' values.
std::vector<OfSet> sums(const std::vector<double>& units, std::int64_t m) {
  std::vector<OfSet> sets;
  const auto n = static_cast<std::int64_t>(units.size());
  for (std::int64_t r = 0; r < n; ++r) {
    OfSet set;
    for (std::int64_t i = 0; i < m; ++i) {
      set.members.push_back((r + i) % n);
      set.value += units[static_cast<std::size_t>((r + i) % n)];
    }
    sets.push_back(set);
  }
  return sets;
}

TEST(MeanOverSets, OfSingleUnitsIsThatOfTheUnits) {
  const std::vector<double> units{3, 5, 4, 8};
  const Quantity mean = mean_over_sets(sums(units, 1), "seeds");
  const Quantity plain = mean_of(units);
  EXPECT_DOUBLE_EQ(mean.value, plain.value);
  EXPECT_NEAR(mean.standard_error, plain.standard_error, 1e-12);
  EXPECT_EQ(mean.count, 4);
}

TEST(MeanOverSets, OfOneSetHasNoInterval) {
  const std::vector<OfSet> one{{{0, 1, 2}, 7}};
  EXPECT_TRUE(std::isnan(mean_over_sets(one, "seeds").standard_error));
  // A unit that is in every set leaves none either.
  const std::vector<OfSet> two{{{0, 1}, 7}, {{1, 2}, 8}};
  EXPECT_TRUE(std::isnan(mean_over_sets(two, "seeds").standard_error));
  EXPECT_FALSE(mean_over_sets({}, "seeds").present());
}

TEST(MeanOverSets, OfSharedUnitsIsNoMoreCertainThanTheUnits) {
  // Sets of two are sums of independent units, so their mean is twice the units' mean, error and all; taken
  // as independent, the five sets would claim less.
  const std::vector<double> units{3, 5, 4, 8, 1};
  const Quantity pairs = mean_over_sets(sums(units, 2), "seeds");
  EXPECT_NEAR(pairs.value, 2 * mean_of(units).value, 1e-12);
  EXPECT_GT(pairs.standard_error, 0.8 * 2 * mean_of(units).standard_error);
}

TEST(ChangeOverSets, CancelsWhatUnitsShare) {
  // Every set's value is its first unit's plus m: the change from m to m + 1 is 1 without any error.
  std::vector<OfSet> singles;
  std::vector<OfSet> more;
  for (std::int64_t i = 0; i < 5; ++i) {
    const auto own = static_cast<double>(i * i);
    singles.push_back({{i}, own + 1});
    more.push_back({{i}, own + 2});
  }
  const Quantity change = change_over_sets(more, singles, "seeds");
  EXPECT_DOUBLE_EQ(change.value, 1);
  EXPECT_NEAR(change.standard_error, 0, 1e-12);
  EXPECT_FALSE(change_over_sets(more, {}, "seeds").present());
}

TEST(GrowthEstimator, MeasuresAgainstTheControl) {
  GrowthEstimator estimator{"count", {}, {}, {}};
  estimator.optima[1] = sums({50, 51, 49, 50}, 1);
  estimator.optima[2] = sums({50, 51, 49, 50}, 2);
  estimator.control[1] = sums({48, 50, 49, 50}, 1);
  estimator.control[2] = sums({24, 25, 24, 26}, 2);
  EXPECT_TRUE(estimator.measured(1));
  EXPECT_FALSE(estimator.measured(2));
  EXPECT_NEAR(estimator.control_growth(1).value, 0.25, 1e-12);
  EXPECT_NEAR(estimator.growth(1).value, 49.75, 1e-12);
  EXPECT_FALSE(estimator.growth(2).present());
  EXPECT_FALSE(estimator.full_growth(1).present());
}

TEST(GrowthEstimator, SaysNothingOfNumbersThatAreNotFinite) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    GrowthEstimator estimator{"count", {}, {}, {}};
    estimator.optima[1] = {{{0}, bad}, {{1}, 2}, {{2}, 2}};
    estimator.optima[2] = {{{0, 1}, 4}, {{1, 2}, 4}, {{2, 0}, 4}};
    estimator.control = estimator.optima;
    EXPECT_FALSE(estimator.growth(1).present());
    EXPECT_EQ(estimator.text().find("nan"), std::string::npos);
  }
}

}  // namespace
}  // namespace nwedge::experiment
