#include "tests/support/quadratic_landscape.hpp"

#include <gtest/gtest.h>

namespace nwedge::test {
namespace {

TEST(QuadraticLandscape, HasTheSpectrumItWasGiven) {
  const QuadraticLandscape landscape({0.5, 2, 0, 7}, 3);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::vector<double> v = landscape.eigenvector(i);
    const std::vector<double> product = landscape.multiply(v);
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(product[j], landscape.spectrum()[i] * v[j], 1e-14);
  }
}

TEST(QuadraticLandscape, LossAlongAnEigenvector) {
  const QuadraticLandscape landscape({1, 4, 9}, 1, {1, 2, 3});
  std::vector<float> point = landscape.centre();
  EXPECT_EQ(landscape.evaluate(point).loss, 0);
  const std::vector<double> v = landscape.eigenvector(2);
  for (std::size_t i = 0; i < 3; ++i) point[i] += static_cast<float>(2 * v[i]);
  EXPECT_NEAR(landscape.evaluate(point).loss, 0.5 * 9 * 4, 1e-5);
}

}  // namespace
}  // namespace nwedge::test
