#include "nwedge/geometry/walsh_hadamard.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <stdexcept>
#include <vector>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"

namespace nwedge::geometry {
namespace {

TEST(WalshHadamard, ColumnsAreThoseOfTheDefinition) {
  for (int bits = 0; bits <= 21; ++bits) {  // every combination of stages, up to two strided passes
    const std::size_t size = std::size_t{1} << bits;
    const std::size_t first = size * 5 / 7;
    const std::size_t second = size / 3;
    std::vector<float> values(size);
    values[first] += 1;
    values[second] += 2;
    walsh_hadamard(values);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const int expected = (std::popcount(i & first) % 2 ? -1 : 1) + (std::popcount(i & second) % 2 ? -2 : 2);
      if (values[i] != static_cast<float>(expected)) ++wrong;
    }
    EXPECT_EQ(wrong, 0u) << "size 2^" << bits;
  }
}

TEST(WalshHadamard, TwiceIsTheSizeTimesTheIdentity) {
  std::vector<float> values(1 << 13);
  RandomStream(1, "values").fill_normal(values);
  const std::vector<float> before = values;
  walsh_hadamard(values);
  walsh_hadamard(values);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i] / (1 << 13), before[i], 1e-5);
}

TEST(WalshHadamard, SameBitsOnOneAndTwoThreads) {
  const int threads = thread_count();
  std::vector<float> values(1 << 17);
  RandomStream(1, "values").fill_normal(values);
  std::vector<float> again = values;
  set_thread_count(1);
  walsh_hadamard(values);
  set_thread_count(2);
  walsh_hadamard(again);
  set_thread_count(threads);
  EXPECT_EQ(values, again);
}

TEST(WalshHadamard, RefusesASizeThatIsNoPowerOfTwo) {
  std::vector<float> values(12);
  EXPECT_THROW(walsh_hadamard(values), std::logic_error);
}

}  // namespace
}  // namespace nwedge::geometry
