#include "nwedge/core/vectors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace nwedge {
namespace {

TEST(Vectors, InnerProductsOfEverySize) {
  for (const std::size_t size : {0, 1, 15, 16, 17, 100}) {
    std::vector<float> a(size), b(size);
    double expected = 0, squares = 0;
    for (std::size_t i = 0; i < size; ++i) {
      a[i] = static_cast<float>(i) + 0.5f;
      b[i] = 3 - static_cast<float>(i);
      expected += double(a[i]) * b[i];
      squares += std::pow(double(a[i]) - b[i], 2);
    }
    EXPECT_DOUBLE_EQ(dot(a, b), expected);
    EXPECT_DOUBLE_EQ(distance(a, b), std::sqrt(squares));
    EXPECT_DOUBLE_EQ(norm(a), std::sqrt(dot(a, a)));
  }
}

TEST(Vectors, SumInDouble) {
  const std::vector<float> ones(100000, 1e-4f);
  EXPECT_NEAR(dot(ones, ones), 1e-3, 1e-10);
}

TEST(Vectors, Cosine) {
  const std::vector<float> a = {1, 0};
  const std::vector<float> b = {1, 1};
  EXPECT_NEAR(cosine(a, b), std::sqrt(0.5), 1e-15);
  EXPECT_TRUE(std::isnan(cosine(a, std::vector<float>{0, 0})));
  EXPECT_THROW(dot(a, std::vector<float>{1}), std::logic_error);
}

}  // namespace
}  // namespace nwedge
