#include "nwedge/experiment/tunnel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/experiment/tunnel_parts.hpp"
#include "nwedge/wedge/theory.hpp"
#include "tests/support/threads.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

using test::WedgeStudy;

wedge::WedgeOptions wedges() {
  wedge::WedgeOptions options;
  options.dimension = 300;
  options.short_directions = 20;
  options.wedges = 40;
  options.seed = 2;
  return options;
}

Tunnel small() {
  Tunnel tunnel;
  tunnel.paths = {"chain", "quadratic", "cubic", "auto-neb"};
  tunnel.training.steps = 800;
  tunnel.training.learning_rate = 0.1;
  tunnel.random_paths = 60;
  tunnel.plane_points = 7;
  tunnel.points = 41;
  return tunnel;
}

StoredRecord stored(const Tunnel& tunnel, const Record& record) {
  return WedgeStudy::stored(tunnel, record, to_json_object(tunnel));
}

TEST(Tunnel, JoinsOptimaOfDifferentWedgesThroughTheirIntersection) {
  const WedgeStudy study(wedges(), 3);
  const Tunnel tunnel = small();
  Monitor monitor;
  const Record record = tunnel.run(study.input(), monitor);
  ASSERT_EQ(record.result["pairs"].size(), 3u);
  double straight = 0;
  for (const auto& pair : record.result["pairs"]) {
    EXPECT_TRUE(pair["straight"]["ends-exact"].get<bool>());
    straight += pair["straight"]["train"]["barrier"].get<double>() / 3;
    const double predicted = pair["prediction"]["straight-barrier"];
    const double closed = wedge::theory::crossing_barrier(wedge::theory::parameters_of(wedges()));
    EXPECT_NEAR(predicted, closed, 0.1 * closed);  // sampled, on a grid of t, with the other wedges
    EXPECT_EQ(pair["prediction"]["tunnel-barrier"], 0.0);
    for (const auto& path : pair["tunnels"]) {
      EXPECT_TRUE(path["ends-exact"].get<bool>());
      // A chain can follow both wedges exactly; a Bezier curve bends everywhere, so some barrier is left.
      EXPECT_LT(path["share-of-straight"].get<double>(), path["kind"] == "chain" ? 0.005 : 0.1)
          << path["kind"];
      EXPECT_GT(path["length-ratio"].get<double>(), 1);
      EXPECT_LT(path["length-ratio"].get<double>(), 2);
    }
    EXPECT_EQ(pair["random-paths"]["low"], 0);
  }
  // Closed form P4 on three pairs: a barrier is sigma^2/8 chi^2_18.7, of relative deviation sqrt(2/18.7).
  EXPECT_NEAR(straight, 20 * (1 - 20.0 / 300) / 8, 5 * 2.333 * std::sqrt(2 / 18.7 / 3));
  EXPECT_TRUE(record.result["spanning-tree"]["spans"].get<bool>());
  EXPECT_EQ(record.result["spanning-tree"]["edges"].size(), 2u);
  const std::vector<StoredRecord> records{stored(tunnel, record)};
  const std::vector<Finding> findings = tunnel.judge(records);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement << findings[0].reason;
  EXPECT_EQ(findings[1].claim, "contribution-2");
  EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].measurement;
}

TEST(Tunnel, OfOneWedgeHasNothingToTunnelThrough) {
  wedge::WedgeOptions options = wedges();
  options.wedges = 1;
  const WedgeStudy study(options, 2);
  Tunnel tunnel = small();
  tunnel.paths = {"quadratic"};
  Monitor monitor;
  const Record record = tunnel.run(study.input(), monitor);
  EXPECT_LT(record.result["pairs"][0]["straight"]["train"]["barrier"].get<double>(), 1e-6);
  EXPECT_EQ(record.result["pairs"][0]["prediction"]["straight-barrier"], 0.0);
  EXPECT_EQ(tunnel.judge(std::vector<StoredRecord>{stored(tunnel, record)})[0].verdict,
            Verdict::inconclusive);
}

TEST(Tunnel, BlockedTunnelsAreNotReproduced) {
  wedge::WedgeOptions options = wedges();  // they share short directions in which their centres differ
  options.dimension = 30;
  options.centre_spread = 1;
  options.wedges = 2;
  const WedgeStudy study(options, 8);
  Tunnel tunnel = small();
  tunnel.paths = {"chain"};
  tunnel.pairs = 28;
  Monitor monitor;
  const Record record = tunnel.run(study.input(), monitor);
  double highest = 0;
  for (const auto& pair : record.result["pairs"])
    highest = std::max(highest, pair["straight"]["train"]["barrier"].get<double>());
  ASSERT_GT(highest, 0.5) << "all optima are in one wedge: nothing to block";
  EXPECT_EQ(tunnel.judge(std::vector<StoredRecord>{stored(tunnel, record)})[0].verdict,
            Verdict::not_reproduced);
}

TEST(Tunnel, RoundingOnALineInsideOneWedgeIsNoBarrier) {
  const WedgeStudy study(wedges(), 2);
  Tunnel tunnel = small();
  tunnel.paths = {"chain"};
  Monitor monitor;
  Record record = tunnel.run(study.input(), monitor);
  for (auto& pair : record.result["pairs"]) {
    pair["straight"]["train"]["barrier"] = 2e-13;  // of float points, where the loss is 0
    pair["straight"]["train"]["end-losses"] = {0.0, 0.0};
  }
  const Finding finding = tunnel.judge(std::vector<StoredRecord>{stored(tunnel, record)})[0];
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
  EXPECT_NE(finding.reason.find("no straight line has a barrier"), std::string::npos) << finding.reason;
}

TEST(Tunnel, ADivergedPathIsRecordedAndTheRestGoesOn) {
  const WedgeStudy study(wedges(), 2);
  Tunnel tunnel = small();
  tunnel.training.learning_rate = 1e30;
  Monitor monitor;
  const Record record = tunnel.run(study.input(), monitor);
  for (const auto& path : record.result["pairs"][0]["tunnels"]) EXPECT_TRUE(path["diverged"].get<bool>());
  EXPECT_EQ(tunnel.judge(std::vector<StoredRecord>{stored(tunnel, record)})[0].verdict,
            Verdict::inconclusive);
}

TEST(Tunnel, HasTheSameBitsOnOneAndTwoThreads) {
  const WedgeStudy study(wedges(), 2);
  const Tunnel tunnel = small();
  Monitor monitor;
  std::vector<std::string> texts;
  for (const int count : {1, 2}) {
    const nwedge::test::WithThreads scope(count);
    const Record record = tunnel.run(study.input(), monitor);
    texts.push_back(record.result.dump());
    for (const io::Tensor& tensor : record.arrays)
      if (const auto* values = std::get_if<std::vector<float>>(&tensor.values))
        for (const float x : *values) texts.back() += std::to_string(x);
  }
  EXPECT_EQ(texts[0], texts[1]);
}

TEST(Tunnel, WrongOptionsAndOneOptimumAreErrors) {
  Tunnel tunnel = small();
  tunnel.paths = {};
  EXPECT_THROW(tunnel.validate("test"), Error);
  tunnel.paths = {"chain", "chain"};
  EXPECT_THROW(check_options("test", tunnel), Error);
  tunnel = small();
  tunnel.most_pivots = 1;
  EXPECT_THROW(tunnel.validate("test"), Error);
  const WedgeStudy study(wedges(), 1);
  Monitor monitor;
  EXPECT_THROW(small().run(study.input(), monitor), Error);
}

TEST(SpanningTree, TakesTheLightestEdgesThatJoin) {
  const std::vector<Edge> edges{{0, 1, 3}, {0, 2, 1}, {1, 2, 2}, {2, 3, 5}, {1, 3, std::nan("")}};
  EXPECT_EQ(spanning_tree(4, edges), (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(spanning_tree(3, std::span(edges).first(1)), (std::vector<std::size_t>{0}));
}

TEST(RandomPaths, InAFlatLandscapeAllStayLow) {
  wedge::WedgeOptions options = wedges();
  options.half_width = 100;
  const WedgeStudy study(options, 2);
  Monitor monitor;
  const auto found = measure_random_paths(study.model, study.optima[0].point, study.optima[1].point, 1.5, 0.1,
                                          20, 1, monitor);
  EXPECT_EQ(found["low"], 20);
  EXPECT_EQ(found["high-end"], 1.0);
}

}  // namespace
}  // namespace nwedge::experiment
