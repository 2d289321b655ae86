#include "nwedge/geometry/directions.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::geometry {
namespace {

using test::QuadraticLandscape;

std::span<const float> row(const std::vector<float>& rows, std::size_t size, std::size_t i) {
  return std::span(rows).subspan(i * size, size);
}

std::vector<float> random_rows(std::size_t count, std::size_t size, std::uint64_t seed) {
  std::vector<float> rows(count * size);
  RandomStream(seed, "rows").fill_normal(rows);
  return rows;
}

TEST(RandomDirection, IsAUnitVectorNamedBySeedAndIndex) {
  const std::vector<float> a = random_direction(1000, 1, 2);
  EXPECT_NEAR(norm(a), 1, 1e-6);
  EXPECT_EQ(a, random_direction(1000, 1, 2));
  EXPECT_LT(std::abs(dot(a, random_direction(1000, 1, 3))), 5 / std::sqrt(1000));
  EXPECT_LT(std::abs(dot(a, random_direction(1000, 2, 2))), 5 / std::sqrt(1000));
}

using Kind = ParameterGroup::Kind;

/// Two filters of three weights, which take turns, a bias each, a scale each and an embedding.
class Filters final : public Landscape {
 public:
  Filters() : Landscape(12) {}

 private:
  std::vector<ParameterGroup> do_parameter_groups() const override {
    return {{0, 3, Kind::weight, 2},
            {1, 3, Kind::weight, 2},
            {6, 2, Kind::bias},
            {8, 2, Kind::normalisation},
            {10, 2, Kind::embedding}};
  }
  std::vector<float> do_initial_point(std::uint64_t) const override { return std::vector<float>(12); }
  Metrics do_evaluate(std::span<const float>, Split) const override { return {0, 0}; }
  double do_gradient(std::span<const float>, std::span<float> gradient, Split) const override {
    for (float& g : gradient) g = 0;
    return 0;
  }
};

TEST(FilterNormalisedDirection, HasTheNormOfEachFilterAndNoBias) {
  const std::vector<float> point = {3, 0, 4, 0.1f, 0, 0, 7, 7, 1, 1, 0, 2};
  const std::vector<float> d = filter_normalised_direction(Filters(), point, 5);
  EXPECT_NEAR(std::hypot(d[0], d[2], d[4]), 5, 1e-5);
  EXPECT_NEAR(std::hypot(d[1], d[3], d[5]), 0.1, 1e-6);
  for (std::size_t i = 6; i < 10; ++i) EXPECT_EQ(d[i], 0);
  EXPECT_NEAR(std::hypot(d[10], d[11]), 2, 1e-6);
  const std::vector<float> all = filter_normalised_direction(Filters(), point, 5, 0, Vary::everything);
  EXPECT_NEAR(std::hypot(all[6], all[7]), std::hypot(7, 7), 1e-5);
  EXPECT_NEAR(std::hypot(all[8], all[9]), std::hypot(1, 1), 1e-6);
  EXPECT_EQ(row(all, 6, 0)[5], d[5]);
  EXPECT_NE(d, filter_normalised_direction(Filters(), point, 5, 1));
  EXPECT_THROW(filter_normalised_direction(Filters(), std::vector<float>(3), 5), Error);
}

TEST(DescentDirection, GoesDownhill) {
  const QuadraticLandscape landscape({1, 2, 3}, 1, {1, 1, 1});
  std::vector<float> point = landscape.initial_point(0);
  const std::vector<float> d = descent_direction(landscape, point);
  EXPECT_NEAR(norm(d), 1, 1e-6);
  const double before = landscape.evaluate(point).loss;
  for (std::size_t i = 0; i < 3; ++i) point[i] += 1e-2f * d[i];
  EXPECT_LT(landscape.evaluate(point).loss, before);
  EXPECT_THROW(descent_direction(landscape, landscape.centre()), Error);
}

TEST(Orthonormalise, SpansTheSameSpaceInOrder) {
  constexpr std::size_t kSize = 200;
  std::vector<float> vectors = random_rows(4, kSize, 1);
  for (std::size_t i = 0; i < kSize; ++i)
    vectors[kSize + i] = vectors[i] + 1e-3f * vectors[kSize + i];  // nearly parallel
  const std::vector<float> rows = orthonormalise(vectors, kSize);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j)
      EXPECT_NEAR(dot(row(rows, kSize, i), row(rows, kSize, j)), i == j ? 1 : 0, 1e-6);
    EXPECT_GT(dot(row(rows, kSize, i), row(vectors, kSize, i)), 0);
    AffineFamily first{std::vector<float>(kSize),
                       {rows.begin(), rows.begin() + static_cast<long>((i + 1) * kSize)}};
    EXPECT_LT(project(first, row(vectors, kSize, i)).residuals[0], 1e-5 * norm(row(vectors, kSize, i)));
  }
  std::copy_n(vectors.begin(), kSize, vectors.begin() + 2 * kSize);
  EXPECT_THROW(orthonormalise(vectors, kSize), Error);
  EXPECT_THROW(orthonormalise(std::vector<float>(kSize), kSize), Error);
}

TEST(FamilyThrough, ContainsThePoints) {
  const std::vector<float> points = random_rows(3, 50, 2);
  const AffineFamily family = family_through(points, 50);
  EXPECT_EQ(family.dimension(), 2);
  const Projection projection = project(family, points);
  for (const double residual : projection.residuals) EXPECT_LT(residual, 1e-5);
  EXPECT_NEAR(projection.coordinates[2], distance(row(points, 50, 0), row(points, 50, 1)), 1e-4);
  EXPECT_NEAR(projection.coordinates[3], 0, 1e-5);
  EXPECT_THROW(family_through(row(points, 50, 0), 50), Error);
}

TEST(Project, LeastSquaresForSkewDirections) {
  const AffineFamily family = {{1, 0, 0, 0}, {1, 1, 0, 0, 0, 2, 0, 0}};
  const std::vector<float> points = {1 + 3, 3 + 8, 0, 0, 1, 0, 3, 4};
  const Projection projection = project(family, points);
  EXPECT_NEAR(projection.coordinates[0], 3, 1e-12);
  EXPECT_NEAR(projection.coordinates[1], 4, 1e-12);
  EXPECT_NEAR(projection.residuals[0], 0, 1e-12);
  EXPECT_NEAR(projection.coordinates[2], 0, 1e-12);
  EXPECT_NEAR(projection.residuals[1], 5, 1e-12);
}

/// Points offset + sum_j N(0, sigma_j^2) e_j with e_j orthonormal.
std::vector<float> cloud(std::span<const float> frame, std::span<const double> sigmas, std::size_t count,
                         std::size_t size) {
  std::vector<float> points(count * size, 100.0f);
  RandomStream stream(3, "cloud");
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < sigmas.size(); ++j) {
      const double c = sigmas[j] * stream.normal();
      for (std::size_t k = 0; k < size; ++k)
        points[i * size + k] += static_cast<float>(c * frame[j * size + k]);
    }
  return points;
}

TEST(PrincipalComponents, FindTheFrameOfAStretchedCloud) {
  constexpr std::size_t kSize = 300;
  constexpr std::size_t kCount = 400;
  const std::vector<float> frame = orthonormalise(random_rows(3, kSize, 9), kSize);
  const std::vector<double> sigmas = {8, 3, 1};
  const std::vector<float> points = cloud(frame, sigmas, kCount, kSize);
  const PrincipalComponents found = principal_components(points, kSize, 2);
  EXPECT_EQ(found.components.size(), 2 * kSize);
  const double statistical = 5 * std::sqrt(2.0 / kCount);
  EXPECT_NEAR(found.shares[0] / (64.0 / 74), 1, statistical);
  EXPECT_NEAR(found.shares[1] / (9.0 / 74), 1, statistical);
  EXPECT_GT(std::abs(dot(row(found.components, kSize, 0), row(frame, kSize, 0))), 0.99);
  EXPECT_GT(std::abs(dot(row(found.components, kSize, 1), row(frame, kSize, 1))), 0.97);
  EXPECT_NEAR(norm(row(found.components, kSize, 1)), 1, 1e-6);
  double sum = 0;
  for (const double share : found.shares) sum += share;
  EXPECT_NEAR(sum, 1, 1e-9);
  const AffineFamily plane{found.mean, found.components};
  EXPECT_NEAR(explained_variance(plane, points), found.shares[0] + found.shares[1], 1e-6);
  const std::span<const float> first = row(points, kSize, 0);
  const std::span<const float> last = row(points, kSize, kCount - 1);
  EXPECT_GE(dot(last, row(found.components, kSize, 0)), dot(first, row(found.components, kSize, 0)));
}

TEST(PrincipalComponents, NeedEnoughPoints) {
  const std::vector<float> points = random_rows(3, 20, 4);
  EXPECT_EQ(principal_components(points, 20, 2).shares.size(), 2u);
  EXPECT_THROW(principal_components(points, 20, 3), Error);
  const std::vector<float> line = {0, 0, 1, 1, 2, 2, 5, 5};
  EXPECT_NEAR(principal_components(line, 2, 1).shares[0], 1, 1e-12);
  EXPECT_THROW(principal_components(line, 2, 2), Error);
}

TEST(ExplainedVariance, OfARandomPlaneIsItsShareOfTheDimensions) {
  constexpr std::size_t kSize = 400;
  const std::vector<float> points = random_rows(300, kSize, 6);
  const AffineFamily plane{std::vector<float>(kSize), orthonormalise(random_rows(2, kSize, 7), kSize)};
  EXPECT_NEAR(explained_variance(plane, points), 2.0 / kSize, 5 * 2.0 / kSize / std::sqrt(300.0));
  EXPECT_TRUE(std::isnan(explained_variance(plane, row(points, kSize, 0))));
}

}  // namespace
}  // namespace nwedge::geometry
