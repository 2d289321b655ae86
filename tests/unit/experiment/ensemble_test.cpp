#include "nwedge/experiment/ensemble.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "nwedge/experiment/ensemble_result.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment {
namespace {

/// A wedge model with trained optima: D = 200, s = 40, K = 60, no flat core.
class EnsembleOnWedges : public ::testing::Test {
 protected:
  static wedge::WedgeOptions options() {
    wedge::WedgeOptions o;
    o.dimension = 200;
    o.short_directions = 40;
    o.wedges = 60;
    o.gradient_noise = 0.05;
    return o;
  }

  EnsembleOnWedges() : model_(options()) {
    training_.method = "sgd";
    training_.momentum = 0;
    training_.learning_rate = 0.3;
    training_.schedule = "cosine";
    training_.steps = 60;
    training_.batch_size = 1;
    for (std::uint64_t seed = 0; seed < 6; ++seed)
      optima_.push_back(optimize::minimize(model_, model_.initial_point(seed), training_, seed, monitor_));
  }

  EnsembleResult run(const Ensemble& ensemble, bool trained = true) {
    return run_on(model_, ensemble, trained);
  }
  EnsembleResult run_on(const Landscape& landscape, const Ensemble& ensemble, bool trained = true) {
    Input input{landscape, training_, optima_, 7, {}};
    input.trained = trained;
    return from_record<EnsembleResult>(ensemble.run(input, monitor_).result, "test");
  }
  static std::vector<Finding> judged(const Ensemble& ensemble, const EnsembleResult& result) {
    StoredRecord stored;
    stored.experiment = "ensemble";
    stored.landscape = "wedge";
    stored.result = nlohmann::json::parse(to_record(result).dump());
    return ensemble.judge(std::span(&stored, 1));
  }
  static Ensemble going_on() {
    Ensemble ensemble;
    ensemble.schedules = {"constant", "cyclic", "restarts"};
    ensemble.heights = {0.5};
    ensemble.kicks = {0.0};
    ensemble.cycle_steps = 20;
    return ensemble;
  }

  wedge::WedgeModel model_;
  optimize::Options training_;
  std::vector<optimize::Result> optima_;
  Monitor monitor_;
};

TEST_F(EnsembleOnWedges, AveragingInOneWedgeGainsAndAcrossWedgesLoses) {
  const Ensemble ensemble = going_on();
  const EnsembleResult result = run(ensemble);
  ASSERT_EQ(result.sets.size(), 3u * 4 + 5);
  for (const SetResult& set : result.sets) {
    ASSERT_EQ(set.diverged, 0);
    if (set.kind == "random") continue;
    if (set.kind != "kick" && set.kind != "seeds") {
      // A wedge without opening is convex: no barrier, and the average is at most the mean.
      EXPECT_LT(set.largest_barrier.value(), 1e-6) << set.kind;
      EXPECT_GE(set.gain.value(), 0) << set.kind;
      for (const std::int64_t wedge : set.wedges) EXPECT_EQ(wedge, set.wedges[0]);
    } else {
      EXPECT_GT(set.largest_barrier.value(), 0.1) << set.kind;
      EXPECT_LT(set.gain.value(), 0) << set.kind;
    }
  }
  EXPECT_LT(result.rank_correlation.value, 0);
  const std::vector<Finding> findings = judged(ensemble, result);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement << findings[0].reason;
  ASSERT_EQ(findings[0].controls.size(), 2u);
  for (const Control& control : findings[0].controls)
    EXPECT_TRUE(control.fails()) << control.name << ": " << control.measurement;
  EXPECT_EQ(findings[1].claim, "contribution-2");
  EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].measurement << findings[1].reason;
}

TEST_F(EnsembleOnWedges, AgreesWithTheClosedForms) {
  Ensemble ensemble;
  ensemble.schedules = {"constant"};
  ensemble.heights = {0.5, 1.5};
  ensemble.kicks = {0.3};
  ensemble.cycle_steps = 20;
  ensemble.clip_norm = 0;
  ensemble.snapshots = 24;
  ensemble.continue_from = 1;
  const EnsembleResult result = run(ensemble);
  int checked = 0;
  for (const SetResult& set : result.sets) {
    if (!set.prediction) continue;
    const SetPrediction& predicted = *set.prediction;
    if (set.kind == "constant") {
      // The loss of N far iterates is a chi^2 with s N degrees of freedom, that of their average one with s.
      ++checked;
      const double single = predicted.single_loss.value;
      EXPECT_NEAR(set.single->train.loss, single, 5 * single * std::sqrt(2.0 / (40 * 24)));
      const double average = predicted.weight_average_loss.value;
      EXPECT_NEAR(set.weight_average->train.loss, average, 5 * average * std::sqrt(2.0 / 40));
    } else if (set.kind == "kick") {
      ++checked;
      const double p = predicted.switch_probability.value;
      EXPECT_NEAR(set.switched_share.value(), p, 5 * std::sqrt(p * (1 - p) / 24));
    }
  }
  EXPECT_EQ(checked, 3);
}

/// In one convex bowl every average is as good as its members: the claim's second half fails.
TEST_F(EnsembleOnWedges, AConvexBowlDoesNotReproduceTheClaim) {
  wedge::WedgeOptions bowl = options();
  bowl.dimension = bowl.short_directions = 40;
  bowl.wedges = 1;
  const wedge::WedgeModel model(bowl);
  optima_.clear();
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    optima_.push_back(optimize::minimize(model, model.initial_point(seed), training_, seed, monitor_));
  Ensemble ensemble = going_on();
  ensemble.kicks = {};
  const std::vector<Finding> findings = judged(ensemble, run_on(model, ensemble));
  EXPECT_EQ(findings[0].verdict, Verdict::not_reproduced) << findings[0].measurement << findings[0].reason;
}

TEST_F(EnsembleOnWedges, GivenWeightsAreAnsweredAndNothingIsTrained) {
  Ensemble ensemble = going_on();
  const EnsembleResult result = run(ensemble, false);
  EXPECT_FALSE(result.continued);
  ASSERT_EQ(result.sets.size(), 5u);
  EXPECT_EQ(result.sets[0].kind, "given");
  const Finding finding = judged(ensemble, result)[0];
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
  EXPECT_NE(finding.measurement.find("average of weights"), std::string::npos) << finding.measurement;
  EXPECT_NE(finding.measurement.find("largest barrier"), std::string::npos) << finding.measurement;
  ensemble.continue_given = true;
  const EnsembleResult continued = run(ensemble, false);
  EXPECT_TRUE(continued.continued);
  EXPECT_EQ(continued.sets.size(), 3u * 4 + 5);
  EXPECT_EQ(judged(ensemble, continued)[0].verdict, Verdict::inconclusive);  // they may not be independent
}

TEST_F(EnsembleOnWedges, WithoutSetsAcrossWedgesOrOneStartTheVerdictIsOpen) {
  Ensemble ensemble;
  ensemble.heights = {0.5};
  ensemble.cycle_steps = 5;
  optima_.resize(1);
  const Finding finding = judged(ensemble, run(ensemble))[0];
  EXPECT_EQ(finding.verdict, Verdict::inconclusive);
  EXPECT_FALSE(finding.reason.empty());
}

/// A set whose numbers are not there decides nothing, and does not drop out of the mean.
TEST_F(EnsembleOnWedges, ASetWithoutABarrierOrGainLeavesNoVerdict) {
  const Ensemble ensemble = going_on();
  const EnsembleResult whole = run(ensemble);
  for (const auto& change : {+[](SetResult& set) { set.largest_barrier = std::nan(""); },
                             +[](SetResult& set) { set.test_gain = Quantity::missing("not recorded"); },
                             +[](SetResult& set) { set.excess = Quantity::missing("not recorded"); },
                             +[](SetResult& set) { set.start_seed.reset(); }}) {
    EnsembleResult result = whole;
    change(result.sets[0]);
    EXPECT_EQ(judged(ensemble, result)[0].verdict, Verdict::inconclusive);
  }
  EnsembleResult result = whole;
  result.drop = Quantity::exact(-1);
  for (const Finding& finding : judged(ensemble, result)) EXPECT_EQ(finding.verdict, Verdict::inconclusive);
}

TEST_F(EnsembleOnWedges, SetsThatAreAllAlikeHaveNoRankCorrelation) {
  Ensemble ensemble = going_on();
  ensemble.kicks = {};
  wedge::WedgeOptions one = options();
  one.wedges = 1;
  one.half_width = 100;
  const EnsembleResult result = run_on(wedge::WedgeModel(one), ensemble);
  EXPECT_FALSE(result.rank_correlation.present());
  for (const Finding& finding : judged(ensemble, result)) EXPECT_EQ(finding.verdict, Verdict::inconclusive);
}

TEST_F(EnsembleOnWedges, RecordsAreRepeatable) {
  Ensemble ensemble;
  ensemble.heights = {0.5};
  ensemble.cycle_steps = 5;
  EXPECT_EQ(to_record(run(ensemble)).dump(), to_record(run(ensemble)).dump());
}

/// Gains on the test split of a small network: what the examples say one by one.
TEST(EnsembleOfNetworks, TheTestGainIsPairedOverExamples) {
  const auto data =
      std::make_shared<const network::DataSet>(network::load_data({"synthetic:1x6x6,3", 120, 80, 0}));
  const network::Network network(data, network::make_model({"mlp:8"}, *data));
  optimize::Options training;
  training.steps = 60;
  training.batch_size = 20;
  Monitor monitor;
  std::vector<optimize::Result> optima;
  for (std::uint64_t seed = 0; seed < 2; ++seed)
    optima.push_back(optimize::minimize(network, network.initial_point(seed), training, seed, monitor));
  Input input{network, training, optima, 1, {}};
  input.trained = false;
  const auto result = from_record<EnsembleResult>(Ensemble().run(input, monitor).result, "test");
  const SetResult& given = result.sets.at(0);
  EXPECT_NEAR(given.test_gain.value, given.single->test->loss - given.weight_average->test->loss, 1e-5);
  EXPECT_GT(given.test_gain.standard_error, 0);
  EXPECT_EQ(given.test_gain.count, 80);
  EXPECT_NEAR(given.prediction_gain.value,
              given.prediction_average->accuracy - given.single_prediction->accuracy, 1e-9);
  // Of two members the gain on the training split is minus the barrier at the midpoint.
  EXPECT_NEAR(given.gain.value(), -given.barriers[0][1], 0.2 * given.barriers[0][1] + 1e-3);
}

}  // namespace
}  // namespace nwedge::experiment
