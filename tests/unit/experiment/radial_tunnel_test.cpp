#include "nwedge/experiment/radial_tunnel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "nwedge/experiment/tunnel_plane.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/wedge/core_edge.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

optimize::Options one_step() {
  optimize::Options training;
  training.steps = 1;
  return training;
}

RadialTunnel small() {
  RadialTunnel experiment;
  experiment.planes = {"origin"};
  experiment.map_points = 0;
  experiment.block_points = 0;
  return experiment;
}

RadialTunnelResult run_on(const RadialTunnel& experiment, const Landscape& landscape,
                          const optimize::Result& run) {
  Monitor monitor;
  const Record record = experiment.run({landscape, one_step(), std::span(&run, 1), 3, {}}, monitor);
  return from_record<RadialTunnelResult>(record.result, "test");
}

optimize::Result descended(const wedge::WedgeModel& model) {
  optimize::Result run;
  run.initial = model.initial_point(1);
  run.point = wedge::descended(model, run.initial);
  return run;
}

wedge::WedgeOptions one_wedge(std::int64_t dimension, std::int64_t short_directions) {
  wedge::WedgeOptions o;
  o.dimension = dimension;
  o.short_directions = short_directions;
  o.wedges = 1;
  return o;
}

/// The radial tunnel of a wedge model against its closed form, for a tube (opening 0) and a cone (half-width
/// 0).
class RadialTunnelOnWedges : public ::testing::TestWithParam<std::pair<double, double>> {};

INSTANTIATE_TEST_SUITE_P(TubeAndCone, RadialTunnelOnWedges,
                         ::testing::Values(std::pair(1.0, 0.0), std::pair(0.0, 0.05), std::pair(0.0, 0.0)));

TEST_P(RadialTunnelOnWedges, HasThePredictedWidth) {
  wedge::WedgeOptions o = one_wedge(1000, 100);
  o.half_width = GetParam().first;
  o.opening = GetParam().second;
  const wedge::WedgeModel model(o);
  RadialTunnel experiment = small();
  experiment.directions = 24;
  experiment.radii = {0.5, 1, 1.5};
  experiment.rise = 0.02;
  experiment.map_points = 5;
  experiment.block_points = 5;
  experiment.tolerance = 0.002;
  const RadialTunnelResult result = run_on(experiment, model, descended(model));
  // Over random planes the width varies like beta^(-1/2), beta ~ Beta(s/2, (D - s)/2): about 1/sqrt(2 s) of
  // it, 7 %; the median of 24 has a standard error of 1.25 * 7 % / sqrt(24) = 1.8 %. From the edge of a core,
  // where descent ends, it also depends on the way to the middle, and so on the optimum.
  ASSERT_TRUE(result.prediction);
  const RadialShape& measured = result.planes.at("origin").shape;
  for (std::size_t r = 0; r < 3; ++r) {
    const double width = result.prediction->half_width[r].value;
    const double angle = result.prediction->half_angle[r].value;
    EXPECT_NEAR(measured.half_width.at("loss")[r], width, 0.13 * width) << experiment.radii[r];
    EXPECT_NEAR(measured.half_angle.at("loss")[r], angle, 0.13 * angle) << experiment.radii[r];
  }
  ASSERT_TRUE(result.random);
  EXPECT_EQ(result.random->low_share, 0);
  ASSERT_TRUE(result.random->planes_needed);
  EXPECT_GT(*result.random->planes_needed, 1e6);
  EXPECT_FALSE(measured.half_width.contains("accuracy"));
  EXPECT_EQ(result.control->half_angle.at("loss"), std::vector<double>(3, 0.0));
}

/// The search is as fine as the tunnel is narrow.
TEST(RadialTunnel, MeasuresANarrowTunnelAsFinelyAsAWideOne) {
  const wedge::WedgeModel model(one_wedge(4000, 1600));
  RadialTunnel experiment = small();
  experiment.directions = 9;
  experiment.radii = {1, 1.5};
  experiment.rise = 0.01;
  const RadialTunnelResult result = run_on(experiment, model, descended(model));
  const std::vector<double>& measured = result.planes.at("origin").shape.half_angle.at("loss");
  const std::vector<Quantity>& predicted = result.prediction->half_angle;
  ASSERT_LT(predicted[1].value, 0.3);  // degrees
  // 1/sqrt(2 s) = 1.8 % over planes.
  for (std::size_t r = 0; r < 2; ++r) EXPECT_NEAR(measured[r], predicted[r].value, 0.04 * predicted[r].value);
}

/// In the well of one wedge the trace of the Hessian is s, and it predicts the angle at the optimum.
TEST(RadialTunnel, CurvaturePredictsTheAngleAtTheOptimum) {
  const wedge::WedgeModel model(one_wedge(2000, 800));
  RadialTunnel experiment = small();
  experiment.radii = {1};
  const RadialTunnelResult result = run_on(experiment, model, descended(model));
  EXPECT_NEAR(result.trace.value, 800, 1e-6);
  const double measured = result.planes.at("origin").shape.half_angle.at("loss")[0];
  EXPECT_NEAR(measured / result.curvature_angle.value, 1, 0.06);
}

TEST(RadialTunnel, AnOptimumAtTheOriginHasNoPlaneThroughItAndKeepsTheOthers) {
  const wedge::WedgeModel model(one_wedge(50, 5));
  optimize::Result run = descended(model);
  std::fill(run.point.begin(), run.point.end(), 0.0f);
  RadialTunnel experiment = small();
  experiment.planes = {"origin", "initial"};
  experiment.radii = {1};
  const RadialTunnelResult result = run_on(experiment, model, run);
  EXPECT_FALSE(result.planes.at("origin").absent.empty());
  EXPECT_TRUE(result.planes.at("initial").absent.empty());
  EXPECT_EQ(result.planes.at("initial").shape.half_angle.at("loss").size(), 1u);
  EXPECT_FALSE(result.curvature_angle.present());
}

/// A network's measures, and that the temperature takes the scale out.
TEST(RadialTunnel, MeasuresANetworkByLossAccuracyAndTemperature) {
  const auto data =
      std::make_shared<const network::DataSet>(network::load_data({"synthetic:1x8x8,4", 100, 20, 3}));
  const network::Network net(data, network::make_model({"mlp:16", "relu", 0.0}, *data));
  optimize::Options training;
  training.epochs = 20;
  training.batch_size = 20;
  Monitor monitor;
  const optimize::Result run = optimize::minimize(net, net.initial_point(0), training, 0, monitor);
  RadialTunnel experiment = small();
  experiment.map_points = 5;
  experiment.radii = {0.5, 1, 1.5};
  const Record record = experiment.run({net, training, std::span(&run, 1), 3, {}}, monitor);
  const auto result = from_record<RadialTunnelResult>(record.result, "test");
  EXPECT_LE(result.at_optimum.at("temperature"), result.at_optimum.at("loss"));
  EXPECT_NEAR(result.bound.at("loss"), result.at_optimum.at("loss") + experiment.rise, 1e-12);
  for (const char* measure : {"loss", "accuracy", "temperature"}) {
    EXPECT_EQ(result.planes.at("origin").shape.half_angle.at(measure).size(), 3u);
    EXPECT_TRUE(std::any_of(record.arrays.begin(), record.arrays.end(), [&](const io::Tensor& array) {
      return array.name == std::string("map-") + measure + ".origin";
    })) << measure;
  }
  // What is low is low at some temperature.
  const RadialShape& shape = result.planes.at("origin").shape;
  for (std::size_t r = 0; r < 3; ++r)
    if (experiment.radii[r] == 1) {
      EXPECT_GE(shape.half_angle.at("temperature")[r], 0.9 * shape.half_angle.at("loss")[r]);
    }
  EXPECT_GT(result.trace.value, 0);
  EXPECT_GT(result.control->at_point.at("temperature"), result.bound.at("temperature"));
}

TEST(TunnelExits, ANeverLeftSetIsAllOfTheCircle) {
  wedge::WedgeOptions o = one_wedge(50, 2);
  o.half_width = 1000;  // everything is inside
  const wedge::WedgeModel model(o);
  optimize::Result run;
  run.initial = run.point = model.initial_point(1);
  const RadialTunnelResult result = run_on(small(), model, run);
  for (const double angle : result.planes.at("origin").shape.half_angle.at("loss")) EXPECT_EQ(angle, 180);
  for (const double width : result.planes.at("origin").shape.half_width.at("loss"))
    EXPECT_TRUE(std::isnan(width));  // infinite, as a record holds it
}

TEST(MedianExit, TakesInfiniteExits) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(median_exit({kInfinity, 1, 2}), 2);
  EXPECT_EQ(median_exit({kInfinity, kInfinity, 2}), kInfinity);
  EXPECT_EQ(median_exit({1, 2}), 1.5);
  EXPECT_TRUE(std::isnan(median_exit({})));
}

/// Records of three seeds as the experiment would write them.
class RadialTunnelVerdicts : public ::testing::Test {
 protected:
  struct Shape {
    std::vector<double> half_angle = {14, 7, 5};
    std::vector<double> control = {0, 0, 0};
    double curvature = 7;
  };

  static std::vector<StoredRecord> records(const Shape& shape, std::vector<std::string> measures) {
    std::vector<StoredRecord> stored;
    for (const double factor : {0.98, 1.0, 1.03}) {
      RadialTunnelResult result;
      result.drop = Quantity::single(2.0);
      result.trace = Quantity::estimate(50, 1, 10, "probes");
      result.curvature_angle = Quantity::estimate(shape.curvature, 0.1, 10, "probes");
      result.control.emplace();
      PlaneTunnel& plane = result.planes["origin"];
      plane.distance = 30;
      for (const std::string& measure : measures) {
        result.at_optimum[measure] = 0.1;
        result.bound[measure] = 0.4;
        for (const double angle : shape.half_angle) plane.shape.half_angle[measure].push_back(factor * angle);
        plane.shape.half_width[measure] = plane.shape.half_angle[measure];
        result.control->half_angle[measure] = shape.control;
      }
      StoredRecord record;
      record.experiment = "radial-tunnel";
      record.landscape = "test";
      record.options = {{"radii", {0.5, 1.0, 1.5}}};
      record.result = to_record(result);
      stored.push_back(std::move(record));
    }
    return stored;
  }
  static Finding judged(const Shape& shape, const std::string& measure = "loss") {
    for (const Finding& finding : RadialTunnel().judge(records(shape, {"loss", "accuracy", "temperature"})))
      if (finding.criterion.starts_with("by " + measure)) return finding;
    return {};
  }
};

TEST_F(RadialTunnelVerdicts, ATunnelIsOne) {
  const Finding finding = judged({});
  EXPECT_EQ(finding.verdict, Verdict::reproduced) << finding.reason;
  ASSERT_EQ(finding.controls.size(), 1u);
  EXPECT_TRUE(finding.controls[0].fails()) << finding.controls[0].measurement;
}

TEST_F(RadialTunnelVerdicts, ASetThatClosesAroundTheOptimumIsNone) {
  const Finding finding = judged({.half_angle = {0, 7, 0}});
  EXPECT_EQ(finding.verdict, Verdict::not_reproduced);
  EXPECT_NE(finding.reason.find("narrowest"), std::string::npos) << finding.reason;
}

TEST_F(RadialTunnelVerdicts, ASetWithoutWallsIsNone) {
  EXPECT_EQ(judged({.half_angle = {180, 180, 180}}).verdict, Verdict::not_reproduced);
}

TEST_F(RadialTunnelVerdicts, ByAccuracyItIsAnIllustration) {
  EXPECT_EQ(judged({}, "accuracy").verdict, Verdict::illustration);
}

TEST_F(RadialTunnelVerdicts, ByTemperatureTheAngleMustBeThatOfTheCurvature) {
  EXPECT_EQ(judged({}, "loss after").verdict, Verdict::reproduced);
  EXPECT_EQ(judged({.curvature = 1}, "loss after").verdict, Verdict::not_reproduced);
  EXPECT_EQ(judged({.curvature = 0}, "loss after").verdict, Verdict::inconclusive);
  EXPECT_EQ(judged({.curvature = 1}).verdict, Verdict::reproduced) << "by loss it is a number beside";
}

TEST_F(RadialTunnelVerdicts, AControlThatPassesTakesTheEvidenceAway) {
  EXPECT_EQ(judged({.control = {14, 7, 5}}).verdict, Verdict::illustration);
}

TEST_F(RadialTunnelVerdicts, OneOptimumGivesNoInterval) {
  const auto all = records({}, {"loss"});
  const Finding finding = RadialTunnel().judge(std::span(all).first(1)).front();
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
}

TEST_F(RadialTunnelVerdicts, DegenerateNumbersDecideNothing) {
  for (const double by : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    const Shape shape{{by, by, by}, {by, by, by}, by};
    for (const char* measure : {"loss", "accuracy", "loss after"})
      EXPECT_EQ(judged(shape, measure).verdict, Verdict::inconclusive) << by << " " << measure;
  }
  auto without = records({}, {"loss"});
  for (StoredRecord& record : without) record.options["radii"] = {3, 4, 5};
  EXPECT_EQ(RadialTunnel().judge(without).front().verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace nwedge::experiment
