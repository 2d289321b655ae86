#include "nwedge/geometry/paths.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "nwedge/core/error.hpp"
#include "nwedge/geometry/quadrature.hpp"
#include "nwedge/network/network.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::geometry {
namespace {

std::vector<float> normal_points(std::int64_t count, std::int64_t dimension, std::uint64_t seed) {
  std::vector<float> points(static_cast<std::size_t>(count * dimension));
  RandomStream(seed, "points of the test").fill_normal(points);
  return points;
}

TEST(GaussLegendre, IsExactUpToItsDegreeAndNotBeyond) {
  for (std::int64_t order = 1; order <= 20; ++order) {
    const Quadrature rule = gauss_legendre(order);
    for (std::int64_t power = 0; power <= 2 * order; ++power) {
      double sum = 0;
      for (std::size_t k = 0; k < rule.nodes.size(); ++k)
        sum += rule.weights[k] * std::pow(rule.nodes[k], static_cast<double>(power));
      const double error = std::abs(sum * static_cast<double>(power + 1) - 1);
      if (power < 2 * order) {
        EXPECT_LT(error, 1e-13) << order << " nodes, power " << power;
      } else if (order <= 8) {
        EXPECT_GT(error, 1e-10) << order << " nodes, power " << power;
      }
    }
  }
}

TEST(Path, EndsAreBitForBit) {
  const std::vector<float> points = normal_points(6, 101, 1);
  const std::span<const float> all(points);
  for (const Curve curve : {Curve::chain, Curve::bezier})
    for (std::size_t bends = 0; bends <= 4; ++bends) {
      const Path path(curve, all.first(101), all.last(101),
                      {all.begin() + 101, all.begin() + 101 * long(bends + 1)});
      std::vector<float> theta(101);
      path.point(0, theta);
      EXPECT_TRUE(std::equal(theta.begin(), theta.end(), path.begin().begin()));
      path.point(1, theta);
      EXPECT_TRUE(std::equal(theta.begin(), theta.end(), path.end().begin()));
    }
}

TEST(Path, ChainGoesThroughItsBendsAndAlongStraightPieces) {
  const Path path(Curve::chain, std::vector<float>{0, 0}, std::vector<float>{3, 0}, {0, 4, 3, 4});
  const std::vector<double> t{0, 1.0 / 6, 0.5, 1};
  const std::vector<float> points = path.points(t);
  EXPECT_FLOAT_EQ(points[2], 0);
  EXPECT_FLOAT_EQ(points[3], 2);
  EXPECT_FLOAT_EQ(points[4], 1.5f);
  EXPECT_FLOAT_EQ(points[5], 4);
  const std::vector<double> lengths = path.lengths(t);
  EXPECT_NEAR(lengths[1], 2, 1e-12);
  EXPECT_NEAR(lengths[2], 5.5, 1e-12);
  EXPECT_NEAR(path.length(), 11, 1e-12);
}

TEST(Path, QuadraticBezierHasTheLengthOfItsParabola) {
  // y = 2 x (1 - x) for x in [0, 1]: length (sqrt(5) 2 + asinh 2) / 4.
  const Path path(Curve::bezier, std::vector<float>{0, 0}, std::vector<float>{1, 0}, {0.5f, 1});
  EXPECT_NEAR(path.length(), (2 * std::sqrt(5.0) + std::asinh(2.0)) / 4, 1e-10);
  std::vector<float> theta(2);
  path.point(0.25, theta);
  EXPECT_FLOAT_EQ(theta[0], 0.25f);
  EXPECT_FLOAT_EQ(theta[1], 0.375f);
  const std::vector<double> lengths = path.lengths(even_positions(5));
  EXPECT_NEAR(lengths[2] * 2, lengths[4], 1e-10);
}

TEST(Path, UnequalPointsAreAnError) {
  const std::vector<float> two{0, 0};
  const std::vector<float> three{0, 0, 0};
  EXPECT_THROW(Path(Curve::chain, two, three, {}), Error);
  EXPECT_THROW(Path(Curve::chain, two, two, {1, 2, 3}), Error);
  std::vector<float> theta(2);
  EXPECT_THROW(Path::line(two, two).point(1.5, theta), Error);
  EXPECT_THROW(straight_path(Curve::chain, two, two, 0), Error);
}

TEST(Path, QuadratureSumsToOneAndIsExactForPolynomials) {
  for (const Curve curve : {Curve::chain, Curve::bezier}) {
    const PathShape shape(curve, 3);
    double sum = 0;
    double second = 0;  // mean square of the weight of the first bend
    for (const BlendShare& node : shape.quadrature(6)) {
      sum += node.share;
      for (std::size_t k = 0; k < node.blend.points.size(); ++k)
        if (node.blend.points[k] == 2) second += node.share * node.blend.weights[k] * node.blend.weights[k];
    }
    EXPECT_NEAR(sum, 1, 1e-13);
    // chain: 2 pieces of 4, each with mean square 1/3; Bezier: 16 B(3, 7) = 16 2! 6! / 9!.
    EXPECT_NEAR(second, curve == Curve::chain ? 1.0 / 6 : 16 * 2.0 * 720 / 362880, 1e-13);
  }
}

TEST(PathLandscape, IsTheMeanLossOfAQuadraticInClosedForm) {
  // One bend p of a chain between a and b: mean of |theta|^2 / 2 over two segments,
  // (|a|^2 + <a, p> + 2 |p|^2 + <p, b> + |b|^2) / 12.
  const test::QuadraticLandscape base(std::vector<double>(7, 1.0));
  const std::vector<float> a = normal_points(1, 7, 1);
  const std::vector<float> b = normal_points(1, 7, 2);
  const std::vector<float> p = normal_points(1, 7, 3);
  double expected = 0;
  for (std::size_t i = 0; i < 7; ++i)
    expected +=
        (double(a[i]) * a[i] + a[i] * p[i] + 2.0 * p[i] * p[i] + p[i] * b[i] + double(b[i]) * b[i]) / 12;
  const auto landscape = path_landscape(base, Path(Curve::chain, a, b, p));
  EXPECT_NEAR(landscape->evaluate(p).loss, expected, 1e-6);
  std::vector<float> gradient(7);
  EXPECT_NEAR(landscape->gradient(p, gradient), expected, 1e-6);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(gradient[i], (a[i] + 4 * p[i] + b[i]) / 12, 1e-6);
}

TEST(PathLandscape, MinibatchGradientIsUnbiased) {
  const test::QuadraticLandscape base({1, 2, 3, 4});
  const std::vector<float> ends = normal_points(2, 4, 5);
  for (const Curve curve : {Curve::chain, Curve::bezier}) {
    const std::vector<float> bends = normal_points(3, 4, 6);
    const Path path(curve, std::span(ends).first(4), std::span(ends).last(4), bends);
    const auto landscape = path_landscape(base, path);
    std::vector<float> exact(12);
    const double loss = landscape->gradient(bends, exact);
    constexpr int kDraws = 20000;
    std::vector<double> sums(13, 0.0);
    std::vector<double> squares(13, 0.0);
    std::vector<float> drawn(12);
    for (int i = 0; i < kDraws; ++i) {
      const double drawn_loss = landscape->batch_gradient(bends, {7, i, 1}, drawn);
      for (std::size_t j = 0; j < 13; ++j) {
        const double value = j < 12 ? drawn[j] : drawn_loss;
        sums[j] += value;
        squares[j] += value * value;
      }
    }
    for (std::size_t j = 0; j < 13; ++j) {
      const double mean = sums[j] / kDraws;
      const double error = std::sqrt((squares[j] / kDraws - mean * mean) / kDraws);
      EXPECT_NEAR(mean, j < 12 ? exact[j] : loss, 5 * error);
    }
  }
}

TEST(PathLandscape, TrainingStartsOnTheStraightLine) {
  const test::QuadraticLandscape base({1, 1});
  const Path path = straight_path(Curve::bezier, std::vector<float>{0, 0}, std::vector<float>{3, 6}, 2);
  EXPECT_NEAR(path.length(), std::sqrt(45.0), 1e-6);
  const auto landscape = path_landscape(base, path);
  const std::vector<float> start = landscape->initial_point(9);
  EXPECT_FLOAT_EQ(start[0], 1);
  EXPECT_FLOAT_EQ(start[3], 4);
}

TEST(RandomChain, HasTheLengthAskedForAndBendsAcrossTheLine) {
  const std::vector<float> ends = normal_points(2, 50, 8);
  const std::span<const float> a = std::span(ends).first(50);
  const std::span<const float> b = std::span(ends).last(50);
  const double line = Path::line(a, b).length();
  for (const double stretch : {1.0, 1.2, 3.0}) {
    RandomStream stream(1, "test");
    const Path path = random_chain(a, b, stretch, stream);
    EXPECT_NEAR(path.length(), stretch * line, 1e-4 * line);
    const std::vector<double> knots = path.lengths(even_positions(3));
    EXPECT_NEAR(knots[1], knots[2] / 2, 1e-4 * line);
  }
  RandomStream stream(1, "test");
  EXPECT_THROW(random_chain(a, b, 0.5, stream), Error);
}

// The inner points of a straight line come from the restriction, whose first layer adds pre-activations in
// another order than a network at theta(t): equal to the rounding of float sums, here of 42 and 13 terms. One
// example whose best two classes all but tie may be counted differently.
TEST(Profile, OfALineHasTheEndsBitForBitAndTheRestToRounding) {
  const auto data =
      std::make_shared<const network::DataSet>(network::load_data({"synthetic:1x6x7,5", 70, 21, 3}));
  const network::Network landscape(data, network::make_model({"mlp:13,9", "relu", 0.0}, *data));
  const std::vector<float> a = landscape.initial_point(0);
  const std::vector<float> b = landscape.initial_point(1);
  const Path line = Path::line(a, b);
  const std::vector<double> t = even_positions(11);
  for (const Split split : {Split::train, Split::test}) {
    const std::vector<Metrics> found = profile(landscape, line, t, split).metrics;
    const std::vector<Metrics> expected = landscape.evaluate_many(line.points(t), split);
    ASSERT_EQ(found.size(), t.size());
    EXPECT_EQ(found.front().loss, landscape.evaluate(a, split).loss);
    EXPECT_EQ(found.front().accuracy, landscape.evaluate(a, split).accuracy);
    EXPECT_EQ(found.back().loss, landscape.evaluate(b, split).loss);
    EXPECT_EQ(found.back().accuracy, landscape.evaluate(b, split).accuracy);
    const double flip = 1.5 / static_cast<double>(landscape.examples(split));
    for (std::size_t i = 0; i < t.size(); ++i) {
      EXPECT_NEAR(found[i].loss, expected[i].loss, 3e-6 * (1 + expected[i].loss)) << t[i];
      EXPECT_NEAR(found[i].accuracy, expected[i].accuracy, flip) << t[i];
    }
  }
}

TEST(Profile, TakesPositionsInAnyOrder) {
  const test::QuadraticLandscape base({1, 2});
  const Path line = Path::line(std::vector<float>{-1, 0}, std::vector<float>{0, 2});
  const std::vector<double> t = {1, 0.25, 0, 0.75, 1};
  const std::vector<Metrics> found = profile(base, line, t, Split::train).metrics;
  ASSERT_EQ(found.size(), t.size());
  for (std::size_t i = 0; i < t.size(); ++i)
    EXPECT_DOUBLE_EQ(found[i].loss, base.evaluate(line.points(std::span(&t[i], 1))).loss) << t[i];
}

TEST(Barrier, IsTheRiseAboveTheInterpolation) {
  PathProfile profile;
  profile.t = {0, 0.25, 0.5, 0.75, 1};
  profile.metrics = {{1, 0.9}, {2, 0.6}, {4, 0.5}, {3, 0.8}, {3, 0.7}};
  const Barrier found = barrier(profile);
  EXPECT_DOUBLE_EQ(found.loss, 2);
  EXPECT_DOUBLE_EQ(found.position, 0.5);
  EXPECT_DOUBLE_EQ(found.highest_loss, 4);
  EXPECT_NEAR(found.error, 0.3, 1e-12);
}

TEST(Barrier, IsZeroOnAConvexLossAndPassesOnWhatIsNoNumber) {
  const test::QuadraticLandscape base({1, 2});
  const PathProfile convex = profile(base, Path::line(std::vector<float>{-1, 0}, std::vector<float>{0, 2}),
                                     even_positions(11), Split::train);
  EXPECT_EQ(barrier(convex).loss, 0);
  EXPECT_TRUE(std::isnan(barrier(convex).error));
  PathProfile broken = convex;
  broken.metrics[4].loss = std::nan("");
  EXPECT_TRUE(std::isnan(barrier(broken).loss));
  EXPECT_TRUE(std::isnan(barrier(broken).highest_loss));
}

}  // namespace
}  // namespace nwedge::geometry
