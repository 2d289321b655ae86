#include "nwedge/wedge/axis_kernel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/wedge/variants.hpp"

namespace nwedge::wedge {
namespace {

struct Shape {
  std::int64_t dimension;
  std::int64_t wedges;
  std::int64_t short_directions;
};

TEST(AxisKernel, SixteenPointsAreOneByOneAndTheSum) {
  // Whole blocks, a broken last one, axes that are rare, every axis, a single one.
  for (const Shape& shape : {Shape{1024, 7, 200}, Shape{1003, 5, 130}, Shape{40000, 9, 30}, Shape{70, 2, 70},
                             Shape{300000, 3, 600}, Shape{1, 1, 1}})
    for (const float width : {0.0f, 0.4f}) {
      WedgeOptions options;
      options.dimension = shape.dimension;
      options.wedges = shape.wedges;
      options.short_directions = shape.short_directions;
      const WedgeSet wedges = make_wedges(options);
      const AxisKernel kernel(wedges);
      const auto size = static_cast<std::size_t>(shape.dimension);
      const std::vector<float> points = testing::random_point(16 * shape.dimension, 1);
      const auto count = static_cast<std::size_t>(shape.wedges);
      std::vector<double> many(16 * count);
      std::vector<double> one(count);
      kernel.sum_sixteen(points.data(), width, many);
      for (std::size_t lane = 0; lane < 16; ++lane) {
        kernel.sum_one(points.data() + lane * size, width, one);
        for (std::size_t k = 0; k < count; ++k) {
          ASSERT_EQ(one[k], many[k * 16 + lane]) << shape.dimension << " wedge " << k;
          double expected = 0;
          for (std::size_t i = 0; i < static_cast<std::size_t>(shape.short_directions); ++i) {
            const double x =
                points[lane * size +
                       static_cast<std::size_t>(
                           wedges.short_axes[k * static_cast<std::size_t>(shape.short_directions) + i])];
            expected += std::pow(std::max(std::abs(x) - static_cast<double>(width), 0.0), 2);
          }
          ASSERT_NEAR(one[k], expected, 1e-6 * expected) << shape.dimension << " wedge " << k;
        }
      }
    }
}

TEST(AxisKernel, NotANumberStaysInItsPointAndItsWedges) {
  WedgeOptions options;
  const WedgeSet wedges = make_wedges(options);
  const AxisKernel kernel(wedges);
  std::vector<float> points = testing::random_point(std::int64_t{16} * 1000, 1);
  points[std::size_t{3} * 1000 + static_cast<std::size_t>(wedges.short_axes[0])] = std::nanf("");
  std::vector<double> sums(std::size_t{16} * 20);
  for (const float width : {0.0f, 0.5f}) {
    kernel.sum_sixteen(points.data(), width, sums);
    for (std::size_t k = 0; k < 20; ++k)
      for (std::size_t lane = 0; lane < 16; ++lane) {
        const auto first = wedges.short_axes.begin() + static_cast<std::ptrdiff_t>(50 * k);
        const bool touched = lane == 3 && std::find(first, first + 50, wedges.short_axes[0]) != first + 50;
        EXPECT_EQ(std::isnan(sums[k * 16 + lane]), touched);
      }
  }
}

}  // namespace
}  // namespace nwedge::wedge
