#include "nwedge/experiment/hyper_parameters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment {
namespace {

wedge::WedgeOptions options() {
  wedge::WedgeOptions o;
  o.dimension = 300;
  o.short_directions = 30;
  o.wedges = 4;
  return o;
}

optimize::Options training() {
  optimize::Options t;
  t.momentum = 0;
  t.learning_rate = 0.5;
  t.schedule = "constant";
  t.steps = 50;
  t.batch_size = 1;
  return t;
}

HyperParameters small() {
  HyperParameters experiment;
  experiment.directions = 1;
  return experiment;
}

HyperParametersResult run_on(const HyperParameters& experiment, const Input& input) {
  Monitor monitor;
  return from_record<HyperParametersResult>(experiment.run(input, monitor).result, "test");
}

TEST(HyperParameters, WeightDecayPullsTowardsTheOriginOnTheModel) {
  // In the long directions a step is theta <- (1 - eta decay) theta, so the norm falls by (1 - eta decay)^50,
  // and the same width is seen under a wider angle.
  const wedge::WedgeModel model(options());
  HyperParameters experiment = small();
  experiment.weight_decays = {0.0, 0.01, 0.02};
  const HyperParametersResult result = run_on(experiment, {model, training(), {}, 1, {}});
  ASSERT_EQ(result.runs.size(), 9u);
  for (std::size_t seed = 0; seed < 3; ++seed)
    EXPECT_NEAR(result.runs[6 + seed].norm / result.runs[seed].norm, std::pow(1 - 0.5 * 0.02, 50), 1e-3);
  const FactorTrends& trends = result.trends.at("weight-decay");
  EXPECT_DOUBLE_EQ(trends.norm.within.value, -1);
  EXPECT_DOUBLE_EQ(trends.half_angle.at("origin").at("loss").within.value, 1);
  EXPECT_DOUBLE_EQ(trends.half_angle.at("origin").at("loss").p_value, 2.0 / 216);
  EXPECT_EQ(trends.half_angle.at("origin").at("loss").exchanged, "within seeds");
  EXPECT_TRUE(trends.matched);
}

TEST(HyperParameters, WithoutAFactorLearningRateAndDecayAreVaried) {
  const wedge::WedgeModel model(options());
  HyperParameters experiment = small();
  experiment.seeds = 1;
  experiment.validate("test");
  const HyperParametersResult result = run_on(experiment, {model, training(), {}, 1, {}});
  ASSERT_EQ(result.runs.size(), 6u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(result.runs[i].factor, "learning-rate");
    EXPECT_DOUBLE_EQ(result.runs[i].level,
                     training().learning_rate * std::pow(2.0, static_cast<double>(i) - 1));
  }
  EXPECT_EQ(result.runs[5].factor, "weight-decay");
}

TEST(HyperParameters, AnOptimumOfTheLandscapesOwnTrainingServesAgain) {
  const wedge::WedgeModel model(options());
  HyperParameters experiment = small();
  experiment.learning_rates = {0.5, 0.25};
  experiment.seeds = 1;
  Monitor monitor;
  optimize::Options with_points = training();
  with_points.record_points = 20;
  optimize::Result own = optimize::minimize(model, model.initial_point(0), with_points, 0, monitor);
  const Record trained = experiment.run({model, training(), {}, 1, {}}, monitor);
  const Record served = experiment.run({model, training(), std::span(&own, 1), 1, {}}, monitor);
  EXPECT_EQ(served.result.dump(), trained.result.dump());
  for (float& weight : own.point) weight *= 2;
  const Record other = experiment.run({model, training(), std::span(&own, 1), 1, {}}, monitor);
  EXPECT_GT(other.result["runs"][0]["norm"], trained.result["runs"][0]["norm"]) << "not trained again";
  EXPECT_EQ(other.result["runs"][1].dump(), trained.result["runs"][1].dump());
}

TEST(HyperParameters, ATrainingThatDivergesIsRecordedAndLeftOut) {
  const wedge::WedgeModel model(options());
  HyperParameters experiment = small();
  experiment.learning_rates = {0.5, 1e30};
  experiment.seeds = 1;
  const HyperParametersResult result = run_on(experiment, {model, training(), {}, 1, {}});
  EXPECT_FALSE(result.runs[0].diverged);
  EXPECT_TRUE(result.runs[0].trained);
  EXPECT_TRUE(result.runs[1].diverged);
  EXPECT_EQ(result.trends.at("learning-rate").norm.runs, 1);
}

/// A slow training ends higher; the fast one is measured where it passed that loss.
TEST(HyperParameters, TrainingsAreComparedAtOneLoss) {
  const wedge::WedgeModel model(options());
  HyperParameters experiment = small();
  experiment.learning_rates = {0.02, 0.5};
  experiment.seeds = 2;
  const HyperParametersResult matched = run_on(experiment, {model, training(), {}, 1, {}});
  ASSERT_GT(matched.runs[0].final_loss, matched.runs[2].final_loss + experiment.rise);
  for (const FactorRun& run : matched.runs) {
    EXPECT_TRUE(run.matched) << run.loss;
    EXPECT_NEAR(run.loss, std::max(matched.runs[0].final_loss, matched.runs[1].final_loss),
                0.1 * experiment.rise);
  }
  experiment.match_loss = false;
  const HyperParametersResult plain = run_on(experiment, {model, training(), {}, 1, {}});
  EXPECT_DOUBLE_EQ(plain.runs[2].loss, plain.runs[2].final_loss);
  EXPECT_FALSE(plain.trends.at("learning-rate").matched);
}

TEST(HyperParameters, WhatShowsNoTrendIsRefusedFromTheOptionsAlone) {
  HyperParameters one;
  one.learning_rates = {0.1};
  EXPECT_THROW(one.validate("test"), Error);
  EXPECT_NO_THROW(HyperParameters().validate("test"));
  const auto data =
      std::make_shared<const network::DataSet>(network::load_data({"synthetic:1x8x8,4", 200, 20, 3}));
  const network::Network net(data, network::make_model({"mlp:8", "relu", 0.0}, *data));
  const auto refuses = [&](const HyperParameters& options) {
    EXPECT_THROW(options.validate_for({net, "network", training(), 3, true}, "test"), Error);
  };
  HyperParameters unknown;
  unknown.models = {"mlp:8", "mlpp:9"};
  refuses(unknown);
  HyperParameters large;
  large.batch_sizes = {10, 1000};
  refuses(large);
  EXPECT_NO_THROW(HyperParameters().validate_for({net, "network", training(), 3, true}, "test"));
  const wedge::WedgeModel model(options());
  HyperParameters dropouts;
  dropouts.dropouts = {0.1, 0.2};
  EXPECT_THROW(dropouts.validate_for({model, "wedge", training(), 3, true}, "test"), Error);
  Monitor monitor;
  EXPECT_THROW(dropouts.run({model, training(), {}, 1, {}}, monitor), Error);
}

/// Records with given half-angles: effect[factor] a level, plus noise.
class HyperParameterVerdicts : public ::testing::Test {
 protected:
  static StoredRecord record(const std::map<std::string, double>& effects, std::int64_t seeds = 3,
                             std::int64_t levels = 4) {
    HyperParametersResult result;
    RandomStream stream(5, "noise", 0);
    for (const auto& [factor, effect] : effects)
      for (std::int64_t level = 0; level < levels; ++level)
        for (std::int64_t seed = 0; seed < seeds; ++seed) {
          FactorRun run;
          run.factor = factor;
          run.value = std::to_string(level);
          run.level = static_cast<double>(level);
          run.seed = seed;
          run.trained = run.matched = true;
          run.drop = 2;
          run.norm = run.distance = run.loss = stream.uniform();
          for (const char* plane : {"origin", "initial"})
            for (const char* measure : {"loss", "accuracy", "temperature"})
              run.half_angle[plane][measure] = 40 + effect * run.level + stream.uniform();
          result.runs.push_back(std::move(run));
        }
    result.drop = Quantity::estimate(2, 0.1, 12, "trainings");
    find_trends(result, 1);
    StoredRecord stored;
    stored.experiment = "hyper-parameters";
    stored.landscape = "test";
    stored.result = to_record(result);
    return stored;
  }
  static Finding judged(const StoredRecord& record) {
    const std::vector<Finding> findings = HyperParameters().judge({&record, 1});
    EXPECT_EQ(findings.size(), 3u);
    return findings.front();
  }
};

TEST_F(HyperParameterVerdicts, TrendsOfOneSignAreAlike) {
  const Finding finding = judged(record({{"learning-rate", 5}, {"weight-decay", 5}, {"dropout", 0}}));
  EXPECT_EQ(finding.verdict, Verdict::reproduced) << finding.reason;
  ASSERT_EQ(finding.controls.size(), 1u);
  EXPECT_TRUE(finding.controls[0].fails()) << finding.controls[0].measurement;
}

TEST_F(HyperParameterVerdicts, TrendsOfOppositeSignsAreNot) {
  const Finding finding = judged(record({{"learning-rate", 5}, {"weight-decay", -5}, {"dropout", 5}}));
  EXPECT_EQ(finding.verdict, Verdict::not_reproduced) << finding.measurement;
}

TEST_F(HyperParameterVerdicts, OneTrendOrNoneDecidesNothing) {
  EXPECT_EQ(judged(record({{"learning-rate", 5}, {"dropout", 0}})).verdict, Verdict::inconclusive);
  EXPECT_EQ(judged(record({{"learning-rate", 0}, {"dropout", 0}})).verdict, Verdict::inconclusive);
}

TEST_F(HyperParameterVerdicts, TwoTrainingsOfAValueDecideNothing) {
  EXPECT_EQ(judged(record({{"learning-rate", 5}, {"dropout", 5}}, 2, 6)).verdict, Verdict::inconclusive);
}

/// Three against three runs reach p = 0.1 at best, whatever a bootstrap interval says.
TEST_F(HyperParameterVerdicts, TwoValuesCannotBeSignificant) {
  EXPECT_EQ(judged(record({{"learning-rate", 50}, {"dropout", 50}}, 3, 2)).verdict, Verdict::inconclusive);
}

TEST_F(HyperParameterVerdicts, EqualHalfAnglesDecideNothing) {
  StoredRecord stored = record({{"learning-rate", 5}, {"dropout", 5}});
  auto result = from_record<HyperParametersResult>(stored.result, "test");
  for (FactorRun& run : result.runs) run.half_angle["origin"]["loss"] = 180;
  find_trends(result, 1);
  stored.result = to_record(result);
  EXPECT_EQ(judged(stored).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace nwedge::experiment
