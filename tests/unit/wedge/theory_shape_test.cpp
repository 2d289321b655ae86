// P3 and P7: exit radii and radial tunnels.
#include <gtest/gtest.h>

#include <numbers>

#include "nwedge/wedge/theory.hpp"
#include "tests/unit/wedge/monte_carlo.hpp"

namespace nwedge::wedge {
namespace {

using testing::between;
using testing::expect_mean;
using testing::expect_quantile;
using testing::gaussian;
using testing::loss;
using testing::optimum;

std::vector<float> unit(std::int64_t dimension, std::uint64_t index) {
  std::vector<float> v = gaussian(dimension, index);
  double square = 0;
  for (const float x : v) square += static_cast<double>(x) * x;
  for (float& x : v) x = static_cast<float>(x / std::sqrt(square));
  return v;
}

/// The largest x in [0, limit] with is_low(x), which holds from 0 up to there.
template <class IsLow>
double last_low(double limit, const IsLow& is_low) {
  double low = 0;
  double high = limit;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (is_low(middle) ? low : high) = middle;
  }
  return low;
}

WedgeOptions one_wedge(const char* frames) {
  WedgeOptions options;
  options.dimension = 200;
  options.short_directions = 8;
  options.wedges = 1;
  options.frames = frames;
  return options;
}

TEST(Theory, P3ExitRadiusAlongARandomDirection) {
  for (const char* frames : {"axis", "random"})
    for (const double half_width : {0.0, 0.5}) {
      WedgeOptions options = one_wedge(frames);
      options.half_width = half_width;
      const WedgeModel model(options);
      const auto p = theory::parameters_of(options);
      constexpr double kThreshold = 0.2;
      std::vector<double> radii;
      for (std::uint64_t i = 0; i < 500; ++i) {
        const std::vector<float> start = optimum(model, 0, 2 * i);
        const std::vector<float> direction = unit(200, 2 * i + 1);
        std::vector<float> point(start.size());
        radii.push_back(last_low(1000, [&](double r) {
          for (std::size_t j = 0; j < point.size(); ++j)
            point[j] = static_cast<float>(start[j] + r * direction[j]);
          return loss(model, point) <= kThreshold;
        }));
      }
      for (const double q : {0.1, 0.5, 0.9})
        expect_quantile(radii, theory::exit_radius_quantile(p, kThreshold, q), q);
      // The leading form is near the median: beta's median is s/D up to O(1/s).
      EXPECT_NEAR(theory::exit_radius(p, kThreshold) / theory::exit_radius_quantile(p, kThreshold, 0.5), 1,
                  0.08);
    }
}

TEST(Theory, P3ExitRadiusMeasuresTheTrace) {
  const theory::Parameters p{.dimension = 200, .short_directions = 8};
  EXPECT_DOUBLE_EQ(theory::exit_radius_from_trace(200, 8, 0.3), theory::exit_radius(p, 0.3));
}

TEST(Theory, P7HalfAngleOfARadialTunnel) {
  struct Case {
    double half_width;
    double opening;
    double radius;
  };
  for (const Case& one : {Case{0.5, 0, 10}, Case{0, 0.1, 3}, Case{0.4, 0.05, 8}}) {
    WedgeOptions options = one_wedge("axis");
    options.half_width = one.half_width;
    options.opening = one.opening;
    const WedgeModel model(options);
    const auto p = theory::parameters_of(options);
    std::vector<double> angles;
    for (std::uint64_t i = 0; i < 500; ++i) {
      // The plane of a core point and a random vector: e along the point, n at right angles to it.
      std::vector<float> e = optimum(model, 0, 2 * i);
      std::vector<float> n = gaussian(200, 2 * i + 1);
      double ee = 0, en = 0, nn = 0;
      for (std::size_t j = 0; j < e.size(); ++j) ee += static_cast<double>(e[j]) * e[j];
      for (std::size_t j = 0; j < e.size(); ++j) en += static_cast<double>(e[j]) * n[j];
      for (std::size_t j = 0; j < e.size(); ++j) n[j] -= static_cast<float>(en / ee * e[j]);
      for (std::size_t j = 0; j < e.size(); ++j) nn += static_cast<double>(n[j]) * n[j];
      std::vector<float> point(e.size());
      angles.push_back(last_low(std::numbers::pi / 2, [&](double phi) {
        for (std::size_t j = 0; j < e.size(); ++j)
          point[j] = static_cast<float>(
              one.radius * (std::cos(phi) / std::sqrt(ee) * e[j] + std::sin(phi) / std::sqrt(nn) * n[j]));
        return loss(model, point) <= 0;
      }));
    }
    for (const double q : {0.1, 0.5, 0.9})
      expect_quantile(angles, theory::radial_tunnel_half_angle_quantile(p, one.radius, q), q);
    const double typical = theory::radial_tunnel_half_angle(p, one.radius);
    EXPECT_NEAR(typical / theory::radial_tunnel_half_angle_quantile(p, one.radius, 0.5), 1, 0.1);
    // The short form sin(phi) = (w/R) sqrt(D/s), good while the tunnel is narrow across the wedge.
    const double width = one.half_width + one.opening * one.radius;
    EXPECT_NEAR(std::sin(typical), width / one.radius * std::sqrt(200.0 / 8), 0.02);
    EXPECT_DOUBLE_EQ(theory::radial_tunnel_half_width(p, one.radius), width * std::sqrt(200.0 / 8));
  }
}

TEST(Theory, P7TubeAndCone) {
  theory::Parameters tube{.dimension = 1000, .short_directions = 50, .half_width = 0.1};
  EXPECT_DOUBLE_EQ(theory::radial_tunnel_half_width(tube, 1), theory::radial_tunnel_half_width(tube, 9));
  theory::Parameters cone{.dimension = 1000, .short_directions = 50, .opening = 0.1};
  EXPECT_NEAR(theory::radial_tunnel_half_angle(cone, 1), theory::radial_tunnel_half_angle(cone, 9), 1e-12);
  cone.opening = 10;
  EXPECT_DOUBLE_EQ(theory::radial_tunnel_half_angle(cone, 1), std::numbers::pi / 2);
}

TEST(Theory, P7ShareOfASphereInsideTheWedges) {
  for (const double opening : {0.0, 0.1}) {
    WedgeOptions options = one_wedge("random");
    options.dimension = 60;
    options.half_width = 1.2;
    options.opening = opening;
    options.wedges = 3;
    const auto p = theory::parameters_of(options);
    std::vector<double> inside;
    for (std::int64_t draw = 0; draw < 20; ++draw) {
      options.seed = draw;
      const WedgeModel model(options);
      for (std::uint64_t i = 0; i < 200; ++i) {
        std::vector<float> point = unit(60, i);
        for (float& x : point) x *= 5;
        inside.push_back(loss(model, point) <= 0 ? 1 : 0);
      }
    }
    const double expected = theory::inside_probability(p, 5);
    EXPECT_GT(expected, 0.05);
    EXPECT_LT(expected, 0.95);
    expect_mean(inside, expected, 0.01);  // wedges exclude one another a little on a sphere
  }
}

}  // namespace
}  // namespace nwedge::wedge
