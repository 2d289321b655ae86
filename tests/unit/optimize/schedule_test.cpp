#include "nwedge/optimize/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace nwedge::optimize {
namespace {

Options with_schedule(std::string schedule) {
  Options options;
  options.learning_rate = 0.8;
  options.schedule = std::move(schedule);
  options.steps = 100;
  return options;
}

TEST(Schedule, ConstantStaysConstant) {
  const Options options = with_schedule("constant");
  for (const std::int64_t step : {0, 1, 50, 99}) EXPECT_EQ(learning_rate(options, step, 100), 0.8);
}

TEST(Schedule, StepFallsAtTheMilestones) {
  Options options = with_schedule("step");
  options.milestones = {0.5, 0.75};
  options.step_factor = 0.1;
  EXPECT_DOUBLE_EQ(learning_rate(options, 49, 100), 0.8);
  EXPECT_DOUBLE_EQ(learning_rate(options, 50, 100), 0.08);
  EXPECT_DOUBLE_EQ(learning_rate(options, 74, 100), 0.08);
  EXPECT_DOUBLE_EQ(learning_rate(options, 75, 100), 0.008);
}

TEST(Schedule, CosineFromTheRateToItsFinalFraction) {
  Options options = with_schedule("cosine");
  EXPECT_DOUBLE_EQ(learning_rate(options, 0, 100), 0.8);
  EXPECT_NEAR(learning_rate(options, 50, 100), 0.4, 1e-15);
  EXPECT_NEAR(learning_rate(options, 25, 100), 0.4 * (1 + std::sqrt(0.5)), 1e-15);
  options.final_fraction = 0.25;
  EXPECT_NEAR(learning_rate(options, 50, 100), 0.5, 1e-15);
  EXPECT_NEAR(learning_rate(options, 100, 100), 0.2, 1e-15);
}

TEST(Schedule, CyclicFallsInEqualStepsAndEndsEachCycleAtItsLowest) {
  Options options = with_schedule("cyclic");
  options.cycle_steps = 4;
  options.final_fraction = 0.5;
  const double expected[] = {0.7, 0.6, 0.5, 0.4};
  for (std::int64_t step = 0; step < 12; ++step)
    EXPECT_NEAR(learning_rate(options, step, 12), expected[step % 4], 1e-15) << step;
}

TEST(Schedule, WarmsUpInEqualStepsUnderneathTheSchedule) {
  for (const char* name : {"constant", "cosine", "step", "cyclic"}) {
    Options options = with_schedule(name);
    options.cycle_steps = options.schedule == "cyclic" ? 20 : 0;
    const Options cold = options;
    options.warmup = 4;
    const double expected[] = {0.25, 0.5, 0.75, 1, 1, 1};
    for (std::int64_t step = 0; step < 6; ++step)
      EXPECT_DOUBLE_EQ(learning_rate(options, step, 100), expected[step] * learning_rate(cold, step, 100));
    options.warmup = 0.04;
    for (std::int64_t step = 0; step < 6; ++step)
      EXPECT_DOUBLE_EQ(learning_rate(options, step, 100), expected[step] * learning_rate(cold, step, 100));
    options.warmup = 0.001;  // less than one step
    EXPECT_EQ(learning_rate(options, 0, 100), learning_rate(cold, 0, 100));
  }
}

}  // namespace
}  // namespace nwedge::optimize
