// P1 and P2: losses of random points and on random sections.
#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"
#include "nwedge/wedge/theory.hpp"
#include "tests/unit/wedge/monte_carlo.hpp"

namespace nwedge::wedge {
namespace {

using testing::expect_mean;
using testing::expect_quantile;
using testing::gaussian;

TEST(Theory, LeastChiSquareOfTwoExponentialsIsHalfOfOne) {
  // chi^2_2 is exponential with mean 2; the least of K has mean 2/K.
  for (const std::int64_t count : {1, 2, 10, 1000})
    EXPECT_NEAR(theory::mean_least_chi_square(2, count), 2.0 / static_cast<double>(count), 1e-12);
  EXPECT_NEAR(theory::mean_least_chi_square(50, 1), 50, 1e-12);
}

struct Case {
  std::int64_t wedges;
  double sigma;
  double half_width;
  double opening;
  const char* frames;
};

TEST(Theory, P1LossOfARandomPoint) {
  for (const Case& one :
       {Case{1, 1.3, 0, 0, "axis"}, Case{1, 0.7, 0.9, 0, "random"}, Case{5, 1, 0, 0, "random"},
        Case{8, 2, 1.5, 0, "axis"}, Case{1, 1, 0.1, 0.05, "axis"}}) {
    WedgeOptions options;
    options.dimension = 400;
    options.short_directions = 12;
    options.wedges = one.wedges;
    options.frames = one.frames;
    options.initial_sigma = one.sigma;
    options.half_width = one.half_width;
    options.opening = one.opening;
    const auto p = theory::parameters_of(options);
    std::vector<double> losses;
    for (std::int64_t draw = 0; draw < 20; ++draw) {  // several models: overlaps of wedges average out
      options.seed = draw;
      const WedgeModel model(options);
      for (std::uint64_t i = 0; i < 100; ++i) losses.push_back(model.evaluate(model.initial_point(i)).loss);
    }
    const double expected = theory::random_point_loss(p);
    // With several wedges, shared axes make them a little dependent; an opening takes rho at its typical
    // value.
    const double bias = one.wedges > 1 || one.opening > 0 ? 0.01 : 0;
    expect_mean(losses, expected, bias * expected);
    for (const double q : {0.1, 0.5, 0.9})
      expect_quantile(losses, theory::random_point_loss_quantile(p, q), q, bias);
    if (one.wedges == 1 && one.half_width == 0 && one.opening == 0) {
      EXPECT_NEAR(expected, 0.5 * 12 * one.sigma * one.sigma, 1e-9);
    }
  }
}

/// The least loss of a landscape without a core's width on a section, by conjugate gradients: exact after d
/// steps.
double least_on_section(const CurvedLandscape& section) {
  const auto d = static_cast<std::size_t>(section.dimension());
  std::vector<float> x(d, 0.0f);
  std::vector<float> residual(d);
  std::vector<float> product(d);
  section.gradient(x, residual);
  for (float& r : residual) r = -r;
  std::vector<float> direction = residual;
  const auto square = [](const std::vector<float>& v) {
    double sum = 0;
    for (const float value : v) sum += static_cast<double>(value) * value;
    return sum;
  };
  double now = square(residual);
  for (std::size_t step = 0; step < 3 * d && now > 1e-12; ++step) {  // rounding costs a few steps more than d
    const auto curvature = section.curvature_at(x);
    curvature->multiply(direction, product);
    double bend = 0;
    for (std::size_t j = 0; j < d; ++j) bend += static_cast<double>(direction[j]) * product[j];
    for (std::size_t j = 0; j < d; ++j) {
      x[j] += static_cast<float>(now / bend) * direction[j];
      residual[j] -= static_cast<float>(now / bend) * product[j];
    }
    const double next = square(residual);
    for (std::size_t j = 0; j < d; ++j)
      direction[j] = residual[j] + static_cast<float>(next / now) * direction[j];
    now = next;
  }
  return section.evaluate(x).loss;
}

TEST(Theory, P2LeastLossOnARandomSection) {
  constexpr std::int64_t kShort = 10;
  constexpr std::int64_t kWedges = 3;
  WedgeOptions options;
  options.dimension = 120;
  options.short_directions = kShort;
  options.wedges = 1;
  theory::Parameters p{.dimension = 120, .short_directions = kShort, .wedges = 1};
  theory::Parameters several = p;
  several.wedges = kWedges;
  for (const std::int64_t d : {0, 3, 7, 10, 12}) {
    std::vector<double> losses;
    std::vector<double> ratios;
    std::vector<double> best;
    std::vector<double> reached;
    std::vector<double> reached_from_here;
    const double width = 2.0;
    p.half_width = width;
    for (std::uint64_t i = 0; i < 300; ++i) {
      AffineFamily family{gaussian(120, 1000 * static_cast<std::uint64_t>(d) + i), {}};
      family.directions =
          gaussian(120 * std::max<std::int64_t>(d, 1), 777000 * static_cast<std::uint64_t>(d) + i);
      double least = std::numeric_limits<double>::infinity();
      double first = 0;
      double start = 0;
      for (std::int64_t k = 0; k < kWedges; ++k) {
        options.seed = static_cast<std::int64_t>(i) * kWedges + k;
        const WedgeModel model(options);
        const auto section = model.restrict_to(family);
        const double here = model.evaluate(family.origin).loss;
        const double found = d == 0 ? here : least_on_section(dynamic_cast<const CurvedLandscape&>(*section));
        least = std::min(least, found);
        if (k == 0) first = found;
        if (k == 0) start = here;
      }
      losses.push_back(first);
      ratios.push_back(first / start);
      best.push_back(least);
      reached.push_back(std::sqrt(2 * first) <= width ? 1 : 0);
      reached_from_here.push_back(reached.back() - theory::section_success_at(p, d, std::sqrt(2 * start)));
    }
    p.half_width = 0;
    constexpr double kRounding = 1e-6;
    expect_mean(losses, theory::section_loss(p, d), kRounding);
    expect_mean(ratios, theory::section_loss_ratio(p, d), kRounding);
    expect_mean(best, theory::section_loss(several, d), kRounding + 0.01 * theory::section_loss(several, d));
    p.half_width = width;
    expect_mean(reached, theory::section_success(p, d));
    expect_mean(reached_from_here, 0, 1e-9);
  }
}

TEST(Theory, P2IntrinsicDimension) {
  theory::Parameters p{.dimension = 1000, .short_directions = 50, .wedges = 1};
  EXPECT_EQ(theory::intrinsic_dimension(p), 50);
  EXPECT_EQ(theory::threshold_dimension(p, 7), 50);
  p.half_width = std::sqrt(25.0);
  // R0^2 is about s = 50, so the threshold is at about half of the short directions.
  EXPECT_NEAR(theory::threshold_dimension(p, std::sqrt(50.0)), 25, 1e-9);
  EXPECT_NEAR(static_cast<double>(theory::intrinsic_dimension(p)), 25, 2);
  const auto low = theory::intrinsic_dimension(p, 0.1);
  const auto high = theory::intrinsic_dimension(p, 0.9);
  EXPECT_LT(low, high);
  EXPECT_LT(static_cast<double>(high - low), 4 * std::sqrt(50.0));
  theory::Parameters more = p;
  more.wedges = 100;
  EXPECT_LT(theory::intrinsic_dimension(more), theory::intrinsic_dimension(p));
  for (std::int64_t d = 1; d <= 50; ++d)
    EXPECT_GE(theory::section_success(p, d), theory::section_success(p, d - 1));
}

TEST(Theory, WrongParametersAreErrors) {
  theory::Parameters p;
  p.short_directions = 2000;
  EXPECT_THROW(theory::random_point_loss(p), Error);
  EXPECT_THROW(theory::section_loss({}, -1), Error);
  EXPECT_THROW(theory::section_loss({}, 1001), Error);
  EXPECT_THROW(theory::exit_radius_quantile({}, 1, 1), Error);
  EXPECT_THROW(theory::sgd_variance(2.5, 1), Error);
  EXPECT_THROW(theory::switch_probability({}, 1.5), Error);
  WedgeOptions options;
  options.energy = "linear";
  EXPECT_THROW(theory::parameters_of(options), Error);
}

}  // namespace
}  // namespace nwedge::wedge
