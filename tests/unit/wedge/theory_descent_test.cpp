// P9 and P10: stochastic descent inside a wedge and switching wedges.
#include <gtest/gtest.h>

#include "nwedge/wedge/theory.hpp"
#include "tests/unit/wedge/monte_carlo.hpp"

namespace nwedge::wedge {
namespace {

using testing::expect_mean;
using testing::gaussian;
using testing::loss;
using testing::optimum;

TEST(Theory, P9StationaryLossOfStochasticDescent) {
  WedgeOptions options;
  options.dimension = 40;
  options.short_directions = 20;
  options.wedges = 1;
  options.gradient_noise = 0.6;
  const WedgeModel model(options);
  const auto p = theory::parameters_of(options);
  constexpr double kRate = 0.4;
  constexpr std::int64_t kIterates = 4;
  constexpr std::int64_t kSpacing = 2;
  std::vector<double> single;
  std::vector<double> averaged;
  std::vector<float> gradient(40);
  for (std::uint64_t run = 0; run < 400; ++run) {
    std::vector<float> point(40, 0.0f);
    std::vector<double> mean(40, 0.0);
    for (std::int64_t step = 0; step < 40; ++step) {  // (1 - rate)^2·30 of the start is left: nothing
      model.batch_gradient(point, {.seed = run, .index = step, .size = 4}, gradient);
      for (std::size_t j = 0; j < 40; ++j) point[j] -= static_cast<float>(kRate) * gradient[j];
      if (step >= 40 - kIterates * kSpacing && step % kSpacing == 0)
        for (std::size_t j = 0; j < 40; ++j) mean[j] += point[j] / static_cast<double>(kIterates);
    }
    single.push_back(loss(model, point));
    averaged.push_back(loss(model, std::vector<float>(mean.begin(), mean.end())));
  }
  const double noise = options.gradient_noise / 2;  // of a batch of four
  expect_mean(single, theory::sgd_loss(p, kRate, noise));
  expect_mean(averaged, theory::sgd_average_loss(p, kRate, noise, kIterates, kSpacing));
  EXPECT_NEAR(theory::sgd_average_loss(p, kRate, noise, 4, 1000), theory::sgd_loss(p, kRate, noise) / 4,
              1e-12);
}

TEST(Theory, P9VarianceDependsOnTheStiffness) {
  WedgeOptions options;
  options.dimension = 3;
  options.short_directions = 3;
  options.wedges = 1;
  options.stiffness = {2, 1, 0.5};
  options.gradient_noise = 1;
  const WedgeModel model(options);
  std::vector<std::vector<double>> squares(3);
  std::vector<float> gradient(3);
  for (std::uint64_t run = 0; run < 1500; ++run) {
    std::vector<float> point(3, 0.0f);
    for (std::int64_t step = 0; step < 40; ++step) {
      model.batch_gradient(point, {.seed = run, .index = step, .size = 1}, gradient);
      for (std::size_t j = 0; j < 3; ++j) point[j] -= 0.6f * gradient[j];
    }
    const std::vector<double> u = model.short_coordinates(point, 0);
    for (std::size_t i = 0; i < 3; ++i) squares[i].push_back(u[i] * u[i]);
  }
  for (std::size_t i = 0; i < 3; ++i)
    expect_mean(squares[i], theory::sgd_variance(0.6, 1, options.stiffness[i]));
}

TEST(Theory, P10DescentLeavesItsWedgeAboveTheCriticalRateOnly) {
  WedgeOptions options;
  options.dimension = 300;
  options.short_directions = 20;
  options.wedges = 6;
  options.stiffness = {1.6};
  const WedgeModel model(options);
  const double critical = theory::critical_learning_rate(1.6);
  for (std::uint64_t i = 0; i < 10; ++i)
    for (const double factor : {0.95, 1.05}) {
      std::vector<float> point = optimum(model, 2, i);
      for (std::size_t j = 0; j < point.size(); ++j) point[j] += 0.01f * gaussian(300, i + 50)[j];
      std::vector<float> gradient(300);
      bool left = false;
      for (int step = 0; step < 200; ++step) {
        model.gradient(point, gradient);
        for (std::size_t j = 0; j < point.size(); ++j)
          point[j] -= static_cast<float>(factor * critical) * gradient[j];
        left = left || model.nearest(point) != 2;
      }
      EXPECT_EQ(left, factor > 1) << factor;
    }
}

TEST(Theory, P10KicksSwitchWedges) {
  for (const double kept : {0.3, 0.6}) {
    WedgeOptions options;
    options.dimension = 800;
    options.short_directions = 6;
    options.wedges = 5;
    options.half_width = kept < 0.5 ? 0 : 1.5;
    const auto p = theory::parameters_of(options);
    std::vector<double> switched;
    for (std::int64_t draw = 0; draw < 20; ++draw) {
      options.seed = draw;
      const WedgeModel model(options);
      for (std::uint64_t i = 0; i < 100; ++i) {
        std::vector<float> point = optimum(model, 0, i);
        const std::vector<float> kick = gaussian(800, 5000 + i);
        for (std::size_t j = 0; j < point.size(); ++j)
          point[j] = static_cast<float>(kept * point[j] + std::sqrt(1 - kept * kept) * kick[j]);
        switched.push_back(model.nearest(point) != 0 ? 1 : 0);
      }
    }
    const double expected = theory::switch_probability(p, kept);
    EXPECT_GT(expected, 0.05);
    EXPECT_LT(expected, 0.95);
    expect_mean(switched, expected, 0.01);  // shared axes, s/D of them
  }
  EXPECT_NEAR(theory::switch_probability({.wedges = 2}, 0), 0.5, 1e-9);
  EXPECT_EQ(theory::switch_probability({}, 1), 0);
}

}  // namespace
}  // namespace nwedge::wedge
