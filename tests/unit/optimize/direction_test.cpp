#include "nwedge/optimize/direction.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nwedge::optimize {
namespace {

Options with_method(std::string method) {
  Options options;
  options.method = std::move(method);
  options.momentum = 0;
  return options;
}

/// Two steps in R^1 with gradients 1 and 0.5 from theta = 2 at the given rate.
std::vector<float> two_steps(const Options& options, double rate, double scale = 1) {
  const std::unique_ptr<Direction> direction = make_direction(options, 1);
  std::vector<float> point = {2};
  std::vector<float> path;
  for (const float gradient : {1.0f, 0.5f}) {
    EXPECT_TRUE(direction->step(point, std::span(&gradient, 1), rate, scale));
    path.push_back(point[0]);
  }
  return path;
}

TEST(Sgd, PlainStep) {
  const std::vector<float> path = two_steps(with_method("sgd"), 0.5);
  EXPECT_FLOAT_EQ(path[0], 1.5f);
  EXPECT_FLOAT_EQ(path[1], 1.25f);
}

TEST(Sgd, WeightDecayAddsToTheScaledGradient) {
  Options options = with_method("sgd");
  options.weight_decay = 0.25;
  const std::vector<float> path = two_steps(options, 0.5, 0.5);
  EXPECT_FLOAT_EQ(path[0], 2 - 0.5f * (0.5f + 0.5f));
  EXPECT_FLOAT_EQ(path[1], 1.5f - 0.5f * (0.25f + 0.375f));
}

TEST(Sgd, Momentum) {
  Options options = with_method("sgd");
  options.momentum = 0.5;
  const std::vector<float> path = two_steps(options, 0.5);  // v = 1, then 0.5 + 0.5 = 1
  EXPECT_FLOAT_EQ(path[0], 1.5f);
  EXPECT_FLOAT_EQ(path[1], 1.0f);
}

TEST(Sgd, Nesterov) {
  Options options = with_method("sgd");
  options.momentum = 0.5;
  options.nesterov = true;
  const std::vector<float> path = two_steps(options, 0.5);  // directions 1 + 0.5 and 0.5 + 0.5
  EXPECT_FLOAT_EQ(path[0], 1.25f);
  EXPECT_FLOAT_EQ(path[1], 0.75f);
}

TEST(Adam, FirstStepIsTheRateInEachCoordinate) {
  Options options = with_method("adam");
  options.momentum = 0.9;
  const std::unique_ptr<Direction> direction = make_direction(options, 3);
  std::vector<float> point = {0, 0, 0};
  const std::vector<float> gradient = {1e-3f, -5, 200};
  EXPECT_TRUE(direction->step(point, gradient, 0.1, 1));
  EXPECT_NEAR(point[0], -0.1f, 1e-5);
  EXPECT_NEAR(point[1], 0.1f, 1e-6);
  EXPECT_NEAR(point[2], -0.1f, 1e-6);
}

TEST(Adam, SecondStepByHand) {
  Options options = with_method("adam");
  options.momentum = 0.9;
  options.second_momentum = 0.99;
  const std::vector<float> path = two_steps(options, 0.1);
  const double mean = (0.9 * 0.1 + 0.1 * 0.5) / (1 - 0.81);
  const double square = (0.99 * 0.01 + 0.01 * 0.25) / (1 - 0.9801);
  EXPECT_NEAR(path[0], 1.9, 1e-6);
  EXPECT_NEAR(path[1], 1.9 - 0.1 * mean / std::sqrt(square), 1e-6);
}

TEST(Direction, SaysWhenThePointIsNoLongerFinite) {
  for (const std::string_view method : method_names()) {
    Options options = with_method(std::string(method));
    for (const float wrong :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      const std::unique_ptr<Direction> direction = make_direction(options, 40);
      std::vector<float> point(40, 1.0f);
      std::vector<float> gradient(40, 1.0f);
      EXPECT_TRUE(direction->step(point, gradient, 0.1, 1)) << method;
      gradient[17] = wrong;
      EXPECT_FALSE(direction->step(point, gradient, 0.1, 1)) << method;
    }
  }
}

}  // namespace
}  // namespace nwedge::optimize
