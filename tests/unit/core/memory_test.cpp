#include "nwedge/core/memory.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "nwedge/io/atomic_file.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge {
namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

/// A machine as /proc and /sys describe it.
class FreeMemory : public ::testing::Test {
 protected:
  void has(const std::string& file, const std::string& text) const {
    io::write_atomically(machine_ / file, text + "\n");
  }
  std::int64_t free() const { return free_memory(machine_.path()); }

  test::TemporaryFolder machine_;
};

TEST_F(FreeMemory, IsWhatTheMachineHasLeft) {
  EXPECT_EQ(free(), kUnlimited) << "nothing is known";
  has("proc/meminfo", "MemTotal:       16000 kB\nMemFree:         300 kB\nMemAvailable:   4000 kB");
  EXPECT_EQ(free(), 4000 * 1024);
}

TEST_F(FreeMemory, IsLessInAControlGroupOrOneAroundIt) {
  has("proc/meminfo", "MemAvailable:   4000 kB");
  has("proc/self/cgroup", "0::/user.slice/job");
  has("sys/fs/cgroup/user.slice/memory.max", "1000000");
  has("sys/fs/cgroup/user.slice/memory.current", "700000");
  EXPECT_EQ(free(), 300000);
  has("sys/fs/cgroup/user.slice/memory.stat", "anon 5\ninactive_file 100000\nactive_file 20000");
  EXPECT_EQ(free(), 420000) << "file caches give way";
  has("sys/fs/cgroup/user.slice/job/memory.max", "max");
  has("sys/fs/cgroup/user.slice/job/memory.current", "600000");
  EXPECT_EQ(free(), 420000);
  has("sys/fs/cgroup/user.slice/job/memory.max", "500000");
  EXPECT_EQ(free(), 0);
}

TEST_F(FreeMemory, KnowsTheFirstVersionOfControlGroups) {
  has("proc/self/cgroup", "10:cpu,cpuacct:/a\n9:memory:/outside/of/the/container\n1:name=systemd:/b");
  has("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000");
  has("sys/fs/cgroup/memory/memory.usage_in_bytes", "900000");
  has("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 50000");
  EXPECT_EQ(free(), 150000);
}

TEST(MemoryClaim, IsRefusedWhereThereIsLessAndLeavesNothingForOthers) {
  const std::int64_t half = free_memory() / 2 + free_memory() / 10;  // others on this machine come and go
  ASSERT_LT(half, kUnlimited / 2);
  auto first = std::make_unique<MemoryClaim>(half, "a", "first", "");
  const auto second = [&] { MemoryClaim(half, "batch-size", "a batch of 5", "take a smaller one"); };
  test::expect_error(second, "[batch-size] a batch of 5 needs ", "B of memory, ",
                     "B is free; take a smaller one");
  first->hand_over(half);
  EXPECT_NO_THROW(second());
  first.reset();
  EXPECT_NO_THROW(second()) << "what was handed over is given back once";
}

}  // namespace
}  // namespace nwedge
