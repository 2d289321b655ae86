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
    test::WedgeStudy study(model(half_width), 3);
    for (optimize::Result& run : study.optima) run.point = wedge::descended(study.model, run.initial);
    const Directions experiment;
    const Record record = experiment.run(study.input(), quiet);
    const json& prediction = record.result["prediction"];
    ASSERT_EQ(record.result["groups"]["random"]["count"], 60);
    // 60 draws of a quantity of relative deviation about 1/sqrt(2 s) = 16 %: the median's error is 2.6 %.
    EXPECT_NEAR(record.result["groups"]["random"]["median"].get<double>() /
                    prediction["random"]["median"].get<double>(),
                1, 0.02 + 5 * 0.026);
    if (half_width == 0)
      EXPECT_NEAR(prediction["top"].get<double>(), std::sqrt(0.6), 1e-12);
    else
      EXPECT_FALSE(prediction["absent"]["top"].get<std::string>().empty());
    const std::vector<StoredRecord> stored = {test::WedgeStudy::stored(experiment, record, {})};
    EXPECT_EQ(experiment.judge(stored)[0].verdict, Verdict::reproduced);
    EXPECT_EQ(experiment.judge(stored)[0].claim, "contribution-2");
  }
}

TEST(DirectionsExperiment, ShortDirectionsExitFirstAndLongOnesNever) {
  const test::WedgeStudy study(model(0), 2);
  const Directions experiment;
  const Record record = experiment.run(study.input(), quiet);
  for (const json& optimum : record.result["optima"]) {
    for (const json& radius : optimum["radii"]["top"])
      EXPECT_NEAR(radius.get<double>(), std::sqrt(0.6), 0.02);
    for (const json& radius : optimum["radii"]["bottom"]) {
      const bool never = !radius.is_number() || std::isinf(radius.get<double>());
      EXPECT_TRUE(never) << "bottom eigenvectors are long";
    }
    EXPECT_EQ(optimum["radii"]["gradient"].size(), 0u) << "the gradient is 0 on the core";
    EXPECT_EQ(optimum["radii"]["optima"].size(), 1u);
    // Towards the initial point all of the step is short: the same radius as along a short direction.
    EXPECT_NEAR(optimum["radii"]["initial"][0].get<double>(), std::sqrt(0.6), 0.02);
    EXPECT_NEAR(optimum["trace"]["value"].get<double>(), 20, 1e-4);
    EXPECT_NEAR(optimum["predicted-random"].get<double>(), std::sqrt(0.6 * 400 / 20), 1e-3);
  }
  EXPECT_GT(record.result["random-over-top"].get<double>(), 3);
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
  EXPECT_FALSE(record.result.contains("prediction"));
}

TEST(DirectionsExperiment, OnANetworkItAsksWhetherTheRadiusMeasuresTheTrace) {
  const Directions experiment;
  StoredRecord record;
  record.landscape_kind = "network";
  record.result = {{"random-over-top", 10},
                   {"groups", {{"random", {{"median", 5.0}, {"count", 20}}}}},
                   {"optima", {{{"predicted-random", 4.0}}}}};
  EXPECT_EQ(experiment.judge(std::span(&record, 1))[0].verdict, Verdict::reproduced);
  record.result["groups"]["random"]["median"] = 7.0;
  EXPECT_EQ(experiment.judge(std::span(&record, 1))[0].verdict, Verdict::not_reproduced);
  record.result["groups"]["random"]["median"] = nullptr;
  EXPECT_EQ(experiment.judge(std::span(&record, 1))[0].verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace nwedge::experiment
