#include "nwedge/network/kernels/moments.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {
namespace {

std::vector<float> normal(std::size_t count, std::uint64_t index) {
  std::vector<float> values(count);
  RandomStream(7, "moments", index).fill_normal(values);
  return values;
}

class MomentsAgainstReference : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(MomentsAgainstReference, OfEachLane) {
  const std::int64_t count = GetParam();
  const std::vector<float> x = normal(static_cast<std::size_t>(2 * count * kLanes), 0);
  std::vector<std::int64_t> entries;
  for (std::int64_t k = 0; k < count; ++k) entries.push_back((2 * count - 1 - 2 * k) * kLanes);
  for (const bool centred : {true, false}) {
    std::vector<float> mean(kLanes);
    std::vector<float> variance(kLanes);
    lane_moments(x.data(), entries, centred, mean.data(), variance.data());
    for (std::int64_t n = 0; n < kLanes; ++n) {
      double level = 0;
      for (const std::int64_t at : entries)
        level += centred ? static_cast<double>(x[static_cast<std::size_t>(at + n)]) : 0;
      level /= static_cast<double>(count);
      double squares = 0;
      for (const std::int64_t at : entries)
        squares += std::pow(static_cast<double>(x[static_cast<std::size_t>(at + n)]) - level, 2);
      EXPECT_NEAR(mean[static_cast<std::size_t>(n)], level, 1e-6);
      EXPECT_NEAR(variance[static_cast<std::size_t>(n)], squares / static_cast<double>(count), 1e-5);
    }
  }
}

TEST_P(MomentsAgainstReference, OfProductsOfEachLane) {
  const std::int64_t count = GetParam();
  for (const std::int64_t lanes : {kLanes, 3 * kLanes}) {
    const auto size = static_cast<std::size_t>(count * lanes);
    const std::vector<float> a = normal(size, 1);
    const std::vector<float> b = normal(size, 2);
    const float centre = 0.75f;
    std::vector<float> first(static_cast<std::size_t>(lanes), 2.0f);  // added to
    std::vector<float> second(static_cast<std::size_t>(lanes), -3.0f);
    add_lane_products(a.data(), b.data(), centre, static_cast<std::int64_t>(size), lanes, first.data(),
                      second.data());
    for (std::size_t n = 0; n < first.size(); ++n) {
      double sum = 2;
      double products = -3;
      for (std::size_t at = n; at < size; at += first.size()) {
        sum += static_cast<double>(a[at]);
        products += static_cast<double>(a[at]) * (static_cast<double>(b[at]) - static_cast<double>(centre));
      }
      EXPECT_NEAR(first[n], sum, 1e-6 * static_cast<double>(count + 10));
      EXPECT_NEAR(second[n], products, 1e-6 * static_cast<double>(count + 10));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Counts, MomentsAgainstReference, ::testing::Values(1, 3, 4, 7, 64, 197));

}  // namespace
}  // namespace nwedge::network
