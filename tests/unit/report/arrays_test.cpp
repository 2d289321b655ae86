#include "nwedge/report/arrays.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace nwedge::report {
namespace {

io::Tensor ramp(std::string name, std::vector<std::int64_t> shape) {
  io::Tensor tensor{std::move(name), std::move(shape), std::vector<float>()};
  auto& values = std::get<std::vector<float>>(tensor.values);
  values.resize(static_cast<std::size_t>(tensor.size()));
  std::iota(values.begin(), values.end(), 0.0F);
  return tensor;
}

TEST(Thin, KeepsAShortArrayWhole) {
  const DrawnArray array = thin(ramp("loss", {3, 4}), 8);
  EXPECT_EQ(array.shape, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(array.values.size(), 12U);
  EXPECT_EQ(array.values[7], 7.0F);
}

TEST(Thin, KeepsFirstAndLastOfALongAxisEvenlySpread) {
  const DrawnArray array = thin(ramp("loss", {101}), 5);
  EXPECT_EQ(array.values, (std::vector<float>{0, 25, 50, 75, 100}));
  EXPECT_EQ(array.whole, (std::vector<std::int64_t>{101}));
}

TEST(Thin, TakesTheSameIndicesOfAnAxisInEveryArray) {
  const DrawnArray line = thin(ramp("t", {97}), 10);
  const DrawnArray table = thin(ramp("loss", {97, 3}), 10);
  ASSERT_EQ(table.shape, (std::vector<std::int64_t>{10, 3}));
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(table.values[3 * i], 3 * line.values[i]);
}

TEST(Thin, LeavesPointsOfWeightSpaceOut) {
  EXPECT_TRUE(thin(ramp("points.optimum", {5}), 16).values.empty());
  const DrawnArray array = thin(ramp("trajectory", {2, kWeightAxis + 1}), 16);
  EXPECT_TRUE(array.values.empty());
  EXPECT_EQ(array.whole, (std::vector<std::int64_t>{2, kWeightAxis + 1}));
  EXPECT_EQ(pack(std::vector<DrawnArray>{array})["trajectory"].count("data"), 0U);
}

TEST(Thin, DrawsIntegersAndASingleNumber) {
  const io::Tensor counts{"counts", {2}, std::vector<std::int64_t>{5, 7}};
  EXPECT_EQ(thin(counts, 4).values, (std::vector<float>{5, 7}));
  const io::Tensor number{"number", {}, std::vector<double>{0.5}};
  EXPECT_EQ(thin(number, 4).values, (std::vector<float>{0.5F}));
}

TEST(Fit, HalvesTheLimitUntilTheArraysFit) {
  std::vector<std::vector<DrawnArray>> cells = {{thin(ramp("plane", {64, 64}), 64)},
                                                {thin(ramp("line", {64}), 64)}};
  EXPECT_EQ(fit(cells, 64, 1100), 32);
  EXPECT_EQ(cells[0][0].shape, (std::vector<std::int64_t>{32, 32}));
  EXPECT_EQ(cells[1][0].values.back(), 63.0F);
}

TEST(Pack, WritesLittleEndianFloatsAsBase64) {
  const DrawnArray array{"a", {2}, {2}, {1.0F, -2.0F}};  // 00 00 80 3f 00 00 00 c0
  EXPECT_EQ(pack(std::vector<DrawnArray>{array})["a"]["data"], "AACAPwAAAMA=");
}

TEST(Pack, KeepsAnEmptyArray) {
  const DrawnArray array{"a", {0, 2}, {0, 2}, {}};
  EXPECT_EQ(pack(std::vector<DrawnArray>{array})["a"]["data"], "");
}

}  // namespace
}  // namespace nwedge::report
