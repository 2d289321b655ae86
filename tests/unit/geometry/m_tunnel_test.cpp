#include "nwedge/geometry/m_tunnel.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/geometry/simplex_volume.hpp"
#include "nwedge/optimize/optimizer.hpp"
#include "nwedge/wedge/wedge_model.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::geometry {
namespace {

std::vector<float> normal_points(std::int64_t count, std::int64_t dimension, std::uint64_t seed) {
  std::vector<float> points(static_cast<std::size_t>(count * dimension));
  RandomStream(seed, "points of the test").fill_normal(points);
  return points;
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

wedge::WedgeModel five_wedges() {
  wedge::WedgeOptions options;
  options.dimension = 200;
  options.short_directions = 20;
  options.wedges = 5;
  options.seed = 4;
  return wedge::WedgeModel(options);
}

/// One optimum in each of the first m wedges.
std::vector<float> optima_of(const wedge::WedgeModel& model, std::int64_t m) {
  std::vector<float> optima;
  for (std::int64_t k = 0; k < m; ++k) {
    const std::vector<std::int64_t> one{k};
    const std::vector<float> start = model.initial_point(static_cast<std::uint64_t>(k));
    const std::vector<float> optimum = model.project(start, one);
    optima.insert(optima.end(), optimum.begin(), optimum.end());
  }
  return optima;
}

TEST(SimplicialComplex, DrawsUniformlyInEachSimplex) {
  const std::shared_ptr<const SimplicialComplex> shape = sheet(3, 0);
  ASSERT_EQ(shape->simplices(), 3);
  constexpr int kDraws = 30000;
  double centre = 0;
  double square = 0;
  for (int i = 0; i < kDraws; ++i) {
    RandomStream stream(1, "test", static_cast<std::uint64_t>(i));
    const Blend blend = shape->draw(stream);
    double sum = 0;
    for (std::size_t k = 0; k < blend.points.size(); ++k) {
      sum += blend.weights[k];
      if (blend.points[k] == 3) {
        centre += blend.weights[k] / kDraws;
        square += blend.weights[k] * blend.weights[k] / kDraws;
      }
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
  // A coordinate of a uniform point of a triangle has mean 1/3 and mean square 1/6.
  EXPECT_NEAR(centre, 1.0 / 3, 5 * std::sqrt((1.0 / 6 - 1.0 / 9) / kDraws));
  EXPECT_NEAR(square, 1.0 / 6, 5 * std::sqrt((1.0 / 15 - 1.0 / 36) / kDraws));
}

TEST(SimplicialComplex, QuadratureIntegratesPolynomialsOverSimplices) {
  for (const std::int64_t corners : {2, 3, 4, 5}) {
    std::vector<std::int64_t> names;
    for (std::int64_t j = 0; j < corners; ++j) names.push_back(j);
    const SimplicialComplex simplex(0, corners, corners, names);
    double sum = 0;
    double square = 0;
    double product = 0;
    for (const BlendShare& node : simplex.quadrature(5)) {
      sum += node.share;
      square += node.share * node.blend.weights[0] * node.blend.weights[0];
      product += node.share * node.blend.weights.front() * node.blend.weights.back();
    }
    const auto k = static_cast<double>(corners - 1);  // mean of w_a w_b: (1 + [a = b]) k! / (k + 2)!
    EXPECT_NEAR(sum, 1, 1e-13);
    EXPECT_NEAR(square, 2 / ((k + 1) * (k + 2)), 1e-13);
    EXPECT_NEAR(product, 1 / ((k + 1) * (k + 2)), 1e-13);
  }
}

TEST(SimplicialComplex, WrongCornersAreErrors) {
  EXPECT_THROW(SimplicialComplex(1, 1, 2, {0, 2}), Error);
  EXPECT_THROW(SimplicialComplex(1, 1, 2, {0}), Error);
  EXPECT_THROW(SimplicialComplex(1, 1, 1, {0}), Error);
  EXPECT_THROW(sheet(2, 1), Error);
  EXPECT_THROW(star(0), Error);
}

TEST(MTunnel, CentreOfAQuadraticAndItsFunctionalInClosedForm) {
  // L = |theta|^2 / 2: T(c) = (1/m) sum_i (|c|^2 + <c, o_i> + |o_i|^2) / 6, least at c = -mean(o) / 2.
  const test::QuadraticLandscape base(std::vector<double>(9, 1.0));
  const std::vector<float> optima = normal_points(3, 9, 1);
  const std::unique_ptr<CurvedShapeLandscape> functional = m_tunnel(base, optima, 3);
  const std::vector<float> c = normal_points(1, 9, 2);
  double expected = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::span<const float> o = std::span(optima).subspan(i * 9, 9);
    expected += (dot(c, c) + dot(c, o) + dot(o, o)) / 18;
  }
  EXPECT_NEAR(functional->evaluate(c).loss, expected, 1e-6);
  EXPECT_EQ(functional->initial_point(0), mean_point(optima, 9));
  optimize::Options descent;
  descent.steps = 300;
  descent.learning_rate = 0.5;
  Monitor monitor;
  const optimize::Result result = optimize::minimize(*functional, c, descent, 1, monitor);
  std::vector<float> gradient(9);
  functional->gradient(result.point, gradient);
  const std::vector<float> mean = mean_point(optima, 9);
  for (float& x : gradient) EXPECT_LT(std::abs(x), 0.15);  // random i and t leave some noise
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(result.point[i], -0.5 * mean[i], 0.4);
}

TEST(MTunnel, HessianAtTheIntersectionOfWedgesCountsTheirShortDirections) {
  // On a segment from the intersection to an optimum only that optimum's wedge bends: the Hessian of T_m is
  // (1/3m) sum_i B_i B_i^T, diagonal for axis frames, with multiplicities.
  const wedge::WedgeModel model = five_wedges();
  for (const std::int64_t m : {1, 3, 5}) {
    const std::vector<float> optima = optima_of(model, m);
    std::vector<std::int64_t> names;
    for (std::int64_t k = 0; k < m; ++k) names.push_back(k);
    const std::vector<float> centre = model.project(mean_point(optima, 200), names);
    const std::unique_ptr<CurvedShapeLandscape> functional = m_tunnel(model, optima, 4);
    EXPECT_NEAR(functional->evaluate(centre).loss, 0, 1e-9);
    std::vector<double> multiplicity(200, 0.0);
    for (std::int64_t k = 0; k < m; ++k)
      for (const std::int64_t axis : model.short_axes(k)) multiplicity[static_cast<std::size_t>(axis)] += 1;
    const std::unique_ptr<Curvature> hessian = functional->curvature_at(centre);
    const std::vector<float> ones(200, 1.0f);
    std::vector<float> product(200);
    hessian->multiply(ones, product);
    std::int64_t stiff = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      EXPECT_NEAR(product[i], multiplicity[i] / (3.0 * static_cast<double>(m)), 1e-6);
      stiff += product[i] > 1e-3;
    }
    EXPECT_EQ(stiff, model.union_of_short_directions(names));
  }
}

TEST(Sheet, FreePointsOfTheFlatSheetLieOnItsTriangle) {
  const std::vector<float> optima{0, 0, 3, 0, 0, 6};
  const std::vector<float> free = flat_sheet(optima, 2, 1);
  const std::vector<float> expected{1, 2, 1.5f, 0, 1.5f, 3, 0, 3};
  ASSERT_EQ(free.size(), expected.size());
  for (std::size_t i = 0; i < free.size(); ++i) EXPECT_FLOAT_EQ(free[i], expected[i]);
  const std::shared_ptr<const SimplicialComplex> shape = sheet(3, 1);
  EXPECT_EQ(shape->simplices(), 6);
  EXPECT_EQ(shape->free_points(), 4);
  // The six triangles fill the flat triangle once: areas sum to 9.
  double area = 0;
  for (const double log_volume : log_volumes(*shape, optima, free, 2)) area += std::exp(log_volume);
  EXPECT_NEAR(area, 9, 1e-9);
}

TEST(SimplexVolume, OfTheUnitSimplexAndScaling) {
  for (std::int64_t k = 1; k <= 5; ++k) {
    std::vector<float> corners(static_cast<std::size_t>((k + 1) * 7), 0.25f);
    for (std::int64_t j = 1; j <= k; ++j) corners[static_cast<std::size_t>(j * 7 + j)] += 2;
    EXPECT_NEAR(log_simplex_volume(corners, 7), static_cast<double>(k) * std::log(2.0) - std::lgamma(k + 1.0),
                1e-6);
  }
  const std::vector<float> flat{0, 0, 1, 1, 2, 2};
  EXPECT_EQ(log_simplex_volume(flat, 2), -std::numeric_limits<double>::infinity());
}

TEST(VolumeReward, SpreadsConnectorsInFlatDirections) {
  const wedge::WedgeModel model = five_wedges();
  const std::vector<float> optima = optima_of(model, 4);
  const std::vector<std::int64_t> names{0, 1, 2, 3};
  std::vector<float> connectors = model.project(mean_point(optima, 200), names);
  const std::vector<float> nudge = normal_points(1, 200, 3);
  for (std::size_t i = 0; i < 200; ++i) connectors.push_back(connectors[i] + 0.01f * nudge[i]);
  const std::shared_ptr<const SimplicialComplex> shape = connected_simplices(4, 2);
  const ShapeLandscape mean_loss(model, shape, optima, connectors, 3);
  const VolumeReward rewarded(mean_loss, 0.02);
  optimize::Options descent;
  descent.steps = 400;
  descent.learning_rate = 0.1;
  Monitor monitor;
  const optimize::Result result = optimize::minimize(rewarded, connectors, descent, 1, monitor);
  double before = 0;
  double after = 0;
  for (const double v : log_volumes(*shape, optima, connectors, 200)) before += v / 4;
  for (const double v : log_volumes(*shape, optima, result.point, 200)) after += v / 4;
  EXPECT_GT(after, before + 2);
  EXPECT_LT(mean_loss.evaluate(result.point).loss, 0.05);
  EXPECT_THROW(VolumeReward(mean_loss, 0), Error);
}

}  // namespace
}  // namespace nwedge::geometry
