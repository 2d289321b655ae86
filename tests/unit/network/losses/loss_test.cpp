#include "nwedge/network/losses/loss.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>

#include "nwedge/network/losses/binary_cross_entropy.hpp"
#include "nwedge/network/losses/cross_entropy.hpp"
#include "nwedge/network/losses/mean_squared.hpp"
#include "tests/unit/network/losses/loss_problem.hpp"

namespace nwedge::network {
namespace {

using namespace test;

/// A loss, a problem for it, and the formula in double.
struct Case {
  std::string name;
  std::shared_ptr<const Loss> loss;
  LossProblem problem;
  bool labelled = true;
  NaiveLoss naive;
  bool quadratic = false;

  Targets targets() const { return labelled ? problem.labelled() : problem.valued(); }
};

std::ostream& operator<<(std::ostream& out, const Case& instance) { return out << instance.name; }

Case cross_entropy_case(const std::string& name, std::int64_t classes, std::int64_t examples, double s) {
  const LossProblem problem = random_problem(classes, examples, classes);
  const auto naive = [labels = problem.labels, s](const std::vector<double>& z, std::int64_t n) {
    double power = 0;
    for (const double x : z) power += std::exp(x);
    double loss = 0;
    for (std::size_t c = 0; c < z.size(); ++c) {
      const bool own = static_cast<std::int32_t>(c) == labels[static_cast<std::size_t>(n)];
      const double q = (own ? 1 - s : 0) + s / static_cast<double>(z.size());
      loss -= q * std::log(std::exp(z[c]) / power);
    }
    return loss;
  };
  return {name, std::make_shared<CrossEntropy>(classes, s), problem, true, naive};
}

Case mean_squared_case(const std::string& name, std::int64_t outputs, std::int64_t examples) {
  const LossProblem problem = random_problem(outputs, examples, 2);
  const auto naive = [problem](const std::vector<double>& z, std::int64_t n) {
    double sum = 0;
    for (std::size_t k = 0; k < z.size(); ++k)
      sum += std::pow(z[k] - problem.value(n, static_cast<std::int64_t>(k)), 2);
    return sum / static_cast<double>(z.size());
  };
  return {name, std::make_shared<MeanSquared>(outputs), problem, false, naive, true};
}

Case binary_case(const std::string& name, std::int64_t outputs, std::int64_t examples, bool labelled) {
  const LossProblem problem = random_problem(outputs, examples, 2);
  const auto naive = [problem, labelled](const std::vector<double>& z, std::int64_t n) {
    double sum = 0;
    for (std::size_t k = 0; k < z.size(); ++k) {
      const double t = labelled ? static_cast<double>(problem.labels[static_cast<std::size_t>(n)])
                                : problem.value(n, static_cast<std::int64_t>(k));
      const double p = 1 / (1 + std::exp(-z[k]));
      sum -= t * std::log(p) + (1 - t) * std::log1p(-p);
    }
    return sum / static_cast<double>(z.size());
  };
  return {name, std::make_shared<BinaryCrossEntropy>(outputs), problem, labelled, naive};
}

std::vector<Case> all_cases() {
  return {cross_entropy_case("CrossEntropy", 10, 37, 0),
          cross_entropy_case("CrossEntropyOfTwoClasses", 2, 16, 0),
          cross_entropy_case("SmoothedCrossEntropy", 10, 37, 0.1),
          cross_entropy_case("WhollySmoothedCrossEntropy", 3, 5, 1),
          mean_squared_case("MeanSquared", 5, 37),
          mean_squared_case("MeanSquaredOfOneNumber", 1, 16),
          binary_case("BinaryCrossEntropy", 5, 37, false),
          binary_case("BinaryCrossEntropyOfOneNumber", 1, 19, false),
          binary_case("BinaryCrossEntropyOfLabels", 1, 37, true)};
}

class LossLaw : public ::testing::TestWithParam<Case> {
 protected:
  const Loss& loss() const { return *GetParam().loss; }
  const LossProblem& problem() const { return GetParam().problem; }
  Targets targets() const { return GetParam().targets(); }
};

constexpr double kScale = 0.25;

TEST_P(LossLaw, IsTheSumOfTheFormula) {
  double sum = 0;
  for (std::int64_t n = 0; n < problem().examples; ++n) sum += GetParam().naive(problem().column(n), n);
  const Tally tally = loss().tally(problem().z.data(), problem().stride, targets());
  EXPECT_NEAR(tally.loss, sum, 1e-6 * sum);
  const Derivatives found = derivatives(loss(), problem(), targets(), kScale);
  EXPECT_EQ(found.tally.loss, tally.loss);
  EXPECT_EQ(found.tally.correct, tally.correct);
}

/// Central differences are wrong by O(h^2), and by rounding alone where the loss is quadratic.
TEST_P(LossLaw, SlopesAreTheDerivativesOfTheFormula) {
  const std::vector<float> slopes = derivatives(loss(), problem(), targets(), kScale).slopes;
  const auto error = [&](double h) { return slope_error(GetParam().naive, problem(), slopes, kScale, h); };
  EXPECT_LT(error(1e-4), 5e-7);  // floats near 1
  if (GetParam().quadratic) {
    EXPECT_LT(error(0.5), 5e-7);
    return;
  }
  for (const double h : {0.4, 0.2, 0.1}) EXPECT_NEAR(std::log2(error(h) / error(h / 2)), 2, 0.1) << h;
}

TEST_P(LossLaw, TangentsAreTheDerivativesOfTheSlopes) {
  const std::vector<float> tangent = derivatives(loss(), problem(), targets(), kScale).tangent;
  const auto error = [&](double h) {
    return tangent_error(loss(), problem(), targets(), tangent, kScale, h);
  };
  if (GetParam().quadratic) {
    EXPECT_LT(error(0.5), 1e-6);
    return;
  }
  EXPECT_LT(error(0.005), 3e-5);  // the slopes are rounded, then divided by h
  for (const double h : {0.2, 0.1}) EXPECT_NEAR(std::log2(error(h) / error(h / 2)), 2, 0.15) << h;
}

TEST_P(LossLaw, SlopesAndTangentsGrowWithTheScale) {
  const Derivatives one = derivatives(loss(), problem(), targets(), 1);
  const Derivatives eight = derivatives(loss(), problem(), targets(), 8);
  for (std::int64_t n = 0; n < problem().examples; ++n)
    for (std::int64_t k = 0; k < problem().outputs; ++k) {
      const std::size_t i = problem().at(k, n);
      EXPECT_EQ(8 * one.slopes[i], eight.slopes[i]);
      EXPECT_NEAR(8 * one.tangent[i], eight.tangent[i], 1e-6);
    }
}

TEST_P(LossLaw, LanesWithoutAnExampleAreZeroAndCountForNothing) {
  const Derivatives found = derivatives(loss(), problem(), targets(), kScale);
  EXPECT_TRUE(std::isfinite(found.tally.loss));  // they hold NaN
  EXPECT_TRUE(dead_lanes_are_zero(problem(), found.slopes));
  EXPECT_TRUE(dead_lanes_are_zero(problem(), found.tangent));
}

TEST_P(LossLaw, ANaNOutputIsSeenInItsExampleAlone) {
  LossProblem changed = problem();
  changed.z[changed.at(changed.outputs - 1, 3)] = std::nanf("");
  const Case& instance = GetParam();
  const Targets same = instance.labelled ? changed.labelled() : changed.valued();
  const Derivatives before = derivatives(loss(), problem(), targets(), kScale);
  const Derivatives found = derivatives(loss(), changed, same, kScale);
  EXPECT_TRUE(std::isnan(found.tally.loss));
  EXPECT_TRUE(std::isnan(loss().tally(changed.z.data(), changed.stride, same).loss));
  EXPECT_TRUE(std::isnan(found.slopes[changed.at(changed.outputs - 1, 3)]));
  for (std::int64_t n = 0; n < changed.examples; ++n) {
    if (n == 3) continue;
    for (std::int64_t k = 0; k < changed.outputs; ++k)
      EXPECT_EQ(found.slopes[changed.at(k, n)], before.slopes[changed.at(k, n)]);
  }
}

TEST_P(LossLaw, FewerExamplesAreTheFirstOnes) {
  Targets first = targets();
  first.examples = 2;
  const double two = loss().tally(problem().z.data(), problem().stride, first).loss;
  EXPECT_NEAR(two, GetParam().naive(problem().column(0), 0) + GetParam().naive(problem().column(1), 1), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(All, LossLaw, testing::ValuesIn(all_cases()),
                         [](const auto& instance) { return instance.param.name; });

/// z[k] for one example, and its slopes and second derivative along the first axis.
Derivatives at_point(const Loss& loss, const std::vector<float>& z, const Targets& targets) {
  LossProblem problem{loss.outputs(), 1, 16, {}, {}, {}, {}};
  problem.z.assign(static_cast<std::size_t>(loss.outputs() * 16), 0);
  problem.direction = problem.z;
  for (std::size_t k = 0; k < z.size(); ++k) problem.z[k * 16] = z[k];
  problem.direction[0] = 1;
  return derivatives(loss, problem, targets, 1);
}

// torch.nn.CrossEntropyLoss(label_smoothing=s), MSELoss and BCEWithLogitsLoss (torch 2), in double.
TEST(Losses, AreThoseOfPyTorch) {
  const std::int32_t label = 1;
  const Targets labelled{&label, nullptr, 1};
  const float t[] = {0.25f, 1, 0};
  const Targets valued{nullptr, t, 1};
  const auto expect = [](const Loss& loss, const Targets& targets, double value,
                         const std::vector<double>& slopes, const std::vector<double>& first_bend) {
    const Derivatives found = at_point(loss, {0.5f, -1.25f, 2}, targets);
    EXPECT_NEAR(found.tally.loss, value, 2e-7 * value);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(found.slopes[k * 16], slopes[k], 2e-7);
      EXPECT_NEAR(found.tangent[k * 16], first_bend[k], 1e-7);
    }
  };
  expect(CrossEntropy(3, 0), labelled, 3.4826219831, {0.1768201821, -0.9692732597, 0.7924530776},
         {0.1455548053, -0.0054331078, -0.1401216975});
  expect(CrossEntropy(3, 0.1), labelled, 3.3159553164, {0.1434868488, -0.9026065930, 0.7591197442},
         {0.1455548053, -0.0054331078, -0.1401216975});
  expect(MeanSquared(3), valued, 3.0416666667, {0.1666666667, -1.5, 1.3333333333}, {0.6666666667, 0, 0});
  expect(BinaryCrossEntropy(3), valued, 1.4926446922, {0.1241531104, -0.2590999537, 0.2935990260},
         {0.0783345707, 0, 0});
}

/// Far out, where 1 - p rounds to 0, digits are kept: exp(-30) is 9.3576e-14.
TEST(Losses, KeepDigitsWhereAnExampleIsAlmostCertain) {
  const std::int32_t one = 1;
  const Derivatives binary = at_point(BinaryCrossEntropy(1), {30}, {&one, nullptr, 1});
  EXPECT_NEAR(binary.tally.loss, 9.3576229688e-14, 1e-19);
  EXPECT_NEAR(binary.slopes[0], -9.3576229688e-14, 1e-19);
  EXPECT_NEAR(binary.tangent[0], 9.3576229688e-14, 1e-19);
  const Derivatives smoothed = at_point(CrossEntropy(2, 0.5), {-30, 0}, {&one, nullptr, 1});
  EXPECT_NEAR(smoothed.tangent[0], 9.3576229688e-14, 1e-19);
}

TEST(Losses, LargeOutputsStayFinite) {
  const std::int32_t zero = 0;
  const Derivatives binary = at_point(BinaryCrossEntropy(1), {1e30f}, {&zero, nullptr, 1});
  EXPECT_FLOAT_EQ(static_cast<float>(binary.tally.loss), 1e30f);
  EXPECT_EQ(binary.slopes[0], 1);
  EXPECT_EQ(binary.tangent[0], 0);
  const float t = -1e30f;
  const Derivatives squared = at_point(MeanSquared(1), {1e30f}, {nullptr, &t, 1});
  EXPECT_NEAR(squared.tally.loss / 4e60, 1, 1e-6);
}

TEST(CrossEntropy, WithoutSmoothingIsTheFunctionsBitForBit) {
  const LossProblem problem = random_problem(10, 37, 10);
  const Derivatives found = derivatives(CrossEntropy(10, 0), problem, problem.labelled(), 0.1);
  std::vector<float> slopes = problem.z;
  std::vector<float> tangent = problem.direction;
  const Tally tally = cross_entropy_slope(slopes.data(), problem.stride, 10, problem.labels.data(), 37, 0.1);
  cross_entropy_tangent(slopes.data(), tangent.data(), problem.stride, 10, problem.labels.data(), 37, 0.1);
  EXPECT_EQ(found.tally.loss, tally.loss);
  for (std::int64_t n = 0; n < 37; ++n)
    for (std::int64_t c = 0; c < 10; ++c) {
      EXPECT_EQ(found.slopes[problem.at(c, n)], slopes[problem.at(c, n)]);
      EXPECT_EQ(found.tangent[problem.at(c, n)], tangent[problem.at(c, n)]);
    }
}

TEST(CrossEntropy, SmoothingLeavesTheAccuracyAsItIs) {
  const LossProblem problem = random_problem(4, 50, 4);
  const auto correct = [&](double s) {
    return CrossEntropy(4, s).tally(problem.z.data(), problem.stride, problem.labelled()).correct;
  };
  EXPECT_EQ(correct(0), correct(0.3));
  EXPECT_GT(correct(0), 0);
  EXPECT_LT(correct(0), 50);
}

TEST(BinaryCrossEntropy, CountsWhatIsOnTheRightSide) {
  LossProblem problem = random_problem(1, 6, 2);
  const std::vector<float> z = {1, -1, 2, -2, 0, std::nanf("")};
  for (std::size_t n = 0; n < 6; ++n) problem.z[n] = z[n];
  problem.labels = {1, 1, 0, 0, 0, 0};  // right: 0, 3, 4
  const BinaryCrossEntropy loss(1);
  EXPECT_TRUE(loss.has_accuracy());
  EXPECT_EQ(loss.tally(problem.z.data(), problem.stride, problem.labelled()).correct, 3);
  problem.values = {0.9f, 0.6f, 0.5f, 0.2f, 0.4f, 0.1f};  // right: 0, 3, 4
  EXPECT_EQ(loss.tally(problem.z.data(), problem.stride, problem.valued()).correct, 3);
  EXPECT_FALSE(BinaryCrossEntropy(2).has_accuracy());
  EXPECT_FALSE(MeanSquared(1).has_accuracy());
}

}  // namespace
}  // namespace nwedge::network
