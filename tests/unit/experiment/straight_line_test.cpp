#include "nwedge/experiment/straight_line.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/experiment/barriers.hpp"
#include "nwedge/wedge/theory.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment {
namespace {

TEST(MonotonicityGap, IsTheLargestRiseAboveTheRunningMinimum) {
  EXPECT_EQ(monotonicity_gap(std::vector<double>{3, 2, 1}), 0);
  EXPECT_EQ(monotonicity_gap(std::vector<double>{3, 1, 2, 1.5, 4, 0}), 3);
  EXPECT_TRUE(std::isnan(monotonicity_gap(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()})));
}

/// Optima of a wedge model without a core: D = 400, s = 40, K = 12, descended until the loss is 0 to
/// rounding.
class LinesOnWedges : public ::testing::Test {
 protected:
  static wedge::WedgeOptions options() {
    wedge::WedgeOptions o;
    o.dimension = 400;
    o.short_directions = 40;
    o.wedges = 12;
    return o;
  }
  LinesOnWedges() : model_(options()) {
    training_.momentum = 0;
    training_.learning_rate = 0.5;
    training_.schedule = "constant";
    training_.steps = 40;
    training_.record_points = 4;
    for (std::uint64_t seed = 0; seed < 5; ++seed)
      optima_.push_back(optimize::minimize(model_, model_.initial_point(seed), training_, seed, monitor_));
  }
  const std::vector<double>& array(const Record& record, std::string_view name) {
    for (const io::Tensor& tensor : record.arrays)
      if (tensor.name == name) return std::get<std::vector<double>>(tensor.values);
    throw std::out_of_range(std::string(name));
  }
  StoredRecord stored(const Record& record) {
    StoredRecord s;
    s.landscape = "wedge";
    s.landscape_kind = "wedge";
    s.seeds = {0, 1, 2, 3, 4};
    s.result = record.result;
    return s;
  }

  wedge::WedgeModel model_;
  optimize::Options training_;
  std::vector<optimize::Result> optima_;
  Monitor monitor_;
};

TEST_F(LinesOnWedges, TheLineToTheOptimumFallsAsPredicted) {
  const StraightLine experiment;
  const Record record = experiment.run({model_, training_, optima_, 0, {}}, monitor_);
  const std::vector<double>& measured = array(record, "loss-train");
  const std::vector<double>& predicted = array(record, "predicted-loss");
  ASSERT_EQ(measured.size(), 5u * 51);
  ASSERT_EQ(predicted.size(), measured.size());
  for (std::size_t i = 0; i < measured.size(); ++i)
    EXPECT_NEAR(measured[i], predicted[i], 1e-5 * predicted[i / 51 * 51]);
  const auto result = from_record<StraightLineResult>(record.result, "test");
  ASSERT_EQ(result.lines.size(), 5u);
  for (const SeedLine& line : result.lines) {
    EXPECT_LT(line.train.gap, 1e-9 * line.train.drop);
    EXPECT_NEAR(line.train.drop_by_half, 0.75 * line.train.drop, 0.01 * line.train.drop);
    EXPECT_EQ(line.trajectory_gap.value(), 0);
    EXPECT_FALSE(line.test.has_value());
  }
  const StoredRecord s = stored(record);
  const std::vector<Finding> findings = experiment.judge(std::span(&s, 1));
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement << findings[0].reason;
  ASSERT_EQ(findings[0].controls.size(), 1u);
  EXPECT_TRUE(findings[0].controls[0].fails()) << findings[0].controls[0].measurement;
  EXPECT_EQ(findings[1].claim, "contribution-2");
  EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].measurement;
}

TEST_F(LinesOnWedges, AnObstacleOnTheLineIsSeenAndJudged) {
  // Lines between optima of two wedges go over a barrier: what an obstacle would look like.
  std::vector<optimize::Result> runs = optima_;
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].initial = optima_[(i + 1) % runs.size()].point;
  const StraightLine experiment;
  const Record record = experiment.run({model_, training_, runs, 0, {}}, monitor_);
  auto result = from_record<StraightLineResult>(record.result, "test");
  EXPECT_GT(result.gap.value, 1);
  StoredRecord s = stored(record);
  result.drop = Quantity::exact(2);
  s.result = to_record(result);
  EXPECT_EQ(experiment.judge(std::span(&s, 1))[0].verdict, Verdict::not_reproduced);
}

TEST_F(LinesOnWedges, WithoutAnObstacleBetweenOptimaTheLineIsAnIllustration) {
  wedge::WedgeOptions bowl = options();
  bowl.dimension = bowl.short_directions;
  bowl.wedges = 1;
  const wedge::WedgeModel model(bowl);
  std::vector<optimize::Result> runs;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    runs.push_back(optimize::minimize(model, model.initial_point(seed), training_, seed, monitor_));
  const StraightLine experiment;
  const StoredRecord s = stored(experiment.run({model, training_, runs, 0, {}}, monitor_));
  EXPECT_EQ(experiment.judge(std::span(&s, 1))[0].verdict, Verdict::illustration);
}

TEST_F(LinesOnWedges, OneSeedThatIsNotFiniteOrGivenWeightsDecideNothing) {
  const StraightLine experiment;
  std::vector<optimize::Result> runs = optima_;
  std::fill(runs[1].point.begin(), runs[1].point.end(), 1e30f);
  StoredRecord s = stored(experiment.run({model_, training_, runs, 0, {}}, monitor_));
  EXPECT_EQ(experiment.judge(std::span(&s, 1))[0].verdict, Verdict::inconclusive);
  Input given{model_, training_, optima_, 0, {}};
  given.trained = false;
  s = stored(experiment.run(given, monitor_));
  const Finding finding = experiment.judge(std::span(&s, 1))[0];
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
  EXPECT_NE(finding.reason.find("given"), std::string::npos) << finding.reason;
}

TEST_F(LinesOnWedges, BarriersAgreeWithTheClosedForm) {
  const Barriers experiment;
  const Record record = experiment.run({model_, training_, optima_, 0, {}}, monitor_);
  ASSERT_EQ(record.result["pairs"].size(), 10u);
  std::vector<double> apart;
  for (const auto& pair : record.result["pairs"]) {
    if (pair["one-wedge"])
      EXPECT_LT(pair["barrier"].get<double>(), 1e-6);
    else
      apart.push_back(pair["barrier"].get<double>());
  }
  ASSERT_GE(apart.size(), 5u);
  double mean = 0;
  for (const double b : apart) mean += b / static_cast<double>(apart.size());
  // One barrier is ~ sigma^2 chi^2_m / 8 with m about s: standard deviation sqrt(2 m) / 8.
  const double predicted = record.result["between-wedges"]["value"].get<double>();
  EXPECT_NEAR(mean, predicted, 5 * std::sqrt(2.0 * 40) / 8 / std::sqrt(static_cast<double>(apart.size())));
  const StoredRecord s = stored(record);
  const Finding finding = experiment.judge(std::span(&s, 1))[0];
  EXPECT_EQ(finding.verdict, Verdict::reproduced) << finding.measurement << finding.reason;
}

TEST_F(LinesOnWedges, BarriersOfEveryHardVariantAreSampled) {
  for (const auto& change : {+[](wedge::WedgeOptions& o) { o.cross_section = "box"; },
                             +[](wedge::WedgeOptions& o) { o.half_width = 0.1; }}) {
    wedge::WedgeOptions changed = options();
    change(changed);
    const wedge::WedgeModel model(changed);
    const Record record = Barriers().run({model, training_, optima_, 0, {}}, monitor_);
    EXPECT_GT(record.result["between-wedges"]["standard-error"].get<double>(), 0);
    EXPECT_EQ(array(record, "predicted-loss").size(), array(record, "t").size());
  }
}

TEST_F(LinesOnWedges, OneOptimumHasNoPairs) {
  EXPECT_THROW(Barriers().run({model_, training_, std::span(optima_).first(1), 0, {}}, monitor_), Error);
}

}  // namespace
}  // namespace nwedge::experiment
