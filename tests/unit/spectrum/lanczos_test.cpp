#include "nwedge/spectrum/lanczos.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numbers>

#include "nwedge/core/parallel.hpp"
#include "tests/unit/spectrum/known_operators.hpp"

namespace nwedge::spectrum {
namespace {

std::vector<float> unit(std::size_t size, std::size_t at) {
  std::vector<float> vector(size);
  vector[at] = 1;
  return vector;
}

std::vector<float> basis_vector(const Lanczos& process, std::size_t rows, std::size_t j) {
  std::vector<double> coefficients(static_cast<std::size_t>(process.size()));
  coefficients[j] = 1;
  std::vector<float> vector(rows);
  process.combine(coefficients, vector);
  return vector;
}

double inner(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

std::vector<float> random_start(std::size_t size, std::uint64_t index = 0) {
  std::vector<float> start(size);
  RandomStream(3, "start", index).fill_normal(start);
  return start;
}

TEST(TridiagonalEigen, SecondDifferenceMatrixHasItsCosineSpectrum) {
  constexpr std::size_t kSize = 40;
  const TridiagonalEigen eigen =
      tridiagonal_eigen(std::vector<double>(kSize, 2.0), std::vector<double>(kSize - 1, -1.0));
  for (std::size_t k = 0; k < kSize; ++k)
    EXPECT_NEAR(eigen.values[k],
                2 - 2 * std::cos(static_cast<double>(k + 1) * std::numbers::pi / (kSize + 1)), 1e-13);
  // Row 0 of the matrix applied to each eigenvector.
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(kSize); ++k)
    EXPECT_NEAR(2 * eigen.component(k, 0) - eigen.component(k, 1),
                eigen.values[static_cast<std::size_t>(k)] * eigen.component(k, 0), 1e-13);
}

TEST(Lanczos, BasisIsOrthonormalAndProjectsTheMatrixToT) {
  constexpr std::size_t kSize = 5000;
  ReflectedDiagonal matrix(network_like_spectrum(kSize));
  Lanczos process(matrix);
  ASSERT_TRUE(process.begin(random_start(kSize)));
  for (int m = 0; m < 60; ++m) ASSERT_TRUE(process.step());
  std::vector<std::vector<float>> basis;
  for (std::size_t j = 0; j < 60; ++j) basis.push_back(basis_vector(process, kSize, j));
  std::vector<float> product(kSize);
  for (std::size_t j = 0; j < 60; ++j) {
    matrix.multiply(basis[j], product);
    for (std::size_t i = 0; i < 60; ++i) {
      EXPECT_NEAR(inner(basis[i], basis[j]), i == j ? 1 : 0, 2e-6);  // float storage: 6e-8 times sqrt(m)
      double t = 0;
      if (i == j) t = process.diagonal()[i];
      if (i + 1 == j || j + 1 == i) t = process.off_diagonal()[std::min(i, j)];
      EXPECT_NEAR(inner(basis[i], product), t, 40 * 4e-6);  // 40: the norm of the matrix
    }
  }
}

TEST(Lanczos, AnInvariantSpaceEndsTheBlockAndTheNextOneIsOrthogonal) {
  constexpr std::size_t kSize = 300;
  std::vector<double> values(kSize);  // two different eigenvalues: every Krylov space has dimension 2
  for (std::size_t i = 0; i < 40; ++i) values[i] = 1;
  ReflectedDiagonal matrix(values);
  Lanczos process(matrix);
  ASSERT_TRUE(process.begin(random_start(kSize, 0)));
  EXPECT_TRUE(process.step());
  EXPECT_FALSE(process.step());
  EXPECT_EQ(process.coupling(), 0);
  EXPECT_FALSE(process.step()) << "a complete block takes no more steps";
  ASSERT_TRUE(process.begin(random_start(kSize, 1)));
  EXPECT_EQ(process.block_begin(), 2);
  while (process.step()) {
  }
  EXPECT_EQ(process.size(), 4);
  EXPECT_EQ(process.off_diagonal()[1], 0);
  EXPECT_NEAR(inner(basis_vector(process, kSize, 0), basis_vector(process, kSize, 2)), 0, 1e-6);
  const TridiagonalEigen eigen = tridiagonal_eigen(process.diagonal(), process.off_diagonal());
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(eigen.values[i], i < 2 ? 0 : 1, 1e-6);
}

TEST(Lanczos, AStartInsideTheBasisIsRefused) {
  ReflectedDiagonal matrix(std::vector<double>(10, 2.0));
  Lanczos process(matrix);
  ASSERT_TRUE(process.begin(unit(10, 3)));
  EXPECT_FALSE(process.step());
  EXPECT_FALSE(process.begin(unit(10, 3)));
  EXPECT_TRUE(process.begin(unit(10, 4)));
}

TEST(Lanczos, AValueThatIsNotFiniteEndsTheProcess) {
  ReflectedDiagonal matrix(std::vector<double>(10, std::numeric_limits<double>::quiet_NaN()));
  Lanczos process(matrix);
  ASSERT_TRUE(process.begin(unit(10, 0)));
  EXPECT_FALSE(process.step());
  EXPECT_FALSE(process.finite());
}

TEST(Lanczos, SameBitsOnOneAndTwoThreads) {
  constexpr std::size_t kSize = 200000;
  const int threads = thread_count();
  std::vector<std::vector<double>> diagonals;
  for (const int count : {1, 2}) {
    set_thread_count(count);
    ReflectedDiagonal matrix(network_like_spectrum(kSize));
    Lanczos process(matrix);
    process.begin(random_start(kSize));
    for (int m = 0; m < 8; ++m) process.step();
    diagonals.emplace_back(process.diagonal().begin(), process.diagonal().end());
  }
  set_thread_count(threads);
  EXPECT_EQ(diagonals[0], diagonals[1]);
}

}  // namespace
}  // namespace nwedge::spectrum
