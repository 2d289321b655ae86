#include "nwedge/geometry/random_projection.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"

namespace nwedge::geometry {
namespace {

/// P as columns [d][D], one product each.
std::vector<std::vector<float>> columns_of(const RandomProjection& projection) {
  const auto rows = static_cast<std::size_t>(projection.rows());
  const auto count = static_cast<std::size_t>(projection.columns());
  std::vector<std::vector<float>> columns(count, std::vector<float>(rows));
  const std::vector<float> zero(rows);
  for (std::size_t j = 0; j < count; ++j) {
    std::vector<float> unit(count);
    unit[j] = 1;
    projection.apply(unit, zero, columns[j]);
  }
  return columns;
}

double inner(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

std::vector<float> random_vector(std::int64_t size, std::uint64_t seed) {
  std::vector<float> vector(static_cast<std::size_t>(size));
  RandomStream(seed, "vector").fill_normal(vector);
  return vector;
}

class EveryProjection : public testing::TestWithParam<std::string_view> {};

TEST_P(EveryProjection, HasUnitColumns) {
  for (const auto& [rows, count] : {std::pair{1, 1}, {2, 2}, {77, 5}, {1000, 33}, {5000, 7}}) {
    const auto projection = make_random_projection(GetParam(), rows, count, 3);
    for (const std::vector<float>& column : columns_of(*projection))
      EXPECT_NEAR(inner(column, column), 1, 1e-5) << rows << " x " << count;
  }
}

TEST_P(EveryProjection, IsLinearAndItsTransposeIsItsTranspose) {
  for (const auto& [rows, count] : {std::pair{1, 1}, {130, 130}, {777, 50}, {9000, 17}}) {
    const auto projection = make_random_projection(GetParam(), rows, count, 4);
    const std::vector<std::vector<float>> columns = columns_of(*projection);
    const std::vector<float> z = random_vector(count, 1);
    const std::vector<float> origin = random_vector(rows, 2);
    std::vector<float> point(static_cast<std::size_t>(rows));
    projection->apply(z, origin, point);
    const double scale = std::sqrt(static_cast<double>(count));
    for (std::size_t i = 0; i < point.size(); ++i) {
      double expected = origin[i];
      for (std::size_t j = 0; j < z.size(); ++j)
        expected += static_cast<double>(z[j]) * static_cast<double>(columns[j][i]);
      ASSERT_NEAR(point[i], expected, 2e-6 * scale) << rows << " x " << count << ", row " << i;
    }
    std::vector<float> back(z.size());
    projection->apply_transpose(origin, back);
    for (std::size_t j = 0; j < z.size(); ++j)
      ASSERT_NEAR(back[j], inner(columns[j], origin), 1e-5) << rows << " x " << count << ", column " << j;
  }
}

TEST_P(EveryProjection, MovesItsOwnOriginInPlace) {
  const auto projection = make_random_projection(GetParam(), 300, 20, 4);
  const std::vector<float> z = random_vector(20, 1);
  std::vector<float> origin = random_vector(300, 2);
  std::vector<float> point(300);
  projection->apply(z, origin, point);
  projection->apply(z, origin, origin);
  EXPECT_EQ(point, origin);
}

TEST_P(EveryProjection, IsIsotropicOverSeeds) {
  // E ||P^T x||^2 = d/D ||x||^2 for every x: here x = e_0, where a structured map would show its structure
  // first.
  constexpr int kRows = 200;
  constexpr int kColumns = 20;
  constexpr int kSeeds = 800;
  std::vector<float> x(kRows);
  x[0] = 1;
  double mean = 0;
  double square = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    std::vector<float> y(kColumns);
    make_random_projection(GetParam(), kRows, kColumns, static_cast<std::uint64_t>(seed))
        ->apply_transpose(x, y);
    const double share = inner(y, y);
    mean += share / kSeeds;
    square += share * share / kSeeds;
  }
  const double error = std::sqrt(std::max(0.0, square - mean * mean) / kSeeds);
  EXPECT_NEAR(mean, static_cast<double>(kColumns) / kRows, 5 * error + 1e-6);
}

TEST_P(EveryProjection, ColumnsAreNearlyOrthogonal) {
  const auto projection = make_random_projection(GetParam(), 5000, 40, 8);
  const std::vector<std::vector<float>> columns = columns_of(*projection);
  // Independent columns have inner products of standard deviation 1/sqrt(D); sparse ones with 71 entries
  // share at most a few rows, each worth 1/71.
  const double bound = GetParam() == "orthonormal" ? 1e-6
                       : GetParam() == "sparse"    ? 8.0 / 71
                                                   : 5 / std::sqrt(5000.0);
  for (std::size_t i = 0; i < columns.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_LE(std::abs(inner(columns[i], columns[j])), bound) << i << " " << j;
}

TEST(RandomProjection, SectionsOfOneSeedAreNested) {
  for (const std::string_view kind : {"hadamard", "gaussian", "signs", "sparse"}) {
    const auto small = columns_of(*make_random_projection(kind, 600, 9, 5));
    const auto large = columns_of(*make_random_projection(kind, 600, 31, 5));
    for (std::size_t j = 0; j < small.size(); ++j) EXPECT_EQ(small[j], large[j]) << kind;
    EXPECT_NE(small[0], columns_of(*make_random_projection(kind, 600, 9, 6))[0])
        << kind << ": another seed, another section";
  }
}

TEST(RandomProjection, OrthonormalSectionsOfOneSeedSpanNestedSpaces) {
  const auto small = columns_of(*make_random_projection("orthonormal", 600, 9, 5));
  const auto large = make_random_projection("orthonormal", 600, 31, 5);
  for (const std::vector<float>& column : small) {
    std::vector<float> inside(31);
    large->apply_transpose(column, inside);
    EXPECT_NEAR(inner(inside, inside), 1, 1e-5);
  }
}

TEST(RandomProjection, OrthonormalWorksUpToTheWholeSpace) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto projection = make_random_projection("orthonormal", 40, 40, seed);
    const std::vector<float> x = random_vector(40, seed);
    std::vector<float> z(40);
    projection->apply_transpose(x, z);
    EXPECT_NEAR(inner(z, z), inner(x, x), 1e-4);
  }
}

TEST(RandomProjection, HadamardColumnsAreOrthonormalWhenTheSizeIsAPowerOfTwo) {
  const auto columns = columns_of(*make_random_projection("hadamard", 1024, 30, 2));
  for (std::size_t i = 0; i < columns.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NEAR(inner(columns[i], columns[j]), 0, 1e-6);
}

TEST_P(EveryProjection, SameBitsOnOneAndTwoThreads) {
  const int threads = thread_count();
  std::vector<std::vector<float>> results;
  for (const int count : {1, 2}) {
    set_thread_count(count);
    const auto projection = make_random_projection(GetParam(), 150000, 11, 4);
    std::vector<float> point = random_vector(150000, 2);
    std::vector<float> back(11);
    projection->apply_transpose(point, back);
    projection->apply(random_vector(11, 1), point, point);
    point.insert(point.end(), back.begin(), back.end());
    results.push_back(point);
  }
  set_thread_count(threads);
  EXPECT_EQ(results[0], results[1]);
}

TEST_P(EveryProjection, ChecksItsSizes) {
  EXPECT_THROW(make_random_projection(GetParam(), 10, 11, 0), Error);
  EXPECT_THROW(make_random_projection(GetParam(), 10, 0, 0), Error);
  const auto projection = make_random_projection(GetParam(), 10, 3, 0);
  std::vector<float> three(3);
  std::vector<float> ten(10);
  EXPECT_THROW(projection->apply(ten, ten, ten), Error);
  EXPECT_THROW(projection->apply(three, three, ten), Error);
  EXPECT_THROW(projection->apply_transpose(three, three), Error);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryProjection,
                         testing::ValuesIn(random_projection_kinds().begin(),
                                           random_projection_kinds().end()),
                         [](const auto& one) { return std::string(one.param); });

TEST(RandomProjection, UnknownKindsAndMatricesBeyondTheMemoryAreErrors) {
  EXPECT_THROW(make_random_projection("hadamart", 10, 2, 0), Error);
  EXPECT_THROW(make_random_projection("gaussian", 1'000'000'000, 100'000, 0), Error);
}

}  // namespace
}  // namespace nwedge::geometry
