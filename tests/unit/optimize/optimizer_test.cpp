#include "nwedge/optimize/optimizer.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/optimize/direction.hpp"
#include "tests/support/monitors.hpp"
#include "tests/support/quadratic_landscape.hpp"
#include "tests/support/threads.hpp"

namespace nwedge::optimize {
namespace {

using test::QuadraticLandscape;

Options constant_rate(double rate, double momentum, std::int64_t steps) {
  Options options;
  options.learning_rate = rate;
  options.momentum = momentum;
  options.schedule = "constant";
  options.steps = steps;
  return options;
}

/// The largest factor by which the distance to the optimum shrinks in one step, far into the descent.
double measured_rate(const QuadraticLandscape& landscape, Options options) {
  Monitor monitor;
  options.steps = 60;
  const Result early = minimize(landscape, landscape.initial_point(1), options, 0, monitor);
  options.steps = 80;
  const Result late = minimize(landscape, landscape.initial_point(1), options, 0, monitor);
  return std::pow(landscape.evaluate(late.point).loss / landscape.evaluate(early.point).loss, 1.0 / 40);
}

TEST(Minimize, GradientDescentConvergesAtTheRateOfTheSpectrum) {
  const QuadraticLandscape landscape({0.2, 1, 1, 1});  // slowest factor |1 - rate lambda|
  EXPECT_NEAR(measured_rate(landscape, constant_rate(0.5, 0, 1)), 1 - 0.5 * 0.2, 1e-3);
}

TEST(Minimize, HeavyBallConvergesAtItsOptimalRate) {
  // With kappa = lambda_max / lambda_min, rate (2 / (sqrt(l) + sqrt(L)))^2 and momentum q^2,
  // q = (sqrt(kappa) - 1) / (sqrt(kappa) + 1), the error falls as n q^n [polyak1964].
  const double least = 0.01;
  const double root = std::sqrt(least);
  const double q = (1 / root - 1) / (1 / root + 1);
  const QuadraticLandscape landscape({least, 1});
  Options options = constant_rate(std::pow(2 / (1 + root), 2), q * q, 1);
  EXPECT_NEAR(measured_rate(landscape, options), q * std::pow(80.0 / 60, 1.0 / 20), 2e-3);
  EXPECT_GT(measured_rate(landscape, constant_rate(1, 0, 1)), 0.985);  // without momentum 1 - 0.01
}

TEST(Minimize, DivergesAboveTwoOverTheLargestEigenvalueOnly) {
  const QuadraticLandscape landscape({1, 4});
  Monitor monitor;
  const std::vector<float> start = landscape.initial_point(0);
  EXPECT_EQ(minimize(landscape, start, constant_rate(0.499, 0, 2000), 0, monitor).termination,
            Termination::finished);
  const Result high = minimize(landscape, start, constant_rate(0.7, 0, 2000), 0, monitor);
  EXPECT_EQ(high.termination, Termination::diverged);
  EXPECT_LT(high.batch_losses.size(), 2000u);
  ASSERT_FALSE(high.batch_losses.empty());
}

TEST(Minimize, EveryMethodOnEverySchedule) {
  const QuadraticLandscape landscape({0.5, 1, 2, 3, 5}, 4, {1, 2, 3, 4, 5});
  Monitor monitor;
  for (const std::string_view method : method_names())
    for (const std::string_view schedule : schedule_names())
      for (const double clip : {0.0, 1.0}) {
        Options options;
        options.method = method;
        options.schedule = schedule;
        options.learning_rate = 0.1;
        options.steps = 1000;
        options.clip_norm = clip;
        if (schedule == "cyclic") options.cycle_steps = 50;
        const Result result = minimize(landscape, landscape.initial_point(3), options, 0, monitor);
        EXPECT_LT(landscape.evaluate(result.point).loss, 1e-4)
            << method << " " << schedule << " clip " << clip;
        EXPECT_EQ(result.batch_losses.size(), 1000u);
      }
}

TEST(Minimize, ClippingBoundsAStep) {
  const QuadraticLandscape landscape(std::vector<double>(1000, 5.0));
  Monitor monitor;
  Options options = constant_rate(0.1, 0, 1);
  options.clip_norm = 2;
  const Result result = minimize(landscape, landscape.initial_point(0), options, 0, monitor);
  double square = 0;
  for (std::size_t i = 0; i < result.point.size(); ++i)
    square += std::pow(double(result.point[i]) - result.initial[i], 2);
  EXPECT_NEAR(std::sqrt(square), 0.1 * 2, 1e-5);
}

TEST(Minimize, WeightDecayMovesTheOptimum) {
  const QuadraticLandscape landscape({1, 1, 1}, 0, {3, -6, 9});
  Monitor monitor;
  Options options = constant_rate(0.3, 0, 200);
  options.weight_decay = 0.5;  // (theta - c) + theta / 2 = 0
  const Result result = minimize(landscape, landscape.initial_point(0), options, 0, monitor);
  EXPECT_NEAR(result.point[0], 2, 1e-5);
  EXPECT_NEAR(result.point[1], -4, 1e-5);
  EXPECT_NEAR(result.point[2], 6, 1e-5);
}

TEST(Minimize, StationaryVarianceUnderGradientNoise) {
  // theta <- (1 - eta) theta - eta sigma xi has stationary variance eta sigma^2 / (2 - eta).
  constexpr std::size_t kDimension = 20000;
  constexpr double kRate = 0.4;
  constexpr double kNoise = 0.7;
  const QuadraticLandscape landscape(std::vector<double>(kDimension, 1.0), 0, {}, kNoise);
  Monitor monitor;
  const Result result =
      minimize(landscape, landscape.initial_point(0), constant_rate(kRate, 0, 60), 5, monitor);
  double square = 0;
  for (const float x : result.point) square += double(x) * x / kDimension;
  const double expected = kRate * kNoise * kNoise / (2 - kRate);
  EXPECT_NEAR(square, expected, 5 * expected * std::sqrt(2.0 / kDimension));
}

TEST(Minimize, TrajectoryIsDenseEarlyAndEndsWithTheLastPoint) {
  const QuadraticLandscape landscape({1, 2});
  Monitor monitor;
  Options options = constant_rate(0.1, 0.9, 10);
  options.record_points = 4;
  std::vector<std::vector<float>> seen = {landscape.initial_point(2)};
  const Result result =
      minimize(landscape, seen[0], options, 0, monitor, [&](std::int64_t step, std::span<const float> point) {
        EXPECT_EQ(step, static_cast<std::int64_t>(seen.size()));
        seen.emplace_back(point.begin(), point.end());
      });
  EXPECT_EQ(result.trajectory_steps, (std::vector<std::int64_t>{0, 2, 3, 6, 10}));
  ASSERT_EQ(result.trajectory.size(), 10u);
  for (std::size_t k = 0; k < 5; ++k)
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_EQ(result.trajectory[2 * k + i], seen[static_cast<std::size_t>(result.trajectory_steps[k])][i]);
  options.record_points = 100;  // more than there are steps: each once
  EXPECT_EQ(minimize(landscape, seen[0], options, 0, monitor).trajectory_steps.size(), 11u);
  options.record_points = 0;
  EXPECT_TRUE(minimize(landscape, seen[0], options, 0, monitor).trajectory.empty());
}

TEST(Minimize, SameBitsOnOneAndTwoThreads) {
  const std::size_t dimension = 600'000;  // several blocks
  std::vector<double> spectrum(dimension, 1.0);
  spectrum[0] = 3;
  const QuadraticLandscape landscape(std::move(spectrum), 0, {}, 0.1);
  const std::vector<float> start = landscape.initial_point(0);
  for (const std::string_view method : method_names()) {
    Options options = constant_rate(0.1, 0.9, 3);
    options.method = method;
    options.clip_norm = 1;
    Monitor monitor;
    const auto descend = [&](int threads) {
      const test::WithThreads guard(threads);
      return minimize(landscape, start, options, 7, monitor);
    };
    const Result one = descend(1);
    const Result two = descend(2);
    EXPECT_EQ(one.point, two.point) << method;
    EXPECT_EQ(one.batch_losses, two.batch_losses) << method;
  }
}

TEST(Minimize, SeedNamesTheNoise) {
  const QuadraticLandscape landscape(std::vector<double>(10, 1.0), 0, {}, 0.1);
  const std::vector<float> start = landscape.initial_point(0);
  Monitor monitor;
  const Options options = constant_rate(0.1, 0.9, 5);
  const Result a = minimize(landscape, start, options, 1, monitor);
  EXPECT_EQ(a.point, minimize(landscape, start, options, 1, monitor).point);
  EXPECT_NE(a.point, minimize(landscape, start, options, 2, monitor).point);
  EXPECT_EQ(a.seed, 1u);
}

TEST(Minimize, StopsWhenAskedAndRejectsWrongSizes) {
  const QuadraticLandscape landscape({1, 2});
  test::StoppingMonitor stopping(3);
  EXPECT_THROW(minimize(landscape, landscape.initial_point(0), constant_rate(0.1, 0, 10), 0, stopping),
               Cancelled);
  Monitor monitor;
  EXPECT_THROW(minimize(landscape, std::vector<float>(3), constant_rate(0.1, 0, 10), 0, monitor), Error);
}

}  // namespace
}  // namespace nwedge::optimize
