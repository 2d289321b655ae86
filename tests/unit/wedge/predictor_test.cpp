#include "nwedge/wedge/predictor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "nwedge/wedge/core_edge.hpp"
#include "nwedge/wedge/wedge_section.hpp"
#include "tests/support/threads.hpp"
#include "tests/unit/wedge/monte_carlo.hpp"
#include "tests/unit/wedge/variants.hpp"

namespace nwedge::wedge {
namespace {

using testing::describe;
using testing::every_variant;
using testing::random_point;

WedgeOptions of_size(std::int64_t dimension, std::int64_t s, std::int64_t wedges) {
  WedgeOptions options;
  options.dimension = dimension;
  options.short_directions = s;
  options.wedges = wedges;
  options.initial_sigma = 1.5;
  return options;
}

/// A model so near to `options` that every closed form holds, yet of a variant that has none: a predictor
/// samples it.
WedgeModel sampled(WedgeOptions options) {
  options.stiffness_spread = 1 + 1e-9;
  return WedgeModel(options);
}

/// A Monte Carlo prediction agrees with a closed form within five standard errors plus `bias` of it.
void expect_agrees(const Prediction& sampled, double closed, double bias = 0) {
  ASSERT_EQ(sampled.source, Prediction::Source::monte_carlo) << sampled.reason;
  ASSERT_GE(sampled.samples, 30);
  EXPECT_GT(sampled.standard_error, 0);
  EXPECT_NEAR(sampled.value, closed, 5 * sampled.standard_error + bias * std::abs(closed));
}

TEST(CoreEdge, IsWhereSlowDescentEnds) {
  for (WedgeOptions options : every_variant()) {
    if (options.minimum == "soft") continue;
    options.wedges = 1;
    const WedgeModel model(options);
    std::vector<float> point = random_point(options.dimension, 5, 1.5);
    const std::vector<float> start = point;
    std::vector<float> slope(point.size());
    for (int step = 0; step < 6000; ++step) {
      const double loss = model.gradient(point, slope);
      // A linear energy has a slope of constant length: steps of the length that a quadratic one would have.
      const double rate = options.energy == "linear" ? 0.02 * loss : 0.02;
      for (std::size_t j = 0; j < point.size(); ++j) point[j] -= static_cast<float>(rate * slope[j]);
    }
    const std::vector<float> edge = core_edge(model, start, 0);
    EXPECT_LT(model.evaluate(edge).loss, 1e-5) << describe(options);
    double way = 0;
    double off = 0;
    for (std::size_t j = 0; j < point.size(); ++j) {
      way += std::pow(static_cast<double>(start[j]) - point[j], 2);
      off += std::pow(static_cast<double>(edge[j]) - point[j], 2);
    }
    EXPECT_LT(std::sqrt(off), 0.02 * std::sqrt(way)) << describe(options);
  }
}

TEST(CoreEdge, LeavesAPointInsideWhereItIs) {
  WedgeOptions options = of_size(20, 4, 3);
  options.half_width = 100;
  const WedgeModel model(options);
  const std::vector<float> point = random_point(20, 1);
  EXPECT_EQ(descended(model, point), point);
}

TEST(WedgeSection, HasTheLossOfTheModelInEveryVariant) {
  for (const WedgeOptions& options : every_variant()) {
    const WedgeModel model(options);
    const std::vector<float> origin = random_point(options.dimension, 1);
    std::vector<float> directions = random_point(options.dimension, 2);
    const std::vector<float> second = random_point(options.dimension, 3);
    directions.insert(directions.end(), second.begin(), second.end());
    const WedgeSection section(model, origin, directions);
    for (const auto& [x, y] : {std::pair(0.0, 0.0), std::pair(0.3, -1.2), std::pair(-2.0, 0.7)}) {
      std::vector<float> point = origin;
      for (std::size_t j = 0; j < point.size(); ++j)
        point[j] += static_cast<float>(x * directions[j] + y * second[j]);
      const double coordinates[] = {x, y};
      EXPECT_NEAR(section.loss(coordinates), model.evaluate(point).loss, 1e-5) << describe(options);
    }
  }
}

TEST(Predictor, SamplesTheClosedFormsOfOneWedge) {
  const WedgeOptions options = of_size(120, 12, 1);
  const WedgeModel model = sampled(options);
  const Predictor predictor(model, 3);
  const auto p = theory::parameters_of(options);
  expect_agrees(predictor.random_point_loss(), theory::random_point_loss(p));
  for (const std::int64_t d : {0, 4, 9}) expect_agrees(predictor.section_loss(d), theory::section_loss(p, d));
  constexpr double kQuantiles[] = {0.1, 0.5, 0.9};
  const std::vector<Prediction> radii = predictor.exit_radii(0.4, kQuantiles);
  for (std::size_t i = 0; i < 3; ++i)
    expect_agrees(radii[i], theory::exit_radius_quantile(p, 0.4, kQuantiles[i]));
  theory::Parameters wide = p;
  wide.half_width = std::sqrt(2 * 0.4);
  const double norm = 1.5 * std::sqrt(108.0);  // of an optimum, give or take 7 %
  constexpr double kShares[] = {0.5, 1.0, 1.5};
  const std::vector<Predictor::Radial> tunnel = predictor.radial_tunnel(kShares, {0.4, true});
  for (std::size_t i = 0; i < 3; ++i) {
    const double angle = theory::radial_tunnel_half_angle_quantile(wide, kShares[i] * norm, 0.5);
    expect_agrees(tunnel[i].half_angle, angle * 180 / std::numbers::pi, 0.01);
    // Across, the wall stands where the around way would have it at radius infinity: (w / R) / sqrt(beta).
    expect_agrees(tunnel[i].half_width, kShares[i] * norm * std::sin(angle), 0.01);
  }
}

TEST(Predictor, SamplesTheClosedFormsOfManyWedges) {
  WedgeOptions options = of_size(1000, 50, 20);
  for (const char* frames : {"axis", "random"}) {
    options.frames = frames;
    const WedgeModel model = sampled(options);
    const Predictor predictor(model, 3);
    const auto p = theory::parameters_of(options);
    // Up to terms of order s/D, for wedges are not independent.
    expect_agrees(predictor.random_point_loss(), theory::random_point_loss(p), 0.02);
    constexpr double kMedian[] = {0.5};
    expect_agrees(predictor.exit_radii(0.4, kMedian)[0], theory::exit_radius_quantile(p, 0.4, 0.5), 0.005);
    std::vector<double> t;
    for (int i = 0; i <= 400; ++i) t.push_back(i / 400.0);
    expect_agrees(predictor.line_barrier(t), theory::crossing_barrier(p), 0.03);
    expect_agrees(predictor.average_loss(3, true), theory::average_loss(p, 3) * theory::selection(p), 0.03);
    expect_agrees(predictor.switch_probability(0.8), theory::switch_probability(p, 0.8), 0.1);
  }
}

TEST(Predictor, OpeningsAndCoresMoveThePredictionsTheRightWay) {
  WedgeOptions options = of_size(300, 20, 6);
  const auto barrier = [](const WedgeOptions& of) {
    constexpr double kPlaces[] = {0.0, 0.25, 0.5, 0.75, 1.0};
    return Predictor(WedgeModel(of)).line_barrier(kPlaces).value;
  };
  const double plain = barrier(options);
  options.half_width = 1;
  const double core = barrier(options);
  options.opening = 0.05;
  const double open = barrier(options);
  EXPECT_LT(core, 0.9 * plain);
  EXPECT_LT(open, 0.9 * core);
  EXPECT_GT(open, 0);
  // A cone: the half-angle does not depend on the radius, sin(phi) = kappa sqrt(D/s) for a low threshold.
  options.half_width = 0;
  options.wedges = 1;
  constexpr double kShares[] = {0.5, 1.0, 2.0};
  const WedgeModel cone(options);
  // The axis runs along the rim, for there descent ends, so only the way around that leaves the core counts
  // half.
  const auto angles = Predictor(cone).radial_tunnel(kShares, {1e-6, true});
  EXPECT_NEAR(angles[0].half_angle.value, angles[2].half_angle.value, 0.5);
  EXPECT_GT(angles[1].half_angle.value, 1);
  EXPECT_LT(angles[1].half_angle.value, std::asin(0.05 * std::sqrt(15.0)) * 180 / std::numbers::pi + 1);
}

TEST(Predictor, NeverThrowsAndGivesANumberOrAReason) {
  const auto check = [](const Prediction& prediction, const std::string& where) {
    EXPECT_EQ(prediction.known(), std::isfinite(prediction.value)) << where;
    EXPECT_EQ(prediction.known(), prediction.reason.empty()) << where;
    EXPECT_TRUE(std::isfinite(prediction.standard_error)) << where;
  };
  const std::vector<WedgeOptions> variants = every_variant();
  for (std::size_t i = 0; i < variants.size(); i += 7) {  // every value of every option, in many combinations
    const WedgeOptions& options = variants[i];
    const WedgeModel model(options);
    const Predictor predictor(model);
    const std::string where = describe(options);
    constexpr double kPlaces[] = {0.0, 0.5, 1.0};
    constexpr double kQuantiles[] = {0.1, 0.9};
    check(predictor.random_point_loss(), where);
    check(predictor.section_loss(2), where);
    for (const Prediction& loss : predictor.line_losses(kPlaces)) check(loss, where);
    check(predictor.line_barrier(kPlaces), where);
    check(predictor.descent_share(0.3), where);
    for (const Prediction& radius : predictor.exit_radii(0.3, kQuantiles)) check(radius, where);
    check(predictor.short_exit_radius(0.3), where);
    check(predictor.trace(), where);
    for (const Predictor::Radial& radial : predictor.radial_tunnel(kPlaces, {0.3, false})) {
      check(radial.half_width, where);
      check(radial.half_angle, where);
    }
    check(predictor.average_loss(2, true), where);
    check(predictor.average_loss(2, false), where);
    check(predictor.tunnel_barrier(0, 1), where);
    check(predictor.switch_probability(0.7), where);
  }
}

TEST(Predictor, DoesNotDependOnTheNumberOfThreads) {
  WedgeOptions options = of_size(100, 10, 5);
  options.opening = 0.1;
  const WedgeModel model(options);
  constexpr double kPlaces[] = {0.3, 0.5};
  const auto values = [&](std::uint64_t seed) {
    std::vector<double> all;
    for (const Prediction& loss : Predictor(model, seed).line_losses(kPlaces)) all.push_back(loss.value);
    return all;
  };
  const std::vector<double> many = values(1);
  {
    const test::WithThreads one(1);
    EXPECT_EQ(values(1), many);
  }
  EXPECT_NE(values(2), many);
}

TEST(Theory, HoldsForThousandsOfShortDirections) {
  for (const std::int64_t s : {4678, 4679, 5000, 9000, 9999, 10000}) {
    theory::Parameters p = theory::parameters_of(of_size(10000, s, 20));
    for (const double half_width : {0.0, 1e-3, 1.0, 30.0}) {
      p.half_width = half_width;
      const double inside = theory::inside_probability(p, 100);
      EXPECT_GE(inside, 0) << s;
      EXPECT_LE(inside, 1) << s;
      if (half_width == 0) EXPECT_EQ(inside, 0) << s;
      EXPECT_TRUE(std::isfinite(theory::random_point_loss(p))) << s;
      EXPECT_TRUE(std::isfinite(theory::section_success_at(p, s / 2, 100))) << s;
      EXPECT_TRUE(std::isfinite(theory::switch_probability(p, 0.5))) << s;
      EXPECT_TRUE(std::isfinite(theory::section_success(p, s / 2))) << s;
      EXPECT_GT(theory::intrinsic_dimension(p, 0.9), 0) << s;
      const double typical = theory::exit_radius(p, 0.3);
      EXPECT_NEAR(theory::exit_radius_quantile(p, 0.3, 0.5), typical, 0.01 * typical) << s;
      if (s + 1 >= 10000) continue;
      EXPECT_TRUE(std::isfinite(theory::radial_tunnel_half_angle_quantile(p, 100, 0.5))) << s;
    }
  }
}

TEST(Predictor, SaysWhyThereIsNothing) {
  WedgeOptions one = of_size(20, 4, 1);
  constexpr double kMiddle[] = {0.5};
  EXPECT_NE(Predictor(WedgeModel(one)).line_losses(kMiddle)[0].reason.find("one wedge"), std::string::npos);
  WedgeOptions huge = of_size(20000000, 4, 2);
  huge.half_width = 0.5;
  const WedgeModel large(huge);
  EXPECT_NE(Predictor(large).line_barrier(kMiddle).reason.find("too large"), std::string::npos);
  WedgeOptions bowls = of_size(20, 20, 3);
  bowls.centre_spread = 1;
  EXPECT_FALSE(Predictor(WedgeModel(bowls)).tunnel_barrier(0, 1).known());
  bowls.centre_spread = 0;
  EXPECT_EQ(Predictor(WedgeModel(bowls)).tunnel_barrier(0, 1).value, 0);
}

}  // namespace
}  // namespace nwedge::wedge
