#include "nwedge/study/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "nwedge/core/random.hpp"

namespace nwedge::study {
namespace {

/// Two trainings, an experiment on each, one on both.
const std::vector<Task> kDiamond = {{1, {}}, {2, {}}, {5, {0}}, {1, {1}}, {3, {0, 1}}};

/// A random study: `count` tasks, each with up to three inputs before it.
std::vector<Task> random_tasks(std::size_t count, std::uint64_t seed) {
  std::vector<Task> tasks(count);
  for (std::size_t i = 0; i < count; ++i) {
    tasks[i].seconds = 0.1 + static_cast<double>(derive_seed(seed, "seconds", i) % 1000) / 100;
    for (std::size_t k = 0; i > 0 && k < derive_seed(seed, "inputs", i) % 4; ++k)
      tasks[i].inputs.push_back(derive_seed(seed, "input", 4 * i + k) % i);
  }
  return tasks;
}

TEST(Schedule, TakesTheLongestChainWhoseInputsAreFinished) {
  Schedule schedule(kDiamond);
  EXPECT_EQ(schedule.next(), 0u) << "6 seconds follow from it, 5 from the other";
  EXPECT_EQ(schedule.next(), 1u);
  EXPECT_EQ(schedule.next(), std::nullopt) << "all that is left waits";
  schedule.finish(1);
  EXPECT_EQ(schedule.next(), 3u);
  schedule.finish(0);
  EXPECT_EQ(schedule.next(), 2u);
  EXPECT_EQ(schedule.next(), 4u);
  for (const std::size_t task : {3u, 2u}) schedule.finish(task);
  EXPECT_FALSE(schedule.done());
  schedule.finish(4);
  EXPECT_TRUE(schedule.done());
}

TEST(Schedule, DoesNotRepeatWhatIsFinished) {
  const std::vector<char> finished = {1, 1, 0, 1, 0};
  Schedule schedule(kDiamond, finished);
  EXPECT_EQ(schedule.next(), 2u);
  EXPECT_EQ(schedule.next(), 4u);
  EXPECT_EQ(schedule.next(), std::nullopt);
}

TEST(Schedule, RefusesACircle) {
  const std::vector<Task> circle = {{1, {1}}, {1, {0}}};
  EXPECT_THROW(Schedule{circle}, std::logic_error);
}

TEST(Schedule, FindsTheLongestChain) {
  EXPECT_EQ(longest_chain(kDiamond), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(chain_seconds(kDiamond), (std::vector<double>{6, 5, 5, 1, 3}));
}

/// No schedule is shorter than the longest chain or than work over ranks; a list schedule is no longer than
/// their sum [graham1969].
TEST(Schedule, SimulatedTimesLieWithinTheBoundsOfListSchedules) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Task> tasks = random_tasks(200, seed);
    double work = 0;
    for (const Task& task : tasks) work += task.seconds;
    const std::vector<double> chains = chain_seconds(tasks);
    const double chain = *std::max_element(chains.begin(), chains.end());
    for (const std::size_t ranks : {1u, 2u, 7u, 64u, 4096u}) {
      const Simulation run = simulate(tasks, ranks, 0);
      const auto n = static_cast<double>(ranks);
      EXPECT_GE(run.seconds, std::max(chain, work / n) * (1 - 1e-12)) << "seed " << seed;
      EXPECT_LE(run.seconds, (work / n + chain) * (1 + 1e-12)) << "seed " << seed;
      EXPECT_NEAR(run.efficiency, work / (n * run.seconds), 1e-9);
    }
    EXPECT_NEAR(simulate(tasks, 1, 0).seconds, work, 1e-9 * work);
  }
}

}  // namespace
}  // namespace nwedge::study
