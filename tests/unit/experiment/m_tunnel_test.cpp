#include "nwedge/experiment/m_tunnel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/experiment/connector.hpp"
#include "nwedge/experiment/star_sets.hpp"
#include "tests/support/threads.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;
using test::WedgeStudy;

wedge::WedgeOptions wedges() {
  wedge::WedgeOptions options;
  options.dimension = 300;
  options.short_directions = 20;
  options.wedges = 40;
  options.seed = 2;
  return options;
}

MTunnel small() {
  MTunnel experiment;
  experiment.most_optima = 3;
  experiment.combinations = 3;
  experiment.lanczos_sets = 3;
  experiment.training.steps = 500;
  experiment.training.learning_rate = 0.1;
  experiment.sheet_steps = 600;
  experiment.sheet_points = 3;
  experiment.probes = 4;
  experiment.lanczos_steps = 60;
  experiment.eigenvectors = 8;
  experiment.control_steps = 200;
  experiment.control_rate = 0.1;
  return experiment;
}

StoredRecord stored(const MTunnel& experiment, const Record& record) {
  return WedgeStudy::stored(experiment, record, to_json_object(experiment));
}

const io::Tensor& array(const Record& record, const std::string& name) {
  const auto found = std::find_if(record.arrays.begin(), record.arrays.end(),
                                  [&](const io::Tensor& tensor) { return tensor.name == name; });
  EXPECT_NE(found, record.arrays.end()) << name;
  return *found;
}

TEST(MTunnelExperiment, SpectrumOfTheLossAtACentreIsThatOfTheNearestWedge) {
  const WedgeStudy study(wedges(), 3);
  Monitor monitor;
  for (const json& set : small().run(study.input(), monitor).result["sets"]) {
    const json& found = set["centre-spectrum"];
    ASSERT_EQ(found["top"].size(), 8u);
    for (const json& value : found["top"]) EXPECT_NEAR(value.get<double>(), 1, 1e-4);
    // Axis frames: probes of +-1 entries give the trace exactly.
    EXPECT_NEAR(found["trace"]["value"].get<double>(), wedges().short_directions, 1e-3);
  }
}

TEST(MTunnelExperiment, JoinsOptimaAndCountsTheUnionOfTheirWedges) {
  const WedgeStudy study(wedges(), 5);
  MTunnel experiment = small();
  experiment.combinations = experiment.lanczos_sets = 5;
  Monitor monitor;
  const Record record = experiment.run(study.input(), monitor);
  ASSERT_EQ(record.result["sets"].size(), 2 * 3 * 5u);  // optima and control, m = 1 to 3
  for (const json& set : record.result["sets"]) {
    EXPECT_LT(set["train"]["highest-loss"].get<double>(), 0.02) << set["kind"] << set["m"];
    const double rank = set["effective-rank"]["ratio"]["value"];
    if (set["kind"] == "control") {
      EXPECT_EQ(set["prediction"]["wedges"].size(), 1u);
      EXPECT_NEAR(rank, 1, 1e-3);
    } else {
      EXPECT_EQ(set["prediction"]["wedges"].size(), set["m"].get<std::size_t>());
      EXPECT_LE(rank, set["prediction"]["union"].get<double>() / 20 + 1e-3);
      EXPECT_GE(rank, 0.8 * set["prediction"]["union"].get<double>() / 20);
    }
    if (set["count"].is_null()) continue;
    EXPECT_NEAR(set["count"]["value"]["value"].get<double>(), set["prediction"]["union"].get<double>(), 0.01);
  }
  const std::vector<Finding> findings =
      experiment.judge(std::vector<StoredRecord>{stored(experiment, record)});
  ASSERT_EQ(findings.size(), 3u);
  for (const Finding& finding : findings)
    EXPECT_EQ(finding.verdict, Verdict::reproduced) << finding.measurement << finding.reason;
  EXPECT_EQ(findings[1].claim, "contribution-3");
  ASSERT_EQ(findings[1].controls.size(), 1u);
  EXPECT_TRUE(findings[1].controls[0].fails()) << findings[1].controls[0].measurement;
  EXPECT_EQ(findings[2].claim, "contribution-2");
}

TEST(MTunnelExperiment, SheetOverThreeWedgesIsLowWhereTheFlatOneIsHigh) {
  const WedgeStudy study(wedges(), 3);
  MTunnel experiment = small();
  experiment.most_optima = 1;
  experiment.control = false;
  experiment.sheet_steps = 3000;
  Monitor monitor;
  const Record record = experiment.run(study.input(), monitor);
  const json& sheet = record.result["sheet"];
  EXPECT_GT(sheet["flat"]["highest-loss"].get<double>(), 1);
  EXPECT_LT(sheet["free"]["highest-loss"].get<double>(), 0.05);
  // 6 triangles of 3 steps share points: Euler's formula for a disc, V = E - F + 1.
  const std::int64_t triangles = array(record, "sheet.triangles").shape[0];
  const std::int64_t vertices = array(record, "sheet.loss").shape[0];
  EXPECT_EQ(triangles, 54);
  EXPECT_EQ(vertices, (3 * triangles + 18) / 2 - triangles + 1);
}

TEST(MTunnelExperiment, ConnectorDimensionIsTheUnion) {
  // The least functional on a d-dimensional section falls like 1 - d / union, so the share 0.9 needs about
  // 0.9 union.
  const WedgeStudy study(wedges(), 2);
  MTunnel experiment = small();
  experiment.most_optima = 2;
  experiment.control = true;
  experiment.probes = 0;
  experiment.lanczos_steps = 0;
  experiment.eigenvectors = 0;
  experiment.connector_dimensions = {10, 20, 30, 40, 60};
  experiment.connector_steps = 1500;
  experiment.connector_rate = 0.1;
  experiment.connector_share = 0.9;
  Monitor monitor;
  const Record record = experiment.run(study.input(), monitor);
  ASSERT_EQ(record.result["connector"].size(), 2u);
  const json& found = record.result["connector"][0];
  EXPECT_NEAR(found["dimension"].get<double>(), found["prediction"]["value"].get<double>(), 8);
  EXPECT_EQ(record.result["connector"][1]["dimension"], 0.0);
}

TEST(MTunnelExperiment, SimplicesGainVolumeAndStayLow) {
  const WedgeStudy study(wedges(), 3);
  MTunnel experiment = small();
  experiment.sheet_steps = 0;
  experiment.probes = 0;
  experiment.lanczos_steps = 0;
  experiment.eigenvectors = 0;
  experiment.connectors = 2;
  Monitor monitor;
  const json volume = experiment.run(study.input(), monitor).result["volume"];
  EXPECT_GT(volume["mean-log-volume"].get<double>(), volume["mean-log-volume-at-start"].get<double>() + 1);
  EXPECT_LT(volume["measured"]["highest-loss"].get<double>(), 0.1);
}

TEST(MTunnelExperiment, OfOneWedgeDoesNotGrow) {
  wedge::WedgeOptions options = wedges();
  options.wedges = 1;
  const WedgeStudy study(options, 3);
  const MTunnel experiment = small();
  Monitor monitor;
  const Record record = experiment.run(study.input(), monitor);
  const std::vector<Finding> findings = experiment.judge(std::vector{stored(experiment, record)});
  EXPECT_NE(findings[0].verdict, Verdict::reproduced) << findings[0].measurement;
  EXPECT_EQ(findings[1].verdict, Verdict::not_reproduced) << findings[1].measurement << findings[1].reason;
}

TEST(MTunnelExperiment, DoesNotJoinIsolatedBowls) {
  wedge::WedgeOptions options = wedges();
  options.dimension = options.short_directions = 60;
  options.centre_spread = 1;
  const WedgeStudy study(options, 5);
  MTunnel experiment = small();
  experiment.combinations = 5;
  Monitor monitor;
  const Record record = experiment.run(study.input(), monitor);
  const std::vector<Finding> findings = experiment.judge(std::vector{stored(experiment, record)});
  EXPECT_EQ(findings[0].verdict, Verdict::not_reproduced) << findings[0].measurement << findings[0].reason;
  EXPECT_NE(findings[1].verdict, Verdict::reproduced) << findings[1].measurement;
}

TEST(MTunnelExperiment, CountsBySectionsInsideFlatCores) {
  for (const double opening : {0.0, 0.05}) {
    wedge::WedgeOptions options = wedges();
    options.half_width = 0.2;
    options.opening = opening;
    const WedgeStudy study(options, 5);
    MTunnel experiment = small();
    experiment.combinations = 5;
    experiment.sheet_steps = 0;
    experiment.connector_dimensions = {5, 10, 15, 20, 25, 30, 40};
    experiment.connector_steps = 300;
    experiment.connector_rate = 0.1;
    Monitor monitor;
    const Record record = experiment.run(study.input(), monitor);
    EXPECT_NE(record.result["no-curvature"], "");
    for (const json& set : record.result["sets"]) EXPECT_TRUE(set["count"].is_null());
    const std::vector<Finding> findings = experiment.judge(std::vector{stored(experiment, record)});
    ASSERT_EQ(findings.size(), 2u);  // the model predicts no count
    EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement << findings[0].reason;
    EXPECT_NE(findings[1].criterion.find("connector dimension"), std::string::npos);
    EXPECT_NE(findings[1].measurement.find("from m = 2 to 3"), std::string::npos) << findings[1].measurement;
    EXPECT_NE(findings[1].verdict, Verdict::not_reproduced) << findings[1].reason;
    ASSERT_EQ(findings[1].controls.size(), 1u);
    EXPECT_TRUE(findings[1].controls[0].fails()) << findings[1].controls[0].measurement;
  }
}

TEST(MTunnelExperiment, HasTheSameBitsOnOneAndTwoThreads) {
  const WedgeStudy study(wedges(), 3);
  MTunnel experiment = small();
  experiment.connector_dimensions = {10, 20};
  experiment.connector_steps = 50;
  experiment.connectors = 2;
  Monitor monitor;
  const auto run_on = [&](int threads) {
    const nwedge::test::WithThreads scope(threads);
    return experiment.run(study.input(), monitor).result.dump();
  };
  EXPECT_EQ(run_on(1), run_on(2));
}

TEST(MTunnelExperiment, ADivergedCentreIsRecordedAndTheRestGoesOn) {
  const WedgeStudy study(wedges(), 3);
  MTunnel experiment = small();
  experiment.training.learning_rate = 1e30;
  Monitor monitor;
  const Record record = experiment.run(study.input(), monitor);
  for (const json& set : record.result["sets"])
    EXPECT_TRUE(set["diverged"].get<bool>() || set["m"] == 1) << set["kind"] << set["m"];
  for (const Finding& finding : experiment.judge(std::vector{stored(experiment, record)}))
    if (finding.claim == "contribution-3") {
      EXPECT_EQ(finding.verdict, Verdict::inconclusive) << finding.measurement;
    }
}

TEST(MTunnelExperiment, WrongOptionsAreErrors) {
  MTunnel experiment = small();
  experiment.probes = 1;
  EXPECT_THROW(experiment.validate("test"), Error);
  experiment = small();
  experiment.connector_dimensions = {20, 10};
  EXPECT_THROW(experiment.validate("test"), Error);
  experiment = small();
  experiment.connectors = 9;
  EXPECT_THROW(experiment.validate("test"), Error);
}

TEST(StarSets, TakeDisjointSetsFirst) {
  const std::vector<std::vector<float>> points{{0}, {1}, {2}, {3}, {4}};
  const std::vector<StarSet> sets = make_sets("optima", points, 5, 3);
  ASSERT_EQ(sets.size(), 3u * 4 + 1);
  EXPECT_EQ(sets[3].members, (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(sets[4].members, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(sets[4].points, (std::vector<float>{2, 3}));
  EXPECT_EQ(sets[5].members, (std::vector<std::int64_t>{4, 0}));
  EXPECT_EQ(sets[6].members, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(sets.back().members, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST(StarSets, AreAllThereAreAndEachOnce) {
  for (std::size_t n = 1; n <= 8; ++n) {
    const std::vector<std::vector<float>> points(n, {0});
    const auto count = static_cast<std::int64_t>(n);
    const std::vector<StarSet> sets = make_sets("optima", points, count, 100);
    EXPECT_EQ(std::ssize(sets), count * (count - 1) + 1);  // n of each m < n, and one of all
    for (std::int64_t m = 1; m < count; ++m) {
      // No more than n / (n - m), rounded up, leave out every point once: errors are known from then on.
      std::set<std::int64_t> left_out;
      const std::vector<StarSet> few = make_sets("optima", points, m, (2 * count - m - 1) / (count - m));
      for (const StarSet& set : few) {
        if (set.size() != m) continue;
        for (std::int64_t i = 0; i < count; ++i)
          if (std::find(set.members.begin(), set.members.end(), i) == set.members.end()) left_out.insert(i);
      }
      EXPECT_EQ(std::ssize(left_out), count) << n << " " << m;
    }
  }
}

TEST(Connector, FirstCrossingIsLinearBetweenDimensions) {
  ConnectorResult result;
  result.dimensions = {0, 10, 20};
  result.functional = {4, 3, 1};
  first_crossing(result, 2);
  EXPECT_EQ(result.dimension, 15.0);
  EXPECT_EQ(result.at_most, 20.0);
  first_crossing(result, 5);
  EXPECT_EQ(result.dimension, 0.0);
  ConnectorResult none = result;
  none.dimension.reset();
  first_crossing(none, 0.5);
  EXPECT_FALSE(none.dimension);
  EXPECT_EQ(none.at_least, 20.0);
}

}  // namespace
}  // namespace nwedge::experiment
