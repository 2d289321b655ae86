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

/// Three steps in R^2 from (2, -1) with fixed gradients.
std::vector<float> three_steps(const Options& options, DecayedPart decayed) {
  const std::unique_ptr<Direction> direction = make_direction(options, std::move(decayed));
  std::vector<float> point = {2, -1};
  for (const std::vector<float>& gradient : {std::vector<float>{1, 0.5f}, {0.5f, -2}, {-0.25f, 4}})
    direction->step(point, gradient, 0.1, 1);
  return point;
}

Options decaying(std::string method) {
  Options options = with_method(std::move(method));
  options.momentum = 0.9;
  options.second_momentum = 0.99;
  options.weight_decay = 0.5;
  return options;
}

// torch.optim.Adam and AdamW (torch 2), in double.
TEST(Adam, IsThatOfPyTorchWithWeightDecayInTheGradientOrDecoupled) {
  const std::vector<float> coupled = three_steps(decaying("adam"), 2);
  EXPECT_NEAR(coupled[0], 1.712286243, 1e-6);
  EXPECT_NEAR(coupled[1], -0.944683129, 1e-6);
  const std::vector<float> decoupled = three_steps(decaying("adamw"), 2);
  EXPECT_NEAR(decoupled[0], 1.479273312, 1e-6);
  EXPECT_NEAR(decoupled[1], -0.931432729, 1e-6);
}

TEST(Adam, IsAdamWWithoutDecay) {
  Options options = decaying("adam");
  options.weight_decay = 0;
  const std::vector<float> adam = three_steps(options, 2);
  options.method = "adamw";
  EXPECT_EQ(three_steps(options, 2), adam);
}

TEST(Direction, DecaysWeightsAlone) {
  const std::vector<ParameterGroup> groups = {{0, 1}, {1, 1, ParameterGroup::Kind::bias}};
  for (const std::string_view method : method_names())
    for (const double momentum : {0.0, 0.9}) {
      Options options = decaying(std::string(method));
      options.momentum = momentum;
      const std::vector<float> all = three_steps(options, 2);
      const std::vector<float> weights = three_steps(options, {2, groups});
      options.weight_decay = 0;
      const std::vector<float> none = three_steps(options, 2);
      EXPECT_EQ(weights[0], all[0]) << method;
      EXPECT_EQ(weights[1], none[1]) << method;
      EXPECT_NE(all[0], none[0]) << method;
      EXPECT_NE(all[1], none[1]) << method;
    }
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
