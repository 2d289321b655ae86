#include "nwedge/restriction.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge {
namespace {

using test::QuadraticLandscape;

AffineFamily example_family() { return {{1, 0, -1}, {1, 0, 0, 0.5f, 2, 0}}; }

TEST(AffineFamily, PointIsOriginPlusDirections) {
  const AffineFamily family = example_family();
  EXPECT_EQ(family.dimension(), 2);
  std::vector<float> theta(3);
  family.point(std::vector<float>{2, 4}, theta);
  EXPECT_EQ(theta, (std::vector<float>{1 + 2 + 2, 8, -1}));
  family.point(std::vector<float>{0, 0}, theta);
  EXPECT_EQ(theta, family.origin);
  EXPECT_THROW(family.point(std::vector<float>{1}, theta), Error);
}

TEST(AffineFamily, SumsBeforeItRounds) {
  const AffineFamily family = {{1}, {1e8f, -1e8f}};
  std::vector<float> theta(1);
  family.point(std::vector<float>{1, 1}, theta);
  EXPECT_EQ(theta[0], 1);  // in float the first sum would swallow the origin
}

TEST(Restriction, IsTheCompositionOfLandscapeAndFamily) {
  const QuadraticLandscape base({1, 2, 5}, 2, {0, 1, 0});
  const AffineFamily family = example_family();
  const std::unique_ptr<Landscape> section = base.restrict_to(family);
  EXPECT_EQ(section->dimension(), 2);
  const std::vector<float> c = {0.5f, -0.25f};
  std::vector<float> theta(3);
  family.point(c, theta);
  EXPECT_EQ(section->evaluate(c).loss, base.evaluate(theta).loss);
  std::vector<float> full(3), slope(2);
  base.gradient(theta, full);
  EXPECT_EQ(section->gradient(c, slope), base.evaluate(theta).loss);
  EXPECT_NEAR(slope[0], full[0], 1e-6);
  EXPECT_NEAR(slope[1], 0.5f * full[0] + 2 * full[1], 1e-6);
  EXPECT_EQ(section->initial_point(9), (std::vector<float>{0, 0}));
}

TEST(Restriction, OfACurvedLandscapeIsCurved) {
  const QuadraticLandscape base({1, 2, 5}, 2);
  const std::unique_ptr<Landscape> section = base.restrict_to(example_family());
  const auto* curved = dynamic_cast<const CurvedLandscape*>(section.get());
  ASSERT_NE(curved, nullptr);
  std::vector<float> product(2);
  curved->curvature_at(std::vector<float>{0, 0})->multiply(std::vector<float>{1, 0}, product);
  const std::vector<double> column = base.multiply({1, 0, 0});  // A d_1
  EXPECT_NEAR(product[0], column[0], 1e-6);
  EXPECT_NEAR(product[1], 0.5 * column[0] + 2 * column[1], 1e-6);
}

TEST(Restriction, ManyPointsInSeveralChunks) {
  const QuadraticLandscape base({1, 2, 5}, 2);
  const std::unique_ptr<Landscape> section = base.restrict_to(example_family());
  std::vector<float> points(std::size_t{2} * 2500);
  RandomStream(1, "points").fill_normal(points);
  const std::vector<Metrics> many = section->evaluate_many(points);
  ASSERT_EQ(many.size(), 2500u);
  for (std::size_t i = 0; i < many.size(); i += 97)
    EXPECT_EQ(many[i].loss, section->evaluate(std::span(points).subspan(2 * i, 2)).loss);
}

}  // namespace
}  // namespace nwedge
