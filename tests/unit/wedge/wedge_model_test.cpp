#include "nwedge/wedge/wedge_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "tests/reference/wedge_reference.hpp"
#include "tests/unit/wedge/variants.hpp"

namespace nwedge::wedge {
namespace {

using testing::describe;
using testing::every_variant;
using testing::random_point;

reference::Vector in_double(std::span<const float> point) { return {point.begin(), point.end()}; }

TEST(WedgeModel, LossOfEveryVariantIsTheReference) {
  for (const WedgeOptions& options : every_variant()) {
    const WedgeModel model(options);
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const std::vector<float> point = random_point(model.dimension(), seed);
      const double expected = reference::wedge_loss(options, model.geometry(), in_double(point));
      // Only the orthonormality of float frames and the rounding of double sums separate the two.
      EXPECT_NEAR(model.evaluate(point).loss, expected, 1e-6 * (1 + expected)) << describe(options);
    }
  }
}

/// Largest error of central differences of the reference loss with step h, over coordinates, against
/// `gradient`.
double difference_error(const WedgeModel& model, std::span<const float> point,
                        std::span<const float> gradient, double h) {
  double worst = 0;
  for (std::size_t j = 0; j < point.size(); ++j) {
    reference::Vector up = in_double(point);
    reference::Vector down = up;
    up[j] += h;
    down[j] -= h;
    const double slope = (reference::wedge_loss(model.options(), model.geometry(), up) -
                          reference::wedge_loss(model.options(), model.geometry(), down)) /
                         (2 * h);
    worst = std::max(worst, std::abs(slope - gradient[j]));
  }
  return worst;
}

TEST(WedgeModel, GradientOfEveryVariantIsTheLimitOfDifferencesToSecondOrder) {
  int measured = 0;
  for (const WedgeOptions& options : every_variant()) {
    const WedgeModel model(options);
    const std::vector<float> point = random_point(model.dimension(), 11, 1.3);
    std::vector<float> gradient(point.size());
    const double loss = model.gradient(point, gradient);
    EXPECT_EQ(loss, model.evaluate(point).loss) << describe(options);
    const double fine = difference_error(model, point, gradient, 1e-4);
    EXPECT_LT(fine, 2e-6) << describe(options);
    // Where the loss is smooth and no quadratic, the error falls as the square of the step.
    if (options.cross_section == "box") continue;
    const double errors[] = {difference_error(model, point, gradient, 0.04),
                             difference_error(model, point, gradient, 0.02),
                             difference_error(model, point, gradient, 0.01)};
    if (errors[2] < 5e-6) continue;
    EXPECT_NEAR(std::log2(errors[0] / errors[1]), 2.0, 0.3) << describe(options);
    EXPECT_NEAR(std::log2(errors[1] / errors[2]), 2.0, 0.3) << describe(options);
    ++measured;
  }
  EXPECT_GT(measured, 20);
}

TEST(WedgeModel, HessianOfEveryVariantIsSymmetricAndTheLimitOfGradientDifferences) {
  for (const WedgeOptions& options : every_variant()) {
    const WedgeModel model(options);
    const std::vector<float> point = random_point(model.dimension(), 12, 1.3);
    const std::vector<float> v = random_point(model.dimension(), 13);
    const std::vector<float> w = random_point(model.dimension(), 14);
    std::vector<float> hv(point.size());
    std::vector<float> hw(point.size());
    const auto curvature = model.curvature_at(point);
    curvature->multiply(v, hv);
    curvature->multiply(w, hw);
    const double vhw = std::inner_product(v.begin(), v.end(), hw.begin(), 0.0);
    const double whv = std::inner_product(w.begin(), w.end(), hv.begin(), 0.0);
    EXPECT_NEAR(vhw, whv, 2e-5 * (1 + std::abs(vhw))) << describe(options);

    constexpr float kStep = 0x1p-9f;
    std::vector<float> up(point);
    std::vector<float> down(point);
    for (std::size_t j = 0; j < point.size(); ++j) {
      up[j] += kStep * v[j];
      down[j] -= kStep * v[j];
    }
    std::vector<float> gradient_up(point.size());
    std::vector<float> gradient_down(point.size());
    model.gradient(up, gradient_up);
    model.gradient(down, gradient_down);
    for (std::size_t j = 0; j < point.size(); ++j)
      EXPECT_NEAR((gradient_up[j] - gradient_down[j]) / (2 * kStep), hv[j], 1e-3 * (1 + std::abs(hv[j])))
          << describe(options) << " at " << j;
  }
}

TEST(WedgeModel, PlainHessianIsTheProjectionOntoTheShortDirectionsAlsoOnTheCore) {
  WedgeOptions options;
  options.dimension = 30;
  options.wedges = 1;
  options.short_directions = 4;
  for (const char* shape : {"ball", "box"}) {
    options.cross_section = shape;
    const WedgeModel model(options);
    const std::vector<float> v = random_point(30, 1);
    for (const double sigma : {0.0, 1.0}) {
      std::vector<float> product(30);
      model.curvature_at(random_point(30, 2, sigma))->multiply(v, product);
      for (std::int64_t j = 0; j < 30; ++j) {
        const auto axes = model.short_axes(0);
        const bool is_short = std::find(axes.begin(), axes.end(), j) != axes.end();
        EXPECT_FLOAT_EQ(product[static_cast<std::size_t>(j)], is_short ? v[static_cast<std::size_t>(j)] : 0)
            << shape;
      }
    }
  }
}

TEST(WedgeModel, HessianInsideAFlatCoreIsZero) {
  WedgeOptions options;
  options.half_width = 1;
  const WedgeModel model(options);
  const std::vector<float> origin(1000, 0.0f);
  std::vector<float> product(1000, 1.0f);
  model.curvature_at(origin)->multiply(random_point(1000, 1), product);
  EXPECT_EQ(product, origin);
}

TEST(WedgeModel, ManyPointsAreOneByOneBitForBitOnOneAndTwoThreads) {
  const int threads = thread_count();
  for (const WedgeOptions& options : every_variant()) {
    const WedgeModel model(options);
    constexpr std::size_t kPoints = 37;
    const std::vector<float> points = random_point(model.dimension() * static_cast<std::int64_t>(kPoints), 5);
    for (const int count : {1, 2}) {
      set_thread_count(count);
      const std::vector<Metrics> many = model.evaluate_many(points);
      ASSERT_EQ(many.size(), kPoints);
      for (std::size_t i = 0; i < kPoints; ++i)
        EXPECT_EQ(many[i].loss, model.evaluate(std::span(points).subspan(i * 23, 23)).loss)
            << describe(options);
    }
  }
  set_thread_count(threads);
}

TEST(WedgeModel, SlopesOfManyPointsAreGradientsAndNearestOneByOne) {
  for (const WedgeOptions& options : every_variant()) {
    const WedgeModel model(options);
    const std::vector<float> points = random_point(model.dimension() * 19, 6);
    const WedgeModel::Slopes slopes = model.slopes(points);
    std::vector<float> gradient(23);
    for (std::size_t i = 0; i < 19; ++i) {
      const auto point = std::span(points).subspan(i * 23, 23);
      EXPECT_EQ(model.gradient(point, gradient), slopes.losses[i]) << describe(options);
      EXPECT_TRUE(
          std::equal(gradient.begin(), gradient.end(), slopes.gradients.begin() + static_cast<long>(i * 23)));
      EXPECT_EQ(model.nearest(point), slopes.nearest[i]);
    }
  }
}

TEST(WedgeModel, NotANumberInOneWedgeIsPassedOn) {
  WedgeOptions options;
  const WedgeModel model(options);
  std::vector<float> points = random_point(std::int64_t{16} * 1000, 1);
  points[std::size_t{5} * 1000 + static_cast<std::size_t>(model.short_axes(7)[0])] = std::nanf("");
  const std::vector<Metrics> many = model.evaluate_many(points);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(std::isnan(many[i].loss), i == 5);
  EXPECT_TRUE(std::isnan(model.evaluate(std::span(points).subspan(5000, 1000)).loss));
}

TEST(WedgeModel, NotANumberIsPassedOn) {
  for (const WedgeOptions& options : every_variant()) {
    const WedgeModel model(options);
    const std::vector<float> point(static_cast<std::size_t>(model.dimension()), std::nanf(""));
    EXPECT_TRUE(std::isnan(model.evaluate(point).loss)) << describe(options);
    EXPECT_TRUE(std::isnan(model.evaluate_many(point).front().loss)) << describe(options);
  }
}

TEST(WedgeModel, RandomFramesAreOrthonormal) {
  WedgeOptions options;
  options.frames = "random";
  options.dimension = 60;
  options.wedges = 3;
  options.short_directions = 7;
  const WedgeModel model(options);
  for (std::int64_t k = 0; k < 3; ++k) {
    const auto rows = reference::dense_frame(model.geometry(), k);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t j = 0; j < rows.size(); ++j)
        EXPECT_NEAR(reference::dot(rows[i], rows[j]), i == j ? 1 : 0, 1e-6);
  }
}

TEST(WedgeModel, AxesAreDistinctAndUniform) {
  WedgeOptions options;
  options.dimension = 20;
  options.wedges = 4000;
  options.short_directions = 5;
  const WedgeModel model(options);
  std::vector<int> count(20);
  std::vector<int> first(20);
  for (std::int64_t k = 0; k < model.wedges(); ++k) {
    for (const std::int64_t a : model.short_axes(k)) ++count[static_cast<std::size_t>(a)];
    ++first[static_cast<std::size_t>(model.short_axes(k)[0])];
  }
  for (const int c : count) EXPECT_NEAR(c, 1000, 5 * std::sqrt(4000 * 0.25 * 0.75));
  for (const int c : first) EXPECT_NEAR(c, 200, 5 * std::sqrt(4000 * 0.05 * 0.95));
}

TEST(WedgeModel, GradientNoiseHasItsVarianceAndItsName) {
  WedgeOptions options;
  options.dimension = 100000;
  options.gradient_noise = 3;
  const WedgeModel model(options);
  const std::vector<float> point = random_point(options.dimension, 1);
  std::vector<float> exact(point.size());
  std::vector<float> noisy(point.size());
  std::vector<float> again(point.size());
  model.gradient(point, exact);
  model.batch_gradient(point, {.seed = 1, .index = 2, .size = 4}, noisy);
  model.batch_gradient(point, {.seed = 1, .index = 2, .size = 4}, again);
  EXPECT_EQ(noisy, again);
  model.batch_gradient(point, {.seed = 1, .index = 3, .size = 4}, again);
  double sum = 0;
  double square = 0;
  double correlation = 0;
  for (std::size_t j = 0; j < point.size(); ++j) {
    const double noise = static_cast<double>(noisy[j]) - exact[j];
    sum += noise;
    square += noise * noise;
    correlation += noise * (static_cast<double>(again[j]) - exact[j]);
  }
  const double count = static_cast<double>(point.size());
  const double variance = 9.0 / 4.0;
  EXPECT_NEAR(sum / count, 0, 5 * std::sqrt(variance / count));
  EXPECT_NEAR(square / count, variance, 5 * variance * std::sqrt(2 / count));
  EXPECT_NEAR(correlation / count, 0, 5 * variance / std::sqrt(count));
}

TEST(WedgeModel, ProjectionLandsOnEveryCoreAtTheLeastDistance) {
  for (const char* frames : {"axis", "random"}) {
    WedgeOptions options;
    options.frames = frames;
    options.dimension = 40;
    options.short_directions = 6;
    options.wedges = 5;
    if (options.frames == "random") options.centre_spread = 1;
    const WedgeModel model(options);
    const std::vector<float> point = random_point(40, 4);
    const std::vector<std::int64_t> wedges = {0, 2, 3};
    const std::vector<float> projected = model.project(point, wedges);
    const std::vector<double> distances = model.short_distances(projected);
    for (const std::int64_t k : wedges) EXPECT_LT(distances[static_cast<std::size_t>(k)], 1e-5) << frames;
    // Any other point of the intersection is further away: the step is normal to it.
    std::vector<float> other = model.project(random_point(40, 9), wedges);
    double along = 0;
    for (std::size_t j = 0; j < 40; ++j) along += (point[j] - projected[j]) * (other[j] - projected[j]);
    EXPECT_NEAR(along, 0, 1e-4) << frames;
    EXPECT_EQ(model.evaluate(projected).loss < 1e-9, true) << frames;
  }
}

TEST(WedgeModel, WedgesThatDoNotMeetAreAnError) {
  WedgeOptions options;
  options.dimension = 10;
  options.short_directions = 7;
  options.wedges = 2;
  options.centre_spread = 1;
  const std::vector<std::int64_t> both = {0, 1};
  EXPECT_THROW(WedgeModel(options).project(random_point(10, 1), both), Error);
  options.frames = "random";
  EXPECT_THROW(WedgeModel(options).project(random_point(10, 1), both), Error);
}

TEST(WedgeModel, UnionOfShortDirections) {
  WedgeOptions options;
  options.dimension = 20;
  options.short_directions = 8;
  options.wedges = 3;
  const std::vector<std::int64_t> all = {0, 1, 2};
  const WedgeModel axis(options);
  std::vector<bool> seen(20);
  for (std::int64_t k = 0; k < 3; ++k)
    for (const std::int64_t a : axis.short_axes(k)) seen[static_cast<std::size_t>(a)] = true;
  EXPECT_EQ(axis.union_of_short_directions(all), std::count(seen.begin(), seen.end(), true));
  options.frames = "random";
  const WedgeModel random(options);
  EXPECT_EQ(random.union_of_short_directions(std::span(all).first(1)), 8);
  EXPECT_EQ(random.union_of_short_directions(std::span(all).first(2)), 16);
  EXPECT_EQ(random.union_of_short_directions(all), 20);
}

TEST(WedgeModel, TenMillionDimensions) {
  WedgeOptions options;
  options.dimension = 10000000;
  options.wedges = 50;
  options.short_directions = 1000;
  options.centre_spread = 0.1;
  const WedgeModel model(options);
  const std::vector<float> point(10000000, 1.0f);
  std::vector<float> gradient(point.size());
  EXPECT_NEAR(model.gradient(point, gradient), 500, 50);
  EXPECT_EQ(std::count_if(gradient.begin(), gradient.end(), [](float g) { return g != 0; }), 1000);
}

TEST(WedgeOptions, RejectsWhatDoesNotFit) {
  const auto broken = [](auto change) {
    WedgeOptions options;
    change(options);
    EXPECT_THROW(options.validate("test"), Error);
  };
  broken([](WedgeOptions& o) { o.dimension = 0; });
  broken([](WedgeOptions& o) { o.short_directions = o.dimension + 1; });
  broken([](WedgeOptions& o) { o.stiffness = {1, 2}; });
  broken([](WedgeOptions& o) { o.stiffness = {0}; });
  broken([](WedgeOptions& o) { o.minimum = "soft"; });
  broken([](WedgeOptions& o) { o.temperature = 1; });
  broken([](WedgeOptions& o) { o.frames = "dense"; });
  broken([](WedgeOptions& o) { o.opening = INFINITY; });
  broken([](WedgeOptions& o) { o.half_width = NAN; });
}

TEST(WedgeOptions, StiffnessSpreadIsLogarithmic) {
  WedgeOptions options;
  options.short_directions = 3;
  options.stiffness = {2};
  options.stiffness_spread = 100;
  const std::vector<double> values = options.stiffness_values();
  ASSERT_EQ(values.size(), 3u);
  EXPECT_DOUBLE_EQ(values[0], 2);
  EXPECT_DOUBLE_EQ(values[1], 0.2);
  EXPECT_DOUBLE_EQ(values[2], 0.02);
}

}  // namespace
}  // namespace nwedge::wedge
