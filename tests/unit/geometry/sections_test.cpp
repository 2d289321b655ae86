#include "nwedge/geometry/sections.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/geometry/directions.hpp"
#include "tests/support/monitors.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::geometry {
namespace {

using test::QuadraticLandscape;

TEST(GridAxis, EndsAreExactAndOneValueIsTheMiddle) {
  const std::vector<double> values = GridAxis{-0.3, 1.7, 7}.values();
  EXPECT_EQ(values.front(), -0.3);
  EXPECT_EQ(values.back(), 1.7);
  EXPECT_NEAR(values[3], 0.7, 1e-15);
  EXPECT_EQ((GridAxis{0, 3, 1}.values()), std::vector<double>{1.5});
  EXPECT_THROW((GridAxis{0, 1, 0}.values()), Error);
}

TEST(EvaluateSection, IsTheLandscapeOnTheGridInRowMajorOrder) {
  const QuadraticLandscape landscape({1, 2, 5, 9}, 2, {0, 1, 0, 2});
  AffineFamily family{landscape.initial_point(1),
                      orthonormalise(std::vector<float>{1, 2, 3, 4, 1, -1, 0, 2}, 4)};
  const std::vector<GridAxis> axes = {{-1, 1, 9}, {0, 2, 17}};  // several chunks
  Monitor monitor;
  const Section section = evaluate_section(landscape, family, axes, Split::train, monitor);
  EXPECT_EQ(section.shape(), (std::vector<std::int64_t>{9, 17}));
  ASSERT_EQ(section.loss.size(), 9u * 17);
  std::vector<float> theta(4);
  for (std::size_t i = 0; i < 9; ++i)
    for (std::size_t j = 0; j < 17; ++j) {
      const std::vector<float> c = {static_cast<float>(section.axes[0][i]),
                                    static_cast<float>(section.axes[1][j])};
      family.point(c, theta);
      EXPECT_EQ(section.loss[i * 17 + j], landscape.evaluate(theta).loss);
      EXPECT_TRUE(std::isnan(section.accuracy[i * 17 + j]));
    }
}

TEST(EvaluateSection, InThreeDimensions) {
  const QuadraticLandscape landscape({1, 1, 1});
  const AffineFamily family{{0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  const std::vector<GridAxis> axes = {{0, 1, 2}, {0, 2, 2}, {0, 3, 4}};
  Monitor monitor;
  const Section section = evaluate_section(landscape, family, axes, Split::test, monitor);
  EXPECT_EQ(section.shape(), (std::vector<std::int64_t>{2, 2, 4}));
  EXPECT_NEAR(section.loss[3], 0.5 * 9, 1e-6);
  EXPECT_NEAR(section.loss[4], 0.5 * 4, 1e-6);
  EXPECT_NEAR(section.loss[8 + 4 + 1], 0.5 * (1 + 4 + 1), 1e-6);
}

TEST(EvaluateSection, NeedsAnAxisForEachDirectionAndStopsWhenAsked) {
  const QuadraticLandscape landscape({1, 1, 1});
  const AffineFamily family{{0, 0, 0}, {1, 0, 0}};
  const std::vector<GridAxis> two(2);
  const std::vector<GridAxis> one = {{0, 1, 1000}};
  Monitor monitor;
  EXPECT_THROW(evaluate_section(landscape, family, two, Split::train, monitor), Error);
  test::StoppingMonitor stopping(2);
  EXPECT_THROW(evaluate_section(landscape, family, one, Split::train, stopping), Cancelled);
}

}  // namespace
}  // namespace nwedge::geometry
