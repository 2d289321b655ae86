// What every landscape promises, checked on every landscape.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"
#include "nwedge/curvature.hpp"
#include "tests/laws/landscapes.hpp"
#include "tests/laws/order_of_error.hpp"
#include "tests/support/threads.hpp"

namespace nwedge::test {
namespace {

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}
double norm(std::span<const float> a) { return std::sqrt(dot(a, a)); }

bool same_bits(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

class LandscapeLaw : public testing::TestWithParam<LandscapeCase> {
 protected:
  void SetUp() override { landscape_ = GetParam().make(); }
  const Landscape& landscape() const { return *landscape_; }
  const Promises& promises() const { return GetParam().promises; }
  std::size_t size() const { return static_cast<std::size_t>(landscape_->dimension()); }
  std::vector<float> point(std::uint64_t index) const { return test_point(GetParam(), *landscape_, index); }
  std::vector<float> gradient(std::span<const float> theta, Split split = Split::train) const {
    std::vector<float> g(size());
    landscape().gradient(theta, g, split);
    return g;
  }
  /// Half along the gradient, half at random: neither the slope nor its change vanishes.
  std::vector<float> sloped_direction(std::span<const float> g, std::uint64_t index) const {
    std::vector<float> v = test_direction(landscape().dimension(), index);
    const double length = norm(g);
    if (length > 0)
      for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(0.7 * v[i] + 0.7 * g[i] / length);
    return v;
  }

 private:
  std::shared_ptr<const Landscape> landscape_;
};

/// theta + h v and theta - h v as floats, and half their exact difference: what differences really measure.
struct Displaced {
  Displaced(std::span<const float> theta, std::span<const float> v, double h)
      : plus(theta.size()), minus(theta.size()), half(theta.size()) {
    for (std::size_t i = 0; i < theta.size(); ++i) {
      plus[i] = static_cast<float>(theta[i] + h * v[i]);
      minus[i] = static_cast<float>(theta[i] - h * v[i]);
      half[i] = static_cast<float>((static_cast<double>(plus[i]) - minus[i]) / 2);
    }
  }
  std::vector<float> plus, minus, half;
};

TEST_P(LandscapeLaw, GradientIsTheLimitOfCentralDifferences) {
  for (const Split split : {Split::train, Split::test})
    for (std::uint64_t index = 0; index < 3; ++index) {
      const std::vector<float> theta = point(index);
      const std::vector<float> g = gradient(theta, split);
      const std::vector<float> v = sloped_direction(g, index);
      std::vector<StepError> sweep;
      for (double h = 1; h > 1e-5; h /= 2) {
        const Displaced at(theta, v, h);
        const double high = landscape().evaluate(at.plus, split).loss;
        const double low = landscape().evaluate(at.minus, split).loss;
        const double floor = promises().rounding * (std::max(high, low) / h + norm(g));
        sweep.push_back({h, std::abs((high - low) / 2 - dot(g, at.half)) / h, floor});
      }
      if (promises().smooth)
        EXPECT_EQ(second_order_complaint(sweep), "");
      else
        EXPECT_EQ(best_step_complaint(sweep, 5e-3, std::abs(dot(g, v))), "");
    }
}

TEST_P(LandscapeLaw, GradientReturnsTheLoss) {
  const std::vector<float> theta = point(0);
  std::vector<float> g(size());
  for (const Split split : {Split::train, Split::test}) {
    const double loss = landscape().evaluate(theta, split).loss;
    EXPECT_NEAR(landscape().gradient(theta, g, split), loss, promises().rounding * std::abs(loss));
  }
}

TEST_P(LandscapeLaw, ManyPointsAreOneByOneBitForBit) {
  constexpr std::size_t kPoints = 37;
  std::vector<float> points;
  for (std::uint64_t index = 0; index < kPoints; ++index) {
    const std::vector<float> theta = point(index);
    points.insert(points.end(), theta.begin(), theta.end());
  }
  for (const Split split : {Split::train, Split::test}) {
    const std::vector<Metrics> many = landscape().evaluate_many(points, split);
    ASSERT_EQ(many.size(), kPoints);
    for (std::size_t i = 0; i < kPoints; ++i) {
      const Metrics one = landscape().evaluate(std::span(points).subspan(i * size(), size()), split);
      EXPECT_TRUE(same_bits(one.loss, many[i].loss)) << i << ": " << one.loss << " and " << many[i].loss;
      EXPECT_TRUE(same_bits(one.accuracy, many[i].accuracy)) << i;
    }
  }
  EXPECT_TRUE(landscape().evaluate_many({}).empty());
}

TEST_P(LandscapeLaw, AccuracyIsAShareWhereThereIsOne) {
  for (const Split split : {Split::train, Split::test}) {
    const double accuracy = landscape().evaluate(point(0), split).accuracy;
    EXPECT_EQ(landscape().has_accuracy(), !std::isnan(accuracy));
    if (landscape().has_accuracy()) {
      EXPECT_GE(accuracy, 0);
      EXPECT_LE(accuracy, 1);
    }
  }
}

AffineFamily family_through(std::span<const float> origin, std::int64_t count) {
  AffineFamily family;
  family.origin.assign(origin.begin(), origin.end());
  for (std::int64_t j = 0; j < count; ++j) {
    const std::vector<float> d =
        test_direction(static_cast<std::int64_t>(origin.size()), 50 + static_cast<std::uint64_t>(j));
    family.directions.insert(family.directions.end(), d.begin(), d.end());
  }
  return family;
}

/// A matrix on three directions, and that of the landscape restricted to them.
void expect_positive_and_restricted(Curvature& matrix, Curvature& restricted, const AffineFamily& family) {
  std::vector<std::vector<float>> products(3, std::vector<float>(family.origin.size()));
  for (std::int64_t j = 0; j < 3; ++j)
    matrix.multiply(family.direction(j), products[static_cast<std::size_t>(j)]);
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<float> unit(3);
    std::vector<float> row(3);
    unit[i] = 1;
    restricted.multiply(unit, row);
    const double largest = norm(products[i]) * norm(family.direction(static_cast<std::int64_t>(i)));
    for (std::size_t j = 0; j < 3; ++j) {
      const double form = dot(family.direction(static_cast<std::int64_t>(j)), products[i]);
      EXPECT_NEAR(form, dot(family.direction(static_cast<std::int64_t>(i)), products[j]), 1e-5 * largest);
      EXPECT_NEAR(row[j], form, 1e-5 * largest + 1e-6);
      if (i == j) {
        EXPECT_GE(form, -1e-6 * largest);
      }
    }
  }
}

TEST_P(LandscapeLaw, MatricesAreThoseItSaysPositiveSymmetricAndThoseOfItsRestrictions) {
  const auto* curved = dynamic_cast<const CurvedLandscape*>(&landscape());
  if (curved == nullptr) GTEST_SKIP();
  EXPECT_TRUE(curved->has_matrix(CurvatureMatrix::hessian));
  const AffineFamily family = family_through(point(0), 3);
  const std::unique_ptr<Landscape> section = landscape().restrict_to(family);
  const auto& small = dynamic_cast<const CurvedLandscape&>(*section);
  for (const std::string_view name : {"gauss-newton", "fisher", "empirical-fisher"}) {
    SCOPED_TRACE(name);
    const CurvatureMatrix kind = curvature_matrix(name, "law");
    const auto matrix = curved->matrix_at(kind, point(0));
    const auto restricted = small.matrix_at(kind, std::vector<float>(3));
    EXPECT_EQ(curved->has_matrix(kind), matrix != nullptr);
    EXPECT_EQ(small.has_matrix(kind), restricted != nullptr);
    ASSERT_EQ(restricted == nullptr, matrix == nullptr);
    if (matrix != nullptr) expect_positive_and_restricted(*matrix, *restricted, family);
  }
}

TEST_P(LandscapeLaw, NamedTensorsAreDisjointAndInOrder) {
  std::int64_t end = 0;
  for (const ParameterTensor& tensor : landscape().parameter_tensors()) {
    EXPECT_FALSE(tensor.name.empty());
    EXPECT_GE(tensor.offset, end) << tensor.name;
    EXPECT_GE(tensor.count, 1) << tensor.name;
    end = tensor.offset + tensor.count;
  }
  EXPECT_LE(end, landscape().dimension());
}

TEST_P(LandscapeLaw, RestrictionCommutesWithEvaluation) {
  const AffineFamily family = family_through(point(0), 2);
  const std::unique_ptr<Landscape> section = landscape().restrict_to(family);
  EXPECT_EQ(section->dimension(), 2);
  EXPECT_EQ(section->has_accuracy(), landscape().has_accuracy());
  EXPECT_EQ(dynamic_cast<const CurvedLandscape*>(section.get()) != nullptr, promises().curved);
  std::vector<float> lifted(size());
  std::vector<float> grid;
  for (const float x : {-0.4f, 0.0f, 0.3f})
    for (const float y : {-0.2f, 0.0f, 0.5f}) grid.insert(grid.end(), {x, y});
  for (const Split split : {Split::train, Split::test}) {
    const std::vector<Metrics> many = section->evaluate_many(grid, split);
    const double flips = 2.0 / static_cast<double>(std::max<std::int64_t>(1, landscape().examples(split)));
    for (std::size_t i = 0; i < many.size(); ++i) {
      const std::span<const float> coordinates = std::span(grid).subspan(2 * i, 2);
      family.point(coordinates, lifted);
      const Metrics whole = landscape().evaluate(lifted, split);
      EXPECT_NEAR(many[i].loss, whole.loss, 10 * promises().rounding * (std::abs(whole.loss) + 1));
      if (landscape().has_accuracy()) {
        EXPECT_NEAR(many[i].accuracy, whole.accuracy, flips);
      }
      std::vector<float> slope(2);
      section->gradient(coordinates, slope, split);
      const std::vector<float> g = gradient(lifted, split);
      for (std::int64_t j = 0; j < 2; ++j)
        EXPECT_NEAR(slope[static_cast<std::size_t>(j)], dot(g, family.direction(j)),
                    20 * promises().rounding * (norm(g) + 1));
    }
  }
}

TEST_P(LandscapeLaw, TheSameCallGivesTheSameBits) {
  const std::shared_ptr<const Landscape> again = GetParam().make();
  const std::vector<float> theta = point(1);
  EXPECT_EQ(theta, test_point(GetParam(), *again, 1));
  EXPECT_TRUE(same_bits(landscape().evaluate(theta).loss, again->evaluate(theta).loss));
  EXPECT_TRUE(same_bits(landscape().evaluate(theta).loss, landscape().evaluate(theta).loss));
  std::vector<float> g(size());
  EXPECT_EQ(gradient(theta), gradient(theta));
  again->gradient(theta, g);
  EXPECT_EQ(gradient(theta), g);
  std::vector<float> first(size());
  landscape().batch_gradient(theta, {3, 5, promises().batch}, first);
  again->batch_gradient(theta, {3, 5, promises().batch}, g);
  EXPECT_EQ(first, g);
}

TEST_P(LandscapeLaw, TheSameBitsOnOneAndTwoThreads) {
  const auto everything = [&](int threads) {
    const WithThreads guard(threads);
    std::vector<double> numbers;
    std::vector<float> points;
    std::vector<float> g(size());
    for (std::uint64_t index = 0; index < 9; ++index) {
      const std::vector<float> theta = point(index);
      points.insert(points.end(), theta.begin(), theta.end());
    }
    const std::span<const float> theta = std::span(points).first(size());
    for (const Split split : {Split::train, Split::test}) {
      for (const Metrics& m : landscape().evaluate_many(points, split)) numbers.push_back(m.loss);
      numbers.push_back(landscape().evaluate(theta, split).loss);
      numbers.push_back(landscape().gradient(theta, g, split));
      numbers.insert(numbers.end(), g.begin(), g.end());
    }
    numbers.push_back(landscape().batch_gradient(theta, {1, 2, promises().batch}, g));
    numbers.insert(numbers.end(), g.begin(), g.end());
    if (const auto* curved = dynamic_cast<const CurvedLandscape*>(&landscape())) {
      curved->curvature_at(theta)->multiply(test_direction(landscape().dimension(), 4), g);
      numbers.insert(numbers.end(), g.begin(), g.end());
    }
    return numbers;
  };
  const std::vector<double> one = everything(1);
  const std::vector<double> two = everything(2);
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) ASSERT_TRUE(same_bits(one[i], two[i])) << i;
}

TEST_P(LandscapeLaw, AWrongSizeIsAnError) {
  std::vector<float> right = point(0);
  std::vector<float> wrong(size() + 1);
  std::vector<float> g(size());
  EXPECT_THROW(landscape().evaluate(wrong), Error);
  EXPECT_THROW(landscape().evaluate({}), Error);
  if (size() > 1) {
    EXPECT_THROW(landscape().evaluate_many(wrong), Error);
  }
  EXPECT_THROW(landscape().gradient(wrong, g), Error);
  EXPECT_THROW(landscape().gradient(right, wrong), Error);
  EXPECT_THROW(landscape().batch_gradient(wrong, {}, g), Error);
  EXPECT_THROW(landscape().batch_gradient(right, {}, wrong), Error);
  EXPECT_THROW(landscape().batch_gradient(right, {0, 0, 0}, g), Error);
  EXPECT_THROW(landscape().restrict_to({wrong, right}), Error);
  EXPECT_THROW(landscape().restrict_to({right, {}}), Error);
  if (const auto* curved = dynamic_cast<const CurvedLandscape*>(&landscape())) {
    EXPECT_THROW(curved->curvature_at(wrong), Error);
    const std::unique_ptr<Curvature> curvature = curved->curvature_at(right);
    EXPECT_THROW(curvature->multiply(wrong, g), Error);
    EXPECT_THROW(curvature->multiply(right, wrong), Error);
  }
}

TEST_P(LandscapeLaw, ANotANumberIsPassedOn) {
  const std::vector<float> theta(size(), std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(std::isfinite(landscape().evaluate(theta).loss));
}

TEST_P(LandscapeLaw, BatchGradientsAverageToTheGradient) {
  if (promises().dropout) GTEST_SKIP() << "dropout: the minibatch loss is another one";
  constexpr std::size_t kDirections = 4;
  constexpr std::size_t kBatches = 200;
  const std::vector<float> theta = point(0);
  const std::vector<float> g = gradient(theta);
  std::vector<std::vector<float>> probes;
  for (std::size_t j = 0; j < kDirections; ++j) probes.push_back(sloped_direction(g, j));
  std::vector<std::vector<double>> samples(kDirections);
  std::vector<float> batch(size());
  for (std::uint64_t i = 0; i < kBatches; ++i) {
    landscape().batch_gradient(theta, {i, static_cast<std::int64_t>(i % 3), promises().batch}, batch);
    for (std::size_t j = 0; j < kDirections; ++j) samples[j].push_back(dot(batch, probes[j]));
  }
  for (std::size_t j = 0; j < kDirections; ++j) {
    double mean = 0;
    double square = 0;
    for (const double x : samples[j]) mean += x / kBatches;
    for (const double x : samples[j]) square += (x - mean) * (x - mean) / (kBatches - 1);
    const double rounding = 10 * promises().rounding * (norm(g) + 1);
    EXPECT_NEAR(mean, dot(g, probes[j]), 5 * std::sqrt(square / kBatches) + rounding);
  }
}

TEST_P(LandscapeLaw, BatchesOfOneEpochAverageToTheGradientToRounding) {
  const std::int64_t examples = landscape().examples(Split::train);
  if (promises().dropout || examples == 0) GTEST_SKIP() << "not a plain mean over examples";
  ASSERT_EQ(examples % promises().batch, 0);
  const std::int64_t batches = examples / promises().batch;
  const std::vector<float> theta = point(0);
  const std::vector<float> g = gradient(theta);
  for (const std::int64_t epoch : {0, 3}) {
    std::vector<double> mean(size());
    std::vector<float> batch(size());
    for (std::int64_t i = 0; i < batches; ++i) {
      landscape().batch_gradient(theta, {8, epoch * batches + i, promises().batch}, batch);
      for (std::size_t k = 0; k < size(); ++k) mean[k] += batch[k] / static_cast<double>(batches);
    }
    double square = 0;
    for (std::size_t k = 0; k < size(); ++k) square += (mean[k] - g[k]) * (mean[k] - g[k]);
    EXPECT_LE(std::sqrt(square), 10 * promises().rounding * (norm(g) + 1));
  }
}

TEST_P(LandscapeLaw, ParameterGroupsCoverTheWeightsOnce) {
  std::vector<int> covered(size(), 0);
  for (const ParameterGroup& group : landscape().parameter_groups()) {
    ASSERT_GE(group.count, 1);
    ASSERT_GE(group.stride, 1);
    ASSERT_LT(group.entry(group.count - 1), size());
    for (std::int64_t i = 0; i < group.count; ++i) ++covered[group.entry(i)];
  }
  EXPECT_EQ(covered, std::vector<int>(size(), 1));
}

TEST_P(LandscapeLaw, TheInitialPointIsNamedByItsSeed) {
  const std::vector<float> start = landscape().initial_point(3);
  EXPECT_EQ(start.size(), size());
  EXPECT_EQ(start, landscape().initial_point(3));
  for (const float x : start) EXPECT_TRUE(std::isfinite(x));
}

INSTANTIATE_TEST_SUITE_P(All, LandscapeLaw, testing::ValuesIn(all_landscapes()),
                         [](const auto& instance) { return instance.param.name; });

class CurvatureLaw : public LandscapeLaw {
 protected:
  const CurvedLandscape& curved() const { return dynamic_cast<const CurvedLandscape&>(landscape()); }
};

TEST_P(CurvatureLaw, ProductsAreSymmetricAndLinear) {
  const std::vector<float> u = test_direction(landscape().dimension(), 0);
  const std::vector<float> v = test_direction(landscape().dimension(), 1);
  std::vector<float> both(size());
  for (std::size_t i = 0; i < size(); ++i) both[i] = 2 * u[i] - 3 * v[i];
  std::vector<float> hu(size()), hv(size()), hboth(size());
  for (const Split split : {Split::train, Split::test}) {
    const std::unique_ptr<Curvature> curvature = curved().curvature_at(point(0), split);
    curvature->multiply(u, hu);
    curvature->multiply(v, hv);
    curvature->multiply(both, hboth);
    const double scale = norm(hu) + norm(hv);
    EXPECT_NEAR(dot(u, hv), dot(v, hu), 10 * promises().rounding * scale);
    for (std::size_t i = 0; i < size(); ++i) hboth[i] -= 2 * hu[i] - 3 * hv[i];
    EXPECT_LE(norm(hboth), 30 * promises().rounding * scale);
    std::vector<float> again(size());
    curvature->multiply(u, again);
    EXPECT_EQ(hu, again);
  }
}

TEST_P(CurvatureLaw, ProductIsTheLimitOfDifferencesOfGradients) {
  for (const Split split : {Split::train, Split::test}) {
    const std::vector<float> theta = point(2);
    const std::vector<float> g = gradient(theta, split);
    const std::vector<float> v = sloped_direction(g, 3);
    const std::unique_ptr<Curvature> curvature = curved().curvature_at(theta, split);
    std::vector<float> product(size());
    std::vector<StepError> sweep;
    double scale = 0;
    for (double h = 1; h > 1e-4; h /= 2) {
      const Displaced at(theta, v, h);
      const std::vector<float> high = gradient(at.plus, split);
      const std::vector<float> low = gradient(at.minus, split);
      curvature->multiply(at.half, product);
      scale = norm(product) / h;
      double square = 0;
      for (std::size_t i = 0; i < size(); ++i)
        square += std::pow((static_cast<double>(high[i]) - low[i]) / 2 - product[i], 2);
      const double size_of_g = std::max(norm(high), norm(low));
      sweep.push_back({h, std::sqrt(square) / h, promises().rounding * (size_of_g / h + scale)});
    }
    if (promises().smooth)
      EXPECT_EQ(second_order_complaint(sweep), "");
    else
      EXPECT_EQ(best_step_complaint(sweep, 1e-2, scale), "");
  }
}

INSTANTIATE_TEST_SUITE_P(All, CurvatureLaw, testing::ValuesIn(curved_landscapes()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace nwedge::test
