#include "nwedge/geometry/rays.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/vectors.hpp"
#include "tests/support/monitors.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::geometry {
namespace {

using test::QuadraticLandscape;

std::vector<float> in_float(const std::vector<double>& v) { return {v.begin(), v.end()}; }

TEST(ExitRadii, AlongTheEigenvectorsOfAQuadratic) {
  const QuadraticLandscape landscape({0.5, 2, 8, 50}, 1, {1, -1, 2, 0});
  std::vector<std::vector<float>> directions;
  for (std::size_t i = 0; i < 4; ++i) directions.push_back(in_float(landscape.eigenvector(i)));
  std::vector<Ray> rays;
  rays.reserve(directions.size());
  for (const std::vector<float>& direction : directions)
    rays.push_back({landscape.centre(), direction, {0.3}});
  Monitor monitor;
  for (const double tolerance : {1e-2, 1e-4}) {
    const std::vector<double> radii =
        exit_radii(landscape, rays, geometric_radii(0.01, 100, 9), tolerance, Split::train, monitor);
    for (std::size_t i = 0; i < 4; ++i) {
      const double expected = std::sqrt(2 * 0.3 / landscape.spectrum()[i]);
      EXPECT_NEAR(radii[i], expected, tolerance * expected);
    }
  }
}

TEST(ExitRadii, OutsideAtOnceAndNeverOutside) {
  const QuadraticLandscape landscape({1, 1});
  const std::vector<float> far = {5, 0};
  const std::vector<float> up = {0, 1};
  const std::vector<Ray> rays = {
      {far, up, {1}}, {landscape.centre(), up, {1e6}}, {landscape.centre(), up, {2}}};
  Monitor monitor;
  const std::vector<double> scan = {1, 3, 10};
  const std::vector<double> radii = exit_radii(landscape, rays, scan, 1e-3, Split::train, monitor);
  EXPECT_EQ(radii[0], 0);
  EXPECT_TRUE(std::isinf(radii[1]));
  EXPECT_NEAR(radii[2], 2, 2e-3);
}

TEST(ExitRadii, ANotANumberIsOutside) {
  Criterion loss{1};
  EXPECT_FALSE(loss.inside({std::nan(""), 1}));
  EXPECT_TRUE(loss.inside({0.5, std::nan("")}));
  Criterion accuracy;
  accuracy.least_accuracy = 0.9;
  EXPECT_TRUE(accuracy.inside({100, 0.9}));
  EXPECT_FALSE(accuracy.inside({0, 0.8}));
  EXPECT_FALSE(accuracy.inside({0, std::nan("")}));
}

TEST(ExitRadii, IsotropicDirectionsMeasureTheTrace) {
  // <d, A d> = tr A / D on average, so a unit direction leaves the loss tau at about sqrt(2 tau D / tr A).
  constexpr std::size_t kDimension = 400;
  std::vector<double> spectrum(kDimension);
  for (std::size_t i = 0; i < kDimension; ++i) spectrum[i] = i % 4 == 0 ? 3 : 1;
  const QuadraticLandscape landscape(std::move(spectrum));
  std::vector<std::vector<float>> directions(100, std::vector<float>(kDimension));
  std::vector<Ray> rays;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    RandomStream(4, "ray", i).fill_normal(directions[i]);
    const double length = norm(directions[i]);
    for (float& x : directions[i]) x = static_cast<float>(x / length);
    rays.push_back({landscape.centre(), directions[i], {0.5}});
  }
  Monitor monitor;
  const std::vector<double> radii =
      exit_radii(landscape, rays, geometric_radii(1e-2, 1e2, 12), 1e-4, Split::train, monitor);
  double mean = 0;
  double square = 0;
  for (const double r : radii) mean += 1 / (r * r) / 100;
  for (const double r : radii) square += std::pow(1 / (r * r) - mean, 2) / 99;
  EXPECT_NEAR(mean, 1.5, 5 * std::sqrt(square / 100) + 1e-3);  // 1 / r^2 = <d, A d> / (2 tau)
}

TEST(ExitRadii, BadInputIsAnErrorAndStopsWhenAsked) {
  const QuadraticLandscape landscape({1, 1});
  const std::vector<float> up = {0, 1};
  const std::vector<float> wrong = {0};
  const std::vector<double> scan = {1, 2};
  const std::vector<double> descending = {2, 1};
  Monitor monitor;
  const std::vector<Ray> good = {{up, up, {1}}};
  const std::vector<Ray> bad = {{up, wrong, {1}}};
  EXPECT_THROW(exit_radii(landscape, bad, scan, 0.1, Split::train, monitor), Error);
  EXPECT_THROW(exit_radii(landscape, good, descending, 0.1, Split::train, monitor), Error);
  EXPECT_THROW(exit_radii(landscape, good, {}, 0.1, Split::train, monitor), Error);
  EXPECT_THROW(exit_radii(landscape, good, scan, 0, Split::train, monitor), Error);
  EXPECT_THROW(geometric_radii(2, 1, 5), Error);
  test::StoppingMonitor stopping(1);
  EXPECT_THROW(exit_radii(landscape, good, scan, 0.1, Split::train, stopping), Cancelled);
}

}  // namespace
}  // namespace nwedge::geometry
