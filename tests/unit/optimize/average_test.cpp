#include "nwedge/optimize/average.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"
#include "nwedge/optimize/optimizer.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::optimize {
namespace {

void feed(WeightAverage& average) {
  for (std::int64_t step = 1; step <= 6; ++step) {
    const float value = static_cast<float>(step * step);
    average(step, std::span(&value, 1));
  }
}

TEST(WeightAverage, MeanOfChosenSteps) {
  WeightAverage average = WeightAverage::mean(2, 2);
  feed(average);
  EXPECT_EQ(average.count(), 3);
  EXPECT_FLOAT_EQ(average.point()[0], (4 + 16 + 36) / 3.0f);
}

TEST(WeightAverage, Exponential) {
  WeightAverage average = WeightAverage::exponential(0.5);
  feed(average);
  EXPECT_EQ(average.count(), 6);
  EXPECT_FLOAT_EQ(average.point()[0], 1 / 32.0f + 4 / 32.0f + 9 / 16.0f + 16 / 8.0f + 25 / 4.0f + 36 / 2.0f);
}

TEST(WeightAverage, WithoutPointsIsAnError) {
  EXPECT_THROW(WeightAverage::mean(0, 1).point(), Error);
  EXPECT_THROW(WeightAverage::mean(0, 0), Error);
  EXPECT_THROW(WeightAverage::exponential(1), Error);
}

TEST(WeightAverage, ObservesADescent) {
  const test::QuadraticLandscape landscape({1, 1});
  Options options;
  options.steps = 4;
  options.momentum = 0;
  options.learning_rate = 0.5;
  options.schedule = "constant";
  WeightAverage average = WeightAverage::mean(1, 1);
  Monitor monitor;
  const std::vector<float> start = {16, -8};
  minimize(landscape, start, options, 0, monitor, std::ref(average));
  EXPECT_EQ(average.count(), 4);
  EXPECT_NEAR(average.point()[0], 15.0f / 4, 1e-5);  // 8, 4, 2, 1
  EXPECT_NEAR(average.point()[1], -7.5f / 4, 1e-5);
}

}  // namespace
}  // namespace nwedge::optimize
