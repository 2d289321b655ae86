#include "nwedge/experiment/tunnel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/experiment/tunnel_parts.hpp"
#include "nwedge/experiment/tunnel_result.hpp"
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

TunnelResult result_of_run(const Tunnel& tunnel, const WedgeStudy& study) {
  Monitor monitor;
  return from_record<TunnelResult>(tunnel.run(study.input(), monitor).result, "test");
}

std::vector<Finding> judged(const Tunnel& tunnel, const TunnelResult& result) {
  Record record;
  record.result = to_record(result);
  return tunnel.judge(std::vector<StoredRecord>{stored(tunnel, record)});
}

TEST(Tunnel, JoinsOptimaOfDifferentWedgesThroughTheirIntersection) {
  const WedgeStudy study(wedges(), 5);
  const Tunnel tunnel = small();
  const TunnelResult result = result_of_run(tunnel, study);
  ASSERT_EQ(result.pairs.size(), 4u);
  double straight = 0;
  for (const TunnelPair& pair : result.pairs) {
    EXPECT_TRUE(pair.straight.ends_exact.value());
    straight += pair.straight.train->barrier / 4;
    const double closed = 20 * (1 - 20.0 / 300) / 8;  // without the other wedges, which lower it
    EXPECT_NEAR(pair.prediction->straight_barrier.value, closed, 0.15 * closed);
    EXPECT_EQ(pair.prediction->tunnel_barrier.value, 0);
    for (const PathResult& path : pair.tunnels) {
      EXPECT_TRUE(path.ends_exact.value());
      // A chain can follow both wedges exactly; a Bezier curve bends everywhere, so some barrier is left.
      EXPECT_LT(path.share_of_straight.value(), path.kind == "chain" ? 0.005 : 0.15) << path.kind;
      EXPECT_GT(path.length_ratio.value(), 1);
      EXPECT_LT(path.length_ratio.value(), 2);
    }
    EXPECT_EQ(pair.random_paths->low, 0);
    EXPECT_GT(pair.random_paths->tail.value(), 3);
  }
  // Closed form P4 on four pairs: a barrier is sigma^2/8 chi^2_18.7, of relative deviation sqrt(2/18.7).
  EXPECT_NEAR(straight, 20 * (1 - 20.0 / 300) / 8, 5 * 2.333 * std::sqrt(2 / 18.7 / 4));
  EXPECT_TRUE(result.spanning_tree.spans);
  EXPECT_EQ(result.spanning_tree.edges.size(), 4u);
  const std::vector<Finding> findings = judged(tunnel, result);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement << findings[0].reason;
  ASSERT_EQ(findings[0].controls.size(), 1u);
  EXPECT_TRUE(findings[0].controls[0].fails()) << findings[0].controls[0].measurement;
  EXPECT_EQ(findings[1].claim, "contribution-2");
  EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].measurement << findings[1].reason;
}

TEST(Tunnel, OfOneWedgeHasNothingToTunnelThrough) {
  wedge::WedgeOptions options = wedges();
  options.wedges = 1;
  const WedgeStudy study(options, 3);
  Tunnel tunnel = small();
  tunnel.paths = {"quadratic"};
  const TunnelResult result = result_of_run(tunnel, study);
  EXPECT_LT(result.pairs[0].straight.train->barrier, 1e-6);
  EXPECT_EQ(result.pairs[0].prediction->straight_barrier.value, 0);
  for (const Finding& finding : judged(tunnel, result)) {
    EXPECT_EQ(finding.verdict, Verdict::inconclusive) << finding.claim;
    EXPECT_NE(finding.reason.find("barrier is 0"), std::string::npos) << finding.reason;
  }
}

/// No path leads around the walls of bowls: the negative control.
TEST(Tunnel, IsolatedBowlsAreNotJoined) {
  wedge::WedgeOptions options = wedges();
  options.dimension = options.short_directions = 30;
  options.centre_spread = 1;
  options.wedges = 20;
  const WedgeStudy study(options, 6);
  Tunnel tunnel = small();
  tunnel.pairs = 5;
  const TunnelResult result = result_of_run(tunnel, study);
  const std::vector<Finding> findings = judged(tunnel, result);
  EXPECT_EQ(findings[0].verdict, Verdict::not_reproduced) << findings[0].measurement << findings[0].reason;
}

TEST(Tunnel, AllRandomPathsLowIsNotReproduced) {
  const WedgeStudy study(wedges(), 5);
  Tunnel tunnel = small();
  tunnel.paths = {"chain"};
  TunnelResult result = result_of_run(tunnel, study);
  ASSERT_EQ(judged(tunnel, result)[0].verdict, Verdict::reproduced) << judged(tunnel, result)[0].reason;
  result.random_low = result.random_paths;
  EXPECT_EQ(judged(tunnel, result)[0].verdict, Verdict::not_reproduced);
  result.random_low = result.random_paths / 10;  // the bound lies inside the interval
  EXPECT_EQ(judged(tunnel, result)[0].verdict, Verdict::inconclusive);
  result.random_paths = result.random_low = 0;
  EXPECT_EQ(judged(tunnel, result)[0].verdict, Verdict::inconclusive);
}

TEST(Tunnel, PairsWithoutAWallLeaveTheMeansAlone) {
  WedgeStudy study(wedges(), 5);
  const Tunnel tunnel = [] {
    Tunnel chosen = small();
    chosen.paths = {"chain"};
    return chosen;
  }();
  const Quantity before = result_of_run(tunnel, study).straight_barrier;
  // The fifth optimum in the wedge of the first: no wall between them.
  const std::vector<std::int64_t> home{study.model.nearest(study.optima[0].point)};
  study.optima[4].point = study.model.project(study.optima[4].initial, home);
  const TunnelResult result = result_of_run(tunnel, study);
  ASSERT_EQ(result.pairs[2].first, 4);
  EXPECT_FALSE(result.pairs[2].separated);
  EXPECT_FALSE(result.pairs[2].coincide);
  EXPECT_GT(result.straight_barrier.value, 0.5 * before.value);
  const Finding finding = judged(tunnel, result)[0];
  EXPECT_NE(finding.measurement.find("1 of 4 pairs have no wall"), std::string::npos) << finding.measurement;
}

TEST(Tunnel, EqualAndNearlyEqualOptimaCoincideAndLoseNoOtherPair) {
  WedgeStudy study(wedges(), 4);
  study.optima[1].point = study.optima[0].point;
  study.optima[1].point[3] += 1e-6f;
  Tunnel tunnel = small();
  tunnel.paths = {"chain", "auto-neb"};
  const TunnelResult result = result_of_run(tunnel, study);
  ASSERT_EQ(result.pairs.size(), 4u);
  EXPECT_TRUE(result.pairs[0].coincide);
  EXPECT_TRUE(result.pairs[0].tunnels.empty());
  for (std::size_t p = 1; p < 4; ++p) EXPECT_TRUE(result.pairs[p].lowest.has_value());
  EXPECT_TRUE(result.spanning_tree.spans);
  const Finding finding = judged(tunnel, result)[0];
  EXPECT_NE(finding.measurement.find("1 of 4 pairs coincide"), std::string::npos) << finding.measurement;
  EXPECT_EQ(finding.measurement.find("nan"), std::string::npos) << finding.measurement;

  for (optimize::Result& optimum : study.optima) optimum.point = study.optima[0].point;
  const std::vector<Finding> same = judged(tunnel, result_of_run(tunnel, study));
  EXPECT_EQ(same[0].verdict, Verdict::inconclusive);
  EXPECT_NE(same[0].reason.find("barrier is 0"), std::string::npos) << same[0].reason;
}

TEST(Tunnel, ADivergedPathIsRecordedAndTheRestGoesOn) {
  const WedgeStudy study(wedges(), 2);
  Tunnel tunnel = small();
  tunnel.training.learning_rate = 1e30;
  const TunnelResult result = result_of_run(tunnel, study);
  for (const PathResult& path : result.pairs[0].tunnels) EXPECT_TRUE(path.diverged);
  EXPECT_FALSE(result.pairs[0].lowest.has_value());
  EXPECT_EQ(judged(tunnel, result)[0].verdict, Verdict::inconclusive);
}

TEST(Tunnel, RunsOnWedgesWithAnOpening) {
  wedge::WedgeOptions options = wedges();
  options.opening = 0.01;
  const WedgeStudy study(options, 3);
  Tunnel tunnel = small();
  tunnel.paths = {"chain"};
  const TunnelResult result = result_of_run(tunnel, study);
  EXPECT_TRUE(result.pairs[0].prediction->straight_barrier.present());
  EXPECT_GT(result.straight_barrier.value, 0);
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

TEST(SpreadPairs, AreDisjointFirstAndSpanAfterOneLessThanTheOptima) {
  const auto text = [](std::size_t optima, std::int64_t most) {
    std::string all;
    for (const OptimumPair& pair : spread_pairs(optima, most))
      all += std::to_string(pair.first) + std::to_string(pair.second) + " ";
    return all;
  };
  EXPECT_EQ(text(5, 4), "01 23 40 12 ");
  EXPECT_EQ(text(4, 3), "01 23 12 ");
  EXPECT_EQ(text(2, 9), "01 ");
  for (std::size_t optima = 2; optima < 9; ++optima) {
    const std::vector<OptimumPair> all = spread_pairs(optima, 100);
    EXPECT_EQ(all.size(), optima * (optima - 1) / 2);
    std::set<std::set<std::size_t>> distinct;
    for (const OptimumPair& pair : all) distinct.insert({pair.first, pair.second});
    EXPECT_EQ(distinct.size(), all.size()) << optima;
    std::vector<Edge> edges;
    for (const OptimumPair& pair : spread_pairs(optima, static_cast<std::int64_t>(optima) - 1))
      edges.push_back({static_cast<std::int64_t>(pair.first), static_cast<std::int64_t>(pair.second), 0});
    EXPECT_EQ(spanning_tree(static_cast<std::int64_t>(optima), edges).size(), optima - 1) << optima;
  }
}

TEST(RandomPaths, InAFlatLandscapeAllStayLow) {
  wedge::WedgeOptions options = wedges();
  options.half_width = 100;
  const WedgeStudy study(options, 2);
  Monitor monitor;
  const RandomPaths found = measure_random_paths(study.model, study.optima[0].point, study.optima[1].point,
                                                 1.5, 0.1, 20, 1, monitor);
  EXPECT_EQ(found.low, 20);
  EXPECT_EQ(found.high_end, 1.0);
  EXPECT_FALSE(found.tail.has_value());
}

}  // namespace
}  // namespace nwedge::experiment
