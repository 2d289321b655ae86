#include "nwedge/core/large_pages.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <new>

namespace nwedge {
namespace {

TEST(LargePages, BeginsOnACacheLineAndFromTwoMegabytesOnALargePage) {
  constexpr std::size_t kPage = std::size_t{1} << 21;
  for (const std::size_t bytes : {std::size_t{4}, std::size_t{1000}, kPage - 4, kPage, 3 * kPage + 4}) {
    const LargeArray<float> array(bytes / sizeof(float));
    const auto address = reinterpret_cast<std::uintptr_t>(array.data());
    EXPECT_EQ(address % (bytes < kPage ? 64 : kPage), 0u) << bytes;
    EXPECT_EQ(array.front(), 0.0f);
    EXPECT_EQ(array.back(), 0.0f);
  }
}

TEST(LargePages, AnArrayGrowsAndMovesAsAnyOther) {
  LargeArray<int> array;
  for (int i = 0; i < 1'000'000; ++i) array.push_back(i);
  const LargeArray<int> other = std::move(array);
  for (int i = 0; i < 1'000'000; ++i) ASSERT_EQ(other[static_cast<std::size_t>(i)], i);
}

TEST(LargePages, MoreThanThereIsIsBadAlloc) {
  EXPECT_THROW(allocate_large(std::numeric_limits<std::size_t>::max() - 5), std::bad_alloc);
  EXPECT_THROW(allocate_large(std::size_t{1} << 60), std::bad_alloc);
}

}  // namespace
}  // namespace nwedge
