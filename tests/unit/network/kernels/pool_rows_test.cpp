#include "nwedge/network/kernels/pool_rows.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

/// Rows of few values, so that equals are common.
struct Rows {
  explicit Rows(std::int64_t width) : top(row(width, 0)), bottom(row(width, 1)) {}
  static std::vector<float> row(std::int64_t width, std::uint64_t index) {
    std::vector<float> values(static_cast<std::size_t>(2 * width * 16));
    RandomStream stream(2, "pool", index);
    for (float& v : values) v = static_cast<float>(stream.below(3));
    return values;
  }
  std::array<float, 4> window(std::int64_t w, std::int64_t n) const {
    const auto left = static_cast<std::size_t>(2 * w * 16 + n);
    return {top[left], top[left + 16], bottom[left], bottom[left + 16]};
  }

  std::vector<float> top;
  std::vector<float> bottom;
};

TEST(PoolRows, TakeTheFirstOfTheGreatest) {
  for (const std::int64_t width : {1, 2, 5}) {
    const Rows rows(width);
    std::vector<float> y(static_cast<std::size_t>(width * 16));
    std::vector<float> alone = y;
    std::vector<std::uint8_t> winner(y.size());
    pool_row(rows.top.data(), rows.bottom.data(), width, y.data(), winner.data());
    pool_row(rows.top.data(), rows.bottom.data(), width, alone.data(), nullptr);
    EXPECT_EQ(alone, y);
    std::vector<float> slope(y.size());
    RandomStream(2, "slope").fill_normal(slope);
    std::vector<float> top(rows.top.size(), 9.0f);
    std::vector<float> bottom(rows.top.size(), 9.0f);
    std::vector<float> sum(16, 1.0f);
    unpool_row(slope.data(), winner.data(), width, top.data(), bottom.data(), sum.data());
    std::vector<float> picked(y.size());
    pick_row(rows.top.data(), rows.bottom.data(), winner.data(), width, picked.data());
    EXPECT_EQ(picked, y);
    std::vector<double> sums(16, 1.0);
    for (std::int64_t w = 0; w < width; ++w)
      for (std::int64_t n = 0; n < 16; ++n) {
        const std::array<float, 4> window = rows.window(w, n);
        std::size_t best = 0;
        for (std::size_t k = 1; k < 4; ++k)
          if (window[k] > window[best]) best = k;
        const auto place = static_cast<std::size_t>(w * 16 + n);
        const auto left = static_cast<std::size_t>(2 * w * 16 + n);
        EXPECT_EQ(y[place], window[best]);
        EXPECT_EQ(winner[place], best);
        const std::array<float, 4> slopes = {top[left], top[left + 16], bottom[left], bottom[left + 16]};
        for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(slopes[k], k == best ? slope[place] : 0);
        sums[static_cast<std::size_t>(n)] += static_cast<double>(slope[place]);
      }
    for (std::size_t n = 0; n < 16; ++n) EXPECT_NEAR(sum[n], sums[n], 1e-6);
  }
}

TEST(PoolRows, ANaNIsTheGreatest) {
  for (std::size_t place = 0; place < 4; ++place) {
    std::vector<float> rows[2] = {std::vector<float>(32, 1.0f), std::vector<float>(32, 1.0f)};
    rows[place / 2][place % 2 * 16 + 3] = std::nanf("");
    std::vector<float> y(16);
    std::vector<std::uint8_t> winner(16);
    pool_row(rows[0].data(), rows[1].data(), 1, y.data(), winner.data());
    EXPECT_TRUE(std::isnan(y[3]));
    EXPECT_EQ(winner[3], place);
    EXPECT_EQ(y[4], 1);
  }
}

}  // namespace
}  // namespace nwedge::network
