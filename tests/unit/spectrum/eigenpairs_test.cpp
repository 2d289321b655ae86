#include "nwedge/spectrum/eigenpairs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "nwedge/core/error.hpp"
#include "tests/unit/spectrum/known_operators.hpp"

namespace nwedge::spectrum {
namespace {

Monitor quiet;

TEST(ExtremalEigenpairs, BothEndsOfAKnownSpectrum) {
  constexpr std::size_t kSize = 3000;
  std::vector<double> values = network_like_spectrum(kSize);
  values[100] = -2;
  values[101] = -1;
  ReflectedDiagonal matrix(values);
  std::sort(values.begin(), values.end());
  EigenpairOptions options;
  options.top = 8;
  options.bottom = 2;
  const ExtremalEigenpairs found = extremal_eigenpairs(matrix, options, 0, quiet);
  EXPECT_EQ(found.products, matrix.products);
  EXPECT_EQ(found.top.converged, 8);
  EXPECT_EQ(found.bottom.converged, 2);
  const double norm = values.back();
  for (std::size_t k = 0; k < 8;
       ++k) {  // an eigenvalue lies within the residual; here the gaps make it far closer
    EXPECT_LE(found.top.residuals[k], 1e-3 * norm);
    EXPECT_NEAR(found.top.values[k], values[kSize - 1 - k], 1e-3 * norm);
  }
  EXPECT_NEAR(found.bottom.values[0], -2, 1e-3 * norm);
  EXPECT_NEAR(found.bottom.values[1], -1, 1e-3 * norm);
}

TEST(ExtremalEigenpairs, ReportedResidualsAreTheMeasuredOnes) {
  ReflectedDiagonal matrix(network_like_spectrum(2000));
  EigenpairOptions options;
  options.max_products = 12;  // stopped early, so that the residuals are far above rounding
  const ExtremalEigenpairs found = extremal_eigenpairs(matrix, options, 0, quiet);
  EXPECT_LT(found.top.converged, 10);
  const std::vector<double> measured = measured_residuals(matrix, found.top);
  for (std::size_t k = 0; k < measured.size(); ++k)
    EXPECT_NEAR(found.top.residuals[k], measured[k], 40 * 4e-6) << k;  // 40: the norm of the matrix
  EXPECT_GT(measured.back(), 0.01);
}

TEST(ExtremalEigenpairs, TheErrorOfAnEigenvalueFallsWithTheSquareOfTheResidual) {
  std::vector<double> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1 / (1.0 + static_cast<double>(i));
  ReflectedDiagonal matrix(values);
  for (const std::int64_t products : {6, 8, 10, 12}) {
    EigenpairOptions options;
    options.top = 1;
    options.tolerance = 1e-5;
    options.max_products = products;
    const ExtremalEigenpairs found = extremal_eigenpairs(matrix, options, 0, quiet);
    const double bound = std::pow(found.top.residuals[0], 2) / 0.5;  // residual^2 / gap, the gap is 1 - 1/2
    EXPECT_LE(std::abs(found.top.values[0] - 1), bound + 1e-6) << products;
  }
}

TEST(ExtremalEigenpairs, AMultipleEigenvalueIsFoundAsOftenAsItOccurs) {
  std::vector<double> values(500);
  for (std::size_t i = 0; i < 7; ++i) values[i] = 1;
  ReflectedDiagonal matrix(values);
  EigenpairOptions options;
  options.top = 10;
  options.bottom = 3;
  const ExtremalEigenpairs found = extremal_eigenpairs(matrix, options, 0, quiet);
  for (std::size_t k = 0; k < 10; ++k) EXPECT_NEAR(found.top.values[k], k < 7 ? 1 : 0, 1e-5) << k;
  for (const double value : found.bottom.values) EXPECT_NEAR(value, 0, 1e-5);
  EXPECT_LE(found.products, 24);
  EXPECT_EQ(found.top.converged, 10);
}

TEST(ExtremalEigenpairs, SmallAndEmptyMatrices) {
  EigenpairOptions options;
  options.top = 10;
  options.bottom = 10;
  ReflectedDiagonal small({3, 1, -2});
  const ExtremalEigenpairs found = extremal_eigenpairs(small, options, 0, quiet);
  ASSERT_EQ(found.top.values.size(), 3u);
  EXPECT_NEAR(found.top.values[0], 3, 1e-5);
  EXPECT_NEAR(found.bottom.values[0], -2, 1e-5);
  ReflectedDiagonal zero(std::vector<double>(50, 0.0));
  const ExtremalEigenpairs none = extremal_eigenpairs(zero, options, 0, quiet);
  for (const double value : none.top.values) EXPECT_EQ(value, 0);
  EXPECT_EQ(none.top.converged, 10);
}

TEST(ExtremalEigenpairs, ValuesThatAreNotFiniteArePassedOn) {
  ReflectedDiagonal matrix(std::vector<double>(20, std::numeric_limits<double>::infinity()));
  const ExtremalEigenpairs found = extremal_eigenpairs(matrix, {}, 0, quiet);
  EXPECT_TRUE(std::isnan(found.top.values[0]));
  EXPECT_EQ(found.top.converged, 0);
}

TEST(ExtremalEigenpairs, OptionsAreChecked) {
  ReflectedDiagonal matrix({1, 2});
  EigenpairOptions options;
  options.tolerance = 0;
  EXPECT_THROW(extremal_eigenpairs(matrix, options, 0, quiet), Error);
}

}  // namespace
}  // namespace nwedge::spectrum
