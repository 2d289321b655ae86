#include "nwedge/spectrum/trace.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"
#include "tests/unit/spectrum/known_operators.hpp"

namespace nwedge::spectrum {
namespace {

Monitor quiet;

struct Diagonal {
  std::vector<double> values;
  std::int64_t rows() const { return static_cast<std::int64_t>(values.size()); }
  void multiply(std::span<const float> x, std::span<float> y) const {
    for (std::size_t i = 0; i < x.size(); ++i)
      y[i] = static_cast<float>(values[i] * static_cast<double>(x[i]));
  }
};

TEST(Moments, OfADenseMatrixWithinFiveStandardErrors) {
  const std::vector<double> values = network_like_spectrum(400);
  double trace = 0;
  double square = 0;
  for (const double value : values) {
    trace += value;
    square += value * value;
  }
  ReflectedDiagonal matrix(values);
  const Moments moments = estimate_moments(matrix, 200, 0, quiet);
  EXPECT_EQ(moments.products, 200);
  EXPECT_NEAR(moments.trace.value, trace, 5 * moments.trace.standard_error);
  EXPECT_NEAR(moments.trace_of_square.value, square, 5 * moments.trace_of_square.standard_error);
  EXPECT_NEAR(moments.effective_rank.value, trace * trace / square,
              5 * moments.effective_rank.standard_error);
}

TEST(Moments, TheStandardErrorIsThatOfTheTheory) {
  ReflectedDiagonal matrix(network_like_spectrum(60));
  double variance = 0;  // 2 sum_{i != j} H_ij^2
  for (std::size_t i = 0; i < 60; ++i)
    for (std::size_t j = 0; j < 60; ++j)
      if (i != j) variance += 2 * std::pow(matrix.entry(i, j), 2);
  constexpr int kProbes = 2000;
  const Moments moments = estimate_moments(matrix, kProbes, 0, quiet);
  // The relative error of a standard deviation from n draws is about 1 / sqrt(n) for these tails.
  EXPECT_NEAR(moments.trace.standard_error / std::sqrt(variance / kProbes), 1, 5 / std::sqrt(kProbes));
}

TEST(Moments, AreExactForADiagonalMatrix) {
  const Moments moments =
      estimate_moments(*std::make_unique<Diagonal>(Diagonal{{1, 1, 1, 1, 0, 0}}), 2, 0, quiet);
  EXPECT_EQ(moments.trace.value, 4);
  EXPECT_EQ(moments.trace.standard_error, 0);
  EXPECT_EQ(moments.trace_of_square.value, 4);
  EXPECT_EQ(moments.effective_rank.value, 4);
}

TEST(Moments, OfTheZeroMatrixAreZero) {
  Diagonal zero{std::vector<double>(5)};
  EXPECT_EQ(estimate_moments(zero, 3, 0, quiet).effective_rank.value, 0);
}

TEST(Moments, NeedTwoProbes) {
  Diagonal matrix{{1, 2}};
  EXPECT_THROW(estimate_moments(matrix, 1, 0, quiet), Error);
}

TEST(Signs, AreBalancedAndIndependentBetweenProbes) {
  std::vector<float> a(100001);
  std::vector<float> b(a.size());
  fill_signs(a, 1, 0);
  fill_signs(b, 1, 1);
  double sum = 0;
  double product = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::abs(a[i]), 1);
    sum += static_cast<double>(a[i]);
    product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  EXPECT_NEAR(sum, 0, 5 * std::sqrt(100001.0));
  EXPECT_NEAR(product, 0, 5 * std::sqrt(100001.0));
}

}  // namespace
}  // namespace nwedge::spectrum
