#include "nwedge/callback_landscape.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/vectors.hpp"
#include "tests/support/threads.hpp"

namespace nwedge {
namespace {

/// L(theta) = sum_i (i + 1) theta_i^2 / 2 + theta_0^4.
Callbacks bowl(std::int64_t dimension) {
  Callbacks callbacks;
  callbacks.dimension = dimension;
  callbacks.initial = [dimension](std::uint64_t seed) {
    return std::vector<float>(static_cast<std::size_t>(dimension), static_cast<float>(seed) + 1);
  };
  callbacks.gradient = [](std::span<const float> point, std::span<float> gradient, Split) {
    double loss = std::pow(point[0], 4);
    for (std::size_t i = 0; i < point.size(); ++i) {
      const double stiffness = static_cast<double>(i) + 1;
      loss += 0.5 * stiffness * point[i] * point[i];
      gradient[i] = static_cast<float>(stiffness * point[i]);
    }
    gradient[0] += static_cast<float>(4 * std::pow(point[0], 3));
    return loss;
  };
  return callbacks;
}

TEST(CallbackLandscape, ComputesLossesFromGradientsWhereThereIsNothingElse) {
  const CallbackLandscape landscape(bowl(3));
  EXPECT_EQ(landscape.initial_point(1), std::vector<float>(3, 2.0f));
  EXPECT_DOUBLE_EQ(landscape.evaluate(landscape.initial_point(0)).loss, 1 + 0.5 * (1 + 2 + 3));
  EXPECT_TRUE(std::isnan(landscape.evaluate(landscape.initial_point(0)).accuracy));
  EXPECT_FALSE(landscape.has_accuracy());
  EXPECT_FALSE(landscape.exact_curvature());
  const std::vector<float> points = {1, 1, 1, 0, 0, 0};
  const std::vector<Metrics> metrics = landscape.evaluate_many(points);
  ASSERT_EQ(metrics.size(), 2u);
  EXPECT_DOUBLE_EQ(metrics[0].loss, 4);
  EXPECT_DOUBLE_EQ(metrics[1].loss, 0);
}

TEST(CallbackLandscape, ApproximatesHessianProductsByCentralDifferences) {
  const CallbackLandscape landscape(bowl(4));
  const std::vector<float> point = {0.5f, 1, -1, 2};
  const std::vector<float> vector = {3, 0, -2, 1};
  std::vector<float> product(4);
  landscape.curvature_at(point)->multiply(vector, product);
  const std::vector<float> expected = {3 * (1 + 12 * 0.25f), 0, -6, 4};
  EXPECT_LT(distance(product, expected), 1e-3 * norm(expected));
  landscape.curvature_at(point)->multiply(std::vector<float>(4), product);
  EXPECT_EQ(product, std::vector<float>(4));
}

TEST(CallbackLandscape, CallsOneFunctionAtATime) {
  const test::WithThreads threads(4);
  std::atomic<int> inside = 0;
  std::atomic<bool> together = false;
  Callbacks callbacks = bowl(2);
  callbacks.gradient = [&](std::span<const float>, std::span<float>, Split) {
    if (++inside > 1) together = true;
    std::this_thread::yield();
    --inside;
    return 0.0;
  };
  const CallbackLandscape landscape(callbacks);
  parallel_for(200, [&](std::int64_t) {
    std::vector<float> gradient(2);
    landscape.gradient(std::vector<float>(2), gradient);
  });
  EXPECT_FALSE(together);
}

TEST(CallbackLandscape, LetsAFunctionCallItsOwnLandscape) {
  const CallbackLandscape* self = nullptr;
  Callbacks callbacks = bowl(2);
  callbacks.evaluate = [&](std::span<const float> points, Split split) {
    std::vector<float> gradient(2);
    return std::vector<Metrics>(points.size() / 2, {self->gradient(points.first(2), gradient, split)});
  };
  const CallbackLandscape landscape(callbacks);
  self = &landscape;
  EXPECT_DOUBLE_EQ(landscape.evaluate(std::vector<float>{1, 1}).loss, 2.5);
}

TEST(CallbackLandscape, NamesMinibatchesByIndicesThatVisitEveryExampleOnce) {
  std::multiset<std::int64_t> seen;
  Callbacks callbacks = bowl(2);
  callbacks.train_examples = 10;
  callbacks.batch_gradient = [&](std::span<const float>, std::span<const std::int64_t> indices,
                                 std::span<float>) {
    seen.insert(indices.begin(), indices.end());
    return 1.0;
  };
  const CallbackLandscape landscape(callbacks);
  std::vector<float> gradient(2);
  for (std::int64_t step = 0; step < 5; ++step)
    EXPECT_EQ(landscape.batch_gradient(std::vector<float>(2), {7, step, 4}, gradient), 1.0);
  ASSERT_EQ(seen.size(), 20u);
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(seen.count(i), 2u) << i;
}

TEST(CallbackLandscape, PassesOnWhatAFunctionThrowsAndANan) {
  Callbacks callbacks = bowl(2);
  callbacks.gradient = [](std::span<const float> point, std::span<float>, Split) -> double {
    if (point[0] > 0) throw std::out_of_range("of the function");
    return std::nan("");
  };
  const CallbackLandscape landscape(callbacks);
  EXPECT_THROW((void)landscape.evaluate(std::vector<float>{1, 0}), std::out_of_range);
  EXPECT_TRUE(std::isnan(landscape.evaluate(std::vector<float>{0, 0}).loss));
}

TEST(CallbackLandscape, RefusesFunctionsThatDoNotFitTogether) {
  const auto refusal = [](const std::function<void(Callbacks&)>& change) -> std::string {
    Callbacks callbacks = bowl(4);
    change(callbacks);
    try {
      const CallbackLandscape landscape(callbacks);
      (void)landscape.evaluate(landscape.initial_point(0));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal([](Callbacks&) {}), "");
  EXPECT_NE(refusal([](Callbacks& c) { c.gradient = {}; }).find("must be set"), std::string::npos);
  EXPECT_NE(refusal([](Callbacks& c) { c.accuracy = true; }).find("evaluate"), std::string::npos);
  EXPECT_NE(refusal([](Callbacks& c) { c.train_examples = -1; }).find("are -1 and 0"), std::string::npos);
  EXPECT_NE(refusal([](Callbacks& c) {
              c.batch_gradient = [](auto, auto, auto) { return 0.0; };
            }).find("number of training examples"),
            std::string::npos);
  EXPECT_NE(refusal([](Callbacks& c) {
              c.initial = [](std::uint64_t) { return std::vector<float>(3); };
            }).find("must have 4 entries, has 3"),
            std::string::npos);
  EXPECT_NE(refusal([](Callbacks& c) {
              c.evaluate = [](auto, Split) { return std::vector<Metrics>(2); };
            }).find("1 points must have as many losses, have 2"),
            std::string::npos);
  EXPECT_NE(refusal([](Callbacks& c) { c.groups = {{0, 3}}; }).find("entry 3 is in none"), std::string::npos);
  EXPECT_NE(refusal([](Callbacks& c) {
              c.groups = {{0, 4}, {2, 1}};
            }).find("entry 2 is in two"),
            std::string::npos);
  EXPECT_NE(refusal([](Callbacks& c) { c.groups = {{0, 5}}; }).find("must lie in [0, 4)"), std::string::npos);
}

}  // namespace
}  // namespace nwedge
