#include "nwedge/experiment/directions.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/wedge/core_edge.hpp"
#include "nwedge/wedge/theory.hpp"
#include "tests/support/quadratic_landscape.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

Monitor quiet;

wedge::WedgeOptions model(double half_width) {
  wedge::WedgeOptions o;
  o.dimension = 400;
  o.short_directions = 20;
  o.wedges = 6;
  o.half_width = half_width;
  return o;
}

TEST(DirectionsExperiment, ExitRadiiOfTheWedgeModelAreThePredictedOnes) {
  for (const double half_width : {0.0, 0.5}) {
    test::WedgeStudy study(model(half_width), 6);
    for (optimize::Result& run : study.optima) run.point = wedge::descended(study.model, run.initial);
    Directions experiment;
    experiment.random = 100;
    const Record record = experiment.run(study.input(), quiet);
    const auto result = from_record<DirectionsResult>(record.result, "test");
    ASSERT_EQ(result.groups.at("random").count, 600);
    // 600 draws of a quantity of relative deviation about 1/sqrt(2 s) = 16 %: the median's error is .8 %.
    EXPECT_NEAR(result.groups.at("random").median / result.prediction->median.value, 1, 0.02 + 5 * 0.008);
    if (half_width == 0)
      EXPECT_NEAR(result.prediction->top.value, std::sqrt(0.6), 1e-12);
    else
      EXPECT_FALSE(result.prediction->top.present());
    const std::vector<StoredRecord> stored = {test::WedgeStudy::stored(experiment, record, {})};
    const Finding finding = experiment.judge(stored)[0];
    EXPECT_EQ(finding.verdict, Verdict::reproduced) << finding.measurement << finding.reason;
    EXPECT_EQ(finding.claim, "contribution-2");
  }
}

TEST(DirectionsExperiment, ShortDirectionsExitFirstAndLongOnesNever) {
  const test::WedgeStudy study(model(0), 2);
  const Directions experiment;
  const Record record = experiment.run(study.input(), quiet);
  for (const json& optimum : record.result["optima"]) {
    for (const json& radius : optimum["radii"]["top"])
      EXPECT_NEAR(radius.get<double>(), std::sqrt(0.6), 0.02);
    ASSERT_EQ(optimum["radii"]["long"].size(), 6u);
    for (const json& radius : optimum["radii"]["long"]) EXPECT_TRUE(radius.is_null()) << "never left";
    for (const json& curvature : optimum["flat"]) EXPECT_NEAR(curvature.get<double>(), 0, 1e-5);
    EXPECT_EQ(optimum["radii"]["gradient"].size(), 0u) << "the gradient is 0 on the core";
    EXPECT_EQ(optimum["radii"]["optima"].size(), 1u);
    // Towards the initial point all of the step is short: the same radius as along a short direction.
    EXPECT_NEAR(optimum["radii"]["initial"][0].get<double>(), std::sqrt(0.6), 0.02);
    EXPECT_NEAR(optimum["trace"]["value"].get<double>(), 20, 1e-4);
    EXPECT_NEAR(optimum["predicted-random"]["value"].get<double>(), std::sqrt(0.6 * 400 / 20), 1e-3);
  }
  EXPECT_GT(record.result["random-over-top"]["value"].get<double>(), 3);
}

TEST(DirectionsExperiment, OnAQuadraticEveryExitIsThatOfItsCurvature) {
  std::vector<double> spectrum(200, 0.01);
  spectrum[0] = 10;
  spectrum[1] = 2;
  const nwedge::test::QuadraticLandscape landscape(spectrum);
  optimize::Options training;
  optimize::Result run;
  run.initial = landscape.initial_point(0);
  run.point = std::vector<float>(200);
  run.trajectory = run.initial;
  run.trajectory.insert(run.trajectory.end(), run.point.begin(), run.point.end());
  run.trajectory_steps = {0, 5};
  Directions experiment;
  experiment.eigenvectors = 2;
  const Record record = experiment.run({landscape, training, std::span(&run, 1), 0, {}}, quiet);
  const json& optimum = record.result["optima"][0];
  ASSERT_EQ(optimum["radii"]["top"].size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const double predicted = optimum["predicted-top"][i].get<double>();
    EXPECT_NEAR(predicted, std::sqrt(0.6 / (i < 2 ? 10 : 2)), 1e-4);
    EXPECT_NEAR(optimum["radii"]["top"][i].get<double>(), predicted, 0.03 * predicted);
  }
  EXPECT_EQ(optimum["radii"]["trajectory"].size(), 2u);
  EXPECT_EQ(optimum["radii"]["optima"].size(), 0u);
  EXPECT_NEAR(optimum["radii"]["trajectory"][1].get<double>(), optimum["radii"]["initial"][0].get<double>(),
              1e-9)
      << "back along a straight trajectory is towards the initial point";
  EXPECT_TRUE(record.result["prediction"].is_null());
  EXPECT_EQ(optimum["radii"]["long"].size(), 0u) << "this landscape has no Gauss-Newton matrix";
}

/// Three optima of a network with these median radii along random directions and traces.
StoredRecord network_record(double measured, double predicted) {
  DirectionsResult result;
  result.dimension = 1000;
  for (std::int64_t seed = 0; seed < 3; ++seed) {
    OptimumDirections optimum;
    optimum.seed = seed;
    optimum.random_median = measured;
    optimum.predicted_random = predicted > 0 ? Quantity::estimate(predicted, 0.1, 20, "probes")
                                             : Quantity::missing("the trace is -3");
    result.optima.push_back(optimum);
  }
  StoredRecord record;
  record.experiment = record.name = "directions";
  record.landscape = "mlp";
  record.landscape_kind = "network";
  record.result = to_record(result);
  return record;
}

TEST(DirectionsExperiment, OnANetworkItAsksWhetherTheRadiusMeasuresTheTrace) {
  const Directions experiment;
  const auto verdict = [&](double measured, double predicted) {
    const StoredRecord record = network_record(measured, predicted);
    return experiment.judge(std::span(&record, 1))[0].verdict;
  };
  EXPECT_EQ(verdict(5, 4), Verdict::reproduced);
  EXPECT_EQ(verdict(7, 4), Verdict::not_reproduced);
  EXPECT_EQ(verdict(std::numeric_limits<double>::infinity(), 4), Verdict::inconclusive) << "most never left";
  EXPECT_EQ(verdict(0, 4), Verdict::inconclusive);
  EXPECT_EQ(verdict(5, -1), Verdict::inconclusive) << "a trace that is not positive predicts nothing";
}

}  // namespace
}  // namespace nwedge::experiment
