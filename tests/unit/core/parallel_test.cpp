#include "nwedge/core/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "nwedge/core/error.hpp"
#include "tests/support/threads.hpp"

namespace nwedge {
namespace {

TEST(ParallelFor, VisitsEachIndexOnce) {
  for (const int threads : {1, 2, 3}) {
    const test::WithThreads guard(threads);
    EXPECT_EQ(thread_count(), threads);
    for (const std::int64_t count : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
      parallel_for(count, [&](std::int64_t i) { ++visits[static_cast<std::size_t>(i)]; });
      for (const std::atomic<int>& v : visits) EXPECT_EQ(v, 1);
    }
  }
}

TEST(ParallelFor, Nests) {
  const test::WithThreads guard(2);
  std::vector<std::vector<int>> squares(20, std::vector<int>(20));
  parallel_for(20, [&](std::int64_t i) {
    parallel_for(20, [&](std::int64_t j) {
      squares[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] = static_cast<int>(i * j);
    });
  });
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t j = 0; j < 20; ++j) EXPECT_EQ(squares[i][j], static_cast<int>(i * j));
}

TEST(ParallelFor, AWaitingThreadTakesNoOtherOuterItem) {
  const test::WithThreads guard(2);
  thread_local int depth = 0;
  std::atomic<int> deepest = 0;
  parallel_for(50, [&](std::int64_t) {
    ++depth;
    if (depth > deepest) deepest = depth;
    parallel_for(50, [](std::int64_t) {});
    --depth;
  });
  EXPECT_EQ(deepest, 1);
}

TEST(ParallelFor, RethrowsAndGoesOn) {
  for (const int threads : {1, 2}) {
    const test::WithThreads guard(threads);
    EXPECT_THROW(parallel_for(100,
                              [](std::int64_t i) {
                                if (i == 41) throw std::runtime_error("forty-one");
                              }),
                 std::runtime_error);
    std::atomic<int> visits = 0;
    parallel_for(10, [&](std::int64_t) { ++visits; });
    EXPECT_EQ(visits, 10);
  }
}

TEST(ParallelFor, AThrowCutsNoOtherBodysLoopShort) {
  const test::WithThreads threads(2);
  std::atomic<bool> begun = false;
  std::atomic<int> inner = 0;
  const auto outer = [&](std::int64_t i) {
    if (i == 0) {
      while (!begun) std::this_thread::yield();
      throw std::runtime_error("the first");
    }
    parallel_for(200, [&](std::int64_t) {
      begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++inner;
    });
    EXPECT_EQ(inner, 200) << "its caller goes on with all that it asked for";
  };
  EXPECT_THROW(parallel_for(2, outer), std::runtime_error);
  EXPECT_EQ(inner, 200);
}

TEST(ParallelFor, NeedsAThread) { EXPECT_THROW(set_thread_count(0), Error); }

}  // namespace
}  // namespace nwedge
