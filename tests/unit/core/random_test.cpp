#include "nwedge/core/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace nwedge {
namespace {

TEST(RandomStream, SameNameSameNumbers) {
  RandomStream a(7, "test", 3);
  RandomStream b(7, "test", 3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST(RandomStream, NamesSeparateStreams) {
  const std::uint64_t first = RandomStream(7, "test", 3).below(std::uint64_t{1} << 62);
  EXPECT_NE(first, RandomStream(8, "test", 3).below(std::uint64_t{1} << 62));
  EXPECT_NE(first, RandomStream(7, "tests", 3).below(std::uint64_t{1} << 62));
  EXPECT_NE(first, RandomStream(7, "test", 4).below(std::uint64_t{1} << 62));
}

TEST(RandomStream, NormalMomentsWithinFiveStandardErrors) {
  constexpr int kCount = 200000;
  std::vector<float> values(kCount);
  RandomStream(1, "moments").fill_normal(values, 2.0);
  double mean = 0;
  double square = 0;
  double fourth = 0;
  for (const float v : values) {
    mean += v / kCount;
    square += double(v) * v / kCount;
    fourth += std::pow(double(v), 4) / kCount;
  }
  EXPECT_NEAR(mean, 0, 5 * 2 / std::sqrt(kCount));
  EXPECT_NEAR(square, 4, 5 * 4 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(fourth, 48, 5 * 16 * std::sqrt(96.0 / kCount));
}

TEST(RandomStream, BelowIsUniform) {
  RandomStream stream(2, "below");
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[stream.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 5 * std::sqrt(10000));
}

TEST(RandomPermutation, IsABijectionForEverySize) {
  for (std::uint64_t size : {1, 2, 3, 10, 100, 1000, 4097}) {
    const RandomPermutation permutation(size, 5, "epoch", 1);
    std::vector<std::uint64_t> image(size);
    for (std::uint64_t i = 0; i < size; ++i) image[i] = permutation(i);
    std::sort(image.begin(), image.end());
    for (std::uint64_t i = 0; i < size; ++i) ASSERT_EQ(image[i], i) << "size " << size;
  }
}

TEST(RandomPermutation, FirstPlaceIsUniformOverSeeds) {
  constexpr int kSize = 10;
  std::vector<int> counts(kSize);
  for (std::uint64_t seed = 0; seed < 20000; ++seed) ++counts[RandomPermutation(kSize, seed, "epoch")(0)];
  for (const int count : counts) EXPECT_NEAR(count, 2000, 5 * std::sqrt(2000));
}

}  // namespace
}  // namespace nwedge
