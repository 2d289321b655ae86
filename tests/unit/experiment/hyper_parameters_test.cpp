#include "nwedge/experiment/hyper_parameters.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
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

TEST(HyperParameters, WeightDecayPullsTowardsTheOriginOnTheModel) {
  // In the long directions a step is theta <- (1 - eta decay) theta, so the norm falls by (1 - eta decay)^50.
  const wedge::WedgeModel model(options());
  HyperParameters experiment;
  experiment.weight_decays = {0.0, 0.01, 0.02};
  experiment.directions = 1;
  Monitor monitor;
  const Record record = experiment.run({model, training(), {}, 1, {}}, monitor);
  ASSERT_EQ(record.result["runs"].size(), 9u);
  for (std::size_t seed = 0; seed < 3; ++seed) {
    const double free = record.result["runs"][seed]["norm"].get<double>();
    const double decayed = record.result["runs"][6 + seed]["norm"].get<double>();
    EXPECT_NEAR(decayed / free, std::pow(1 - 0.5 * 0.02, 50), 1e-3);
  }
  EXPECT_LT(record.result["trends"]["weight-decay"]["norm"]["high"].get<double>(), 0);
  EXPECT_GT(record.result["trends"]["weight-decay"]["distance"]["low"].get<double>(), 0);
}

TEST(HyperParameters, AnOptimumOfTheLandscapesOwnTrainingServesAgain) {
  const wedge::WedgeModel model(options());
  HyperParameters experiment;
  experiment.learning_rates = {0.5, 0.25};
  experiment.directions = 1;
  experiment.seeds = 1;
  Monitor monitor;
  optimize::Result own = optimize::minimize(model, model.initial_point(0), training(), 0, monitor);
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
  HyperParameters experiment;
  experiment.learning_rates = {0.5, 1e30};
  experiment.directions = 1;
  experiment.seeds = 1;
  Monitor monitor;
  const Record record = experiment.run({model, training(), {}, 1, {}}, monitor);
  EXPECT_EQ(record.result["runs"][0]["diverged"], false);
  EXPECT_EQ(record.result["runs"][1]["diverged"], true);
  EXPECT_EQ(record.result["trends"]["learning-rate"]["norm"]["runs"], 1);
}

TEST(HyperParameters, WithoutAFactorTheLearningRateIsVariedAroundTheLandscapesOwn) {
  const wedge::WedgeModel model(options());
  Monitor monitor;
  HyperParameters experiment;
  experiment.seeds = 1;
  experiment.directions = 1;
  const Record record = experiment.run({model, training(), {}, 1, {}}, monitor);
  ASSERT_EQ(record.result["runs"].size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(record.result["runs"][i]["factor"], "learning-rate");
    EXPECT_DOUBLE_EQ(record.result["runs"][i]["value"].get<double>(),
                     training().learning_rate * std::pow(2.0, static_cast<double>(i) - 1));
  }
}

TEST(HyperParameters, WhatTheLandscapeCannotVaryIsAnError) {
  const wedge::WedgeModel model(options());
  Monitor monitor;
  HyperParameters dropouts;
  dropouts.dropouts = {0.1};
  EXPECT_THROW(dropouts.run({model, training(), {}, 1, {}}, monitor), Error);
}

}  // namespace
}  // namespace nwedge::experiment
