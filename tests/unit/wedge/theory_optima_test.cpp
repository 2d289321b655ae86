// P4, P5, P6 and P8: several optima.
#include <gtest/gtest.h>

#include <numeric>

#include "nwedge/wedge/theory.hpp"
#include "tests/unit/wedge/monte_carlo.hpp"

namespace nwedge::wedge {
namespace {

using testing::between;
using testing::expect_mean;
using testing::loss;
using testing::optimum;

WedgeOptions model_options(const char* frames, std::int64_t seed) {
  WedgeOptions options;
  options.dimension = 150;
  options.short_directions = 15;
  options.wedges = 2;
  options.frames = frames;
  options.initial_sigma = 1.5;
  options.seed = seed;
  return options;
}

TEST(Theory, P4StraightLineBetweenTwoWedges) {
  struct Case {
    const char* frames;
    double half_width;
    double opening;
  };
  for (const Case& one :
       {Case{"axis", 0, 0}, Case{"random", 0, 0}, Case{"axis", 1, 0}, Case{"axis", 0.2, 0.05}}) {
    WedgeOptions options = model_options(one.frames, 0);
    options.half_width = one.half_width;
    options.opening = one.opening;
    const auto p = theory::parameters_of(options);
    std::vector<double> early;
    std::vector<double> middle;
    for (std::int64_t draw = 0; draw < 200; ++draw) {
      options.seed = draw;
      const WedgeModel model(options);
      const std::vector<float> a = optimum(model, 0, static_cast<std::uint64_t>(2 * draw));
      const std::vector<float> b = optimum(model, 1, static_cast<std::uint64_t>(2 * draw + 1));
      early.push_back(model.energies(between(a, b, 0.25))[0]);
      // At t = 1/2 the lower of two energies counts; their mean has the closed form.
      const std::vector<double> energies = model.energies(between(a, b, 0.5));
      middle.push_back((energies[0] + energies[1]) / 2);
    }
    // Exact at width 0; else the number of shared axes and the long radius are taken at their mean.
    const double bias = one.half_width > 0 ? 0.03 : 0;
    expect_mean(early, theory::straight_line_loss(p, 0.25), bias * theory::straight_line_loss(p, 0.25));
    expect_mean(middle, theory::straight_line_barrier(p), bias * theory::straight_line_barrier(p));
  }
  const auto plain = theory::parameters_of(model_options("axis", 0));
  EXPECT_NEAR(theory::straight_line_barrier(plain), 1.5 * 1.5 * 15 / 8 * 0.9, 1e-9);
}

TEST(Theory, P4InsideOneWedgeTheLineStaysLow) {
  const WedgeModel model(model_options("axis", 3));
  for (const double t : {0.2, 0.5, 0.9})
    EXPECT_EQ(loss(model, between(optimum(model, 1, 0), optimum(model, 1, 1), t)), 0);
}

TEST(Theory, P5TunnelThroughTheIntersection) {
  for (const char* frames : {"axis", "random"}) {
    const WedgeModel model(model_options(frames, 1));
    const auto p = theory::parameters_of(model.options());
    EXPECT_GT(theory::tunnel_dimension(p, 2), 100);
    const std::int64_t both[] = {0, 1};
    const std::vector<float> a = optimum(model, 0, 0);
    const std::vector<float> b = optimum(model, 1, 1);
    const std::vector<float> bend = model.project(between(a, b, 0.5), both);
    for (const double t : {0.0, 0.3, 0.7, 1.0}) {
      EXPECT_LT(loss(model, between(a, bend, t)), 1e-10);
      EXPECT_LT(loss(model, between(bend, b, t)), 1e-10);
    }
  }
}

TEST(Theory, P6UnionOfShortDirections) {
  for (const char* frames : {"axis", "random"}) {
    WedgeOptions options = model_options(frames, 0);
    options.wedges = 4;
    const auto p = theory::parameters_of(options);
    for (std::int64_t m = 1; m <= 4; ++m) {
      std::vector<std::int64_t> wedges(static_cast<std::size_t>(m));
      std::iota(wedges.begin(), wedges.end(), 0);
      std::vector<double> unions;
      std::vector<double> squares;
      const double expected = theory::union_of_short_directions(p, m);
      for (std::int64_t draw = 0; draw < (p.axis ? 400 : 51); ++draw) {
        options.seed = draw;
        unions.push_back(static_cast<double>(WedgeModel(options).union_of_short_directions(wedges)));
        squares.push_back((unions.back() - expected) * (unions.back() - expected));
      }
      expect_mean(unions, expected, 1e-9);
      const double deviation = theory::union_deviation(p, m);
      expect_mean(squares, deviation * deviation, 1e-9);
      EXPECT_DOUBLE_EQ(theory::tunnel_dimension(p, m), 150 - expected);
    }
  }
}

std::vector<float> mean_of(const std::vector<std::vector<float>>& points) {
  std::vector<float> mean(points.front().size(), 0.0f);
  for (const auto& point : points)
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += point[j] / static_cast<float>(points.size());
  return mean;
}

TEST(Theory, P8AverageOfOptima) {
  for (const std::int64_t optima : {2, 3, 5}) {
    WedgeOptions options = model_options("axis", 0);
    options.dimension = 600;
    options.half_width = optima == 3 ? 0.5 : 0;
    options.wedges = optima;
    const auto p = theory::parameters_of(options);
    std::vector<double> energies;
    std::vector<double> losses;
    for (std::int64_t draw = 0; draw < 300; ++draw) {
      options.seed = draw;
      const WedgeModel model(options);
      std::vector<std::vector<float>> points;
      for (std::int64_t k = 0; k < optima; ++k)
        points.push_back(optimum(model, k, static_cast<std::uint64_t>(draw * optima + k)));
      const std::vector<float> mean = mean_of(points);
      energies.push_back(model.energies(mean).front());
      losses.push_back(loss(model, mean));
    }
    const double energy = theory::average_energy(p, optima);
    expect_mean(energies, energy, options.half_width > 0 ? 0.03 * energy : 0);
    // The distances to the members' wedges are taken as independent; they share one sum of optima.
    expect_mean(losses, theory::average_loss(p, optima), 0.03 * theory::average_loss(p, optima));
  }
}

TEST(Theory, P8AverageInsideOneWedgeIsAnOptimum) {
  const WedgeModel model(model_options("axis", 2));
  EXPECT_EQ(loss(model, mean_of({optimum(model, 0, 0), optimum(model, 0, 1), optimum(model, 0, 2)})), 0);
}

}  // namespace
}  // namespace nwedge::wedge
