// What holds for every operator: its outputs and derivatives are those of plain loops in double precision,
// whatever the plan, the memory before, the lanes and the threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "nwedge/core/random.hpp"
#include "nwedge/network/alignment/unit_groups.hpp"
#include "nwedge/network/engine/engine.hpp"
#include "nwedge/network/losses/cross_entropy.hpp"
#include "nwedge/network/operators/table.hpp"
#include "tests/laws/operator_cases.hpp"
#include "tests/laws/order_of_error.hpp"
#include "tests/reference/network.hpp"
#include "tests/support/threads.hpp"

namespace nwedge::test {
namespace {

using namespace network;

std::vector<double> widen(std::span<const float> values) { return {values.begin(), values.end()}; }

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
double norm(const std::vector<double>& a) { return std::sqrt(dot(a, a)); }
double dot(const std::vector<float>& a, const std::vector<float>& b) { return dot(widen(a), widen(b)); }
double norm(const std::vector<float>& a) { return norm(widen(a)); }

std::vector<double> moved(std::vector<double> at, double h, const std::vector<double>& direction) {
  for (std::size_t i = 0; i < at.size(); ++i) at[i] += h * direction[i];
  return at;
}

/// Every entry is the expected one to within `share` of the largest.
void expect_close(const std::vector<float>& found, const std::vector<double>& expected, double share) {
  ASSERT_EQ(found.size(), expected.size());
  double largest = 1e-3;
  for (const double e : expected) largest = std::max(largest, std::abs(e));
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], share * largest) << "entry " << i;
}

class OperatorLaw : public testing::TestWithParam<OperatorCase> {
 protected:
  OperatorLaw()
      : setting_(GetParam()),
        reference_(*setting_.graph, setting_.data, widen(setting_.buffers)),
        weights_(widen(setting_.weights)),
        loss_(std::make_shared<const CrossEntropy>(setting_.graph->outputs(), 0)) {}

  std::shared_ptr<const Plan> plan(Purpose purpose) const {
    return std::make_shared<const Plan>(setting_.graph, purpose);
  }
  Point point() const { return {setting_.weights.data(), setting_.buffers.data()}; }
  void load(Pass& pass) const { pass.load(setting_.data, setting_.indices); }

  /// [example, output] after a forward pass.
  std::vector<float> outputs(const Pass& pass) const {
    const std::int64_t size = setting_.graph->outputs();
    std::vector<float> lanes(static_cast<std::size_t>(pass.groups() * size * kLanes));
    pass.copy_outputs(lanes.data());
    std::vector<float> rows;
    for (std::int64_t n = 0; n < OperatorSetting::kExamples; ++n)
      for (std::int64_t c = 0; c < size; ++c) rows.push_back(lanes[static_cast<std::size_t>(c * kLanes + n)]);
    return rows;
  }
  /// The gradient of the mean loss, by a pass over what is loaded.
  std::vector<float> gradient(Pass& pass, const Plan& plan) const {
    pass.forward(point());
    pass.start_backward(*loss_, 1.0 / OperatorSetting::kExamples);
    std::vector<float> gradient(setting_.weights.size(), plan.shared_weights ? 0.0f : 17.0f);
    pass.backward(point(), gradient.data(), plan.shared_weights);
    return gradient;
  }
  std::vector<float> gradient() const {
    const auto plan = this->plan(Purpose::gradient);
    Pass pass(plan);
    load(pass);
    return gradient(pass, *plan);
  }
  std::vector<float> product(const std::vector<float>& vector, CurvatureMatrix matrix) const {
    const auto plan = this->plan(Purpose::curvature);
    Pass pass(plan);
    load(pass);
    gradient(pass, *plan);
    TangentPass tangent(plan);
    std::vector<float> product;
    for (int again = 0; again < 2; ++again) {  // the second time in memory that has been used
      product.assign(vector.size(), plan->shared_weights ? 0.0f : 17.0f);
      tangent.multiply(pass, point(), *loss_, vector.data(), 1.0 / OperatorSetting::kExamples, matrix,
                       product.data(), plan->shared_weights);
    }
    return product;
  }

  OperatorSetting setting_;
  reference::Network reference_;
  std::vector<double> weights_;
  std::shared_ptr<const Loss> loss_;
};

TEST_P(OperatorLaw, OutputsAreThoseOfPlainLoops) {
  Pass pass(plan(Purpose::evaluation));
  load(pass);
  pass.forward(point());
  expect_close(outputs(pass), reference_.outputs(weights_), 5e-6);
  const double loss = reference_.loss(weights_);
  EXPECT_NEAR(pass.tally(*loss_).loss / OperatorSetting::kExamples, loss, 2e-6 * (1 + loss));
}

TEST_P(OperatorLaw, PermutedUnitsChangeNothing) {
  const UnitGroups groups(*setting_.graph);
  Pass pass(plan(Purpose::evaluation));
  load(pass);
  pass.forward(point());
  const std::vector<double> before = widen(outputs(pass));
  for (std::uint64_t draw = 0; draw < 5 && groups.units() > 0; ++draw) {
    RandomStream stream(draw, "permutation");
    const Arrangement arrangement = groups.random(stream);
    const std::vector<float> weights = groups.arranged_weights(arrangement, setting_.weights);
    const std::vector<float> buffers = groups.arranged_buffers(arrangement, setting_.buffers);
    pass.forward({weights.data(), buffers.data()});
    expect_close(outputs(pass), before, 5e-6);
  }
}

TEST_P(OperatorLaw, PlansAgreeBitForBit) {
  std::vector<std::vector<float>> all;
  for (const Purpose purpose : {Purpose::evaluation, Purpose::gradient, Purpose::curvature}) {
    const auto plan = this->plan(purpose);
    Pass pass(plan);
    load(pass);
    for (int again = 0; again < 2; ++again) {  // the second time in memory that has been used
      pass.forward(point());
      all.push_back(outputs(pass));
      if (purpose != Purpose::evaluation) gradient(pass, *plan);
    }
  }
  for (const std::vector<float>& one : all) EXPECT_EQ(one, all.front());
}

TEST_P(OperatorLaw, GradientIsThatOfPlainLoops) {
  expect_close(gradient(), reference_.gradient(weights_), 1e-5);
}

TEST_P(OperatorLaw, GradientIsTheLimitOfCentralDifferences) {
  const std::vector<double> g = widen(gradient());
  const std::vector<double> v = widen(setting_.direction);
  std::vector<StepError> sweep;
  for (double h = 0.125 / norm(v); h > 1e-5; h /= 2) {
    const double high = reference_.loss(moved(weights_, h, v));
    const double low = reference_.loss(moved(weights_, -h, v));
    sweep.push_back({h, std::abs((high - low) / (2 * h) - dot(g, v)), 1e-6 * norm(g) * norm(v) + 1e-12 / h});
  }
  if (GetParam().kinked)
    EXPECT_EQ(best_step_complaint(sweep, 1e-3, norm(g) * norm(v)), "");
  else
    EXPECT_EQ(second_order_complaint(sweep), "");
}

TEST_P(OperatorLaw, HessianProductIsThatOfPlainLoops) {
  const std::vector<float> found = product(setting_.direction, CurvatureMatrix::hessian);
  expect_close(found, reference_.hessian_product(weights_, widen(setting_.direction)), 3e-5);
  const std::vector<float> back = product(setting_.other, CurvatureMatrix::hessian);
  EXPECT_NEAR(dot(found, setting_.other), dot(back, setting_.direction),
              1e-5 * (norm(found) * norm(setting_.other) + norm(back) * norm(setting_.direction)) + 1e-6);
}

TEST_P(OperatorLaw, HessianProductIsTheLimitOfDifferencesOfGradients) {
  if (GetParam().kinked) GTEST_SKIP() << "slopes jump at kinks";
  const std::vector<double> v = widen(setting_.direction);
  const std::vector<double> product = widen(this->product(setting_.direction, CurvatureMatrix::hessian));
  std::vector<StepError> sweep;
  for (double h = 0.125 / norm(v); h > 1e-4; h /= 2) {
    const std::vector<double> high = reference_.gradient(moved(weights_, h, v));
    const std::vector<double> low = reference_.gradient(moved(weights_, -h, v));
    double square = 0;
    for (std::size_t i = 0; i < v.size(); ++i)
      square += std::pow((high[i] - low[i]) / (2 * h) - product[i], 2);
    sweep.push_back({h, std::sqrt(square), 3e-6 * (norm(product) + norm(high) * norm(v)) + 1e-12 / h});
  }
  EXPECT_EQ(second_order_complaint(sweep), "");
}

TEST_P(OperatorLaw, GaussNewtonProductIsThatOfPlainLoops) {
  const std::vector<float> found = product(setting_.direction, CurvatureMatrix::gauss_newton);
  expect_close(found, reference_.gauss_newton_product(weights_, widen(setting_.direction)), 1e-4);
  EXPECT_GE(dot(found, setting_.direction), -1e-6 * norm(found) * norm(setting_.direction));
}

TEST_P(OperatorLaw, LanesWithoutExamplesDoNotMatter) {
  // The same examples in a pass that was full of others, no numbers, before.
  const auto plan = this->plan(Purpose::gradient);
  Pass pass(plan);
  Examples wild;
  wild.images.assign(static_cast<std::size_t>(plan->examples * size_of(setting_.graph->input_shape())),
                     std::numeric_limits<float>::quiet_NaN());
  wild.labels.assign(static_cast<std::size_t>(plan->examples), 0);
  std::vector<std::int64_t> all(wild.labels.size());
  std::iota(all.begin(), all.end(), 0);
  pass.load(wild, all);
  gradient(pass, *plan);
  load(pass);
  EXPECT_EQ(gradient(pass, *plan), gradient());
}

TEST_P(OperatorLaw, TheSameBitsOnOneAndTwoThreads) {
  Engine engine(setting_.graph, loss_, loss_);
  const std::int64_t count = 20 * engine.plan().examples + 3;
  const auto everything = [&](int threads) {
    const WithThreads guard(threads);
    std::vector<float> sum(setting_.weights.size());
    engine.sum(sum, count, [&](std::int64_t m, float* part, bool add) {
      const Pool<Pass>::Lease pass(engine.curvatures());
      engine.load(*pass, setting_.data, m, count,
                  [](std::int64_t k) { return k % OperatorSetting::kExamples; });
      pass->forward(point());
      pass->start_backward(*loss_, 1.0 / static_cast<double>(count));
      pass->backward(point(), part, add);
      const Pool<TangentPass>::Lease tangent(engine.tangents());
      tangent->multiply(*pass, point(), *loss_, setting_.direction.data(), 1.0 / static_cast<double>(count),
                        CurvatureMatrix::hessian, part, true);
    });
    return sum;
  };
  EXPECT_EQ(everything(1), everything(2));
}

std::string case_name(const testing::TestParamInfo<OperatorCase>& info) {
  std::string name = std::to_string(info.index) + "_";
  for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, OperatorLaw, testing::ValuesIn(operator_cases()), case_name);

TEST(OperatorTable, EveryOperatorIsHeldToTheLaws) {
  std::set<std::string> covered;
  for (const OperatorCase& one : operator_cases()) {
    const OperatorSetting setting(one);
    for (const Node& node : setting.graph->nodes) covered.insert(node.op);
  }
  for (const std::string_view name : operator_names())
    EXPECT_TRUE(covered.contains(std::string(name))) << name;
}

}  // namespace
}  // namespace nwedge::test
