#include "nwedge/experiment/ensemble.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment {
namespace {

/// A wedge model with trained optima: D = 200, s = 40, K = 8, no flat core.
class EnsembleOnWedges : public ::testing::Test {
 protected:
  static wedge::WedgeOptions options() {
    wedge::WedgeOptions o;
    o.dimension = 200;
    o.short_directions = 40;
    o.wedges = 8;
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
    for (std::uint64_t seed = 0; seed < 4; ++seed)
      optima_.push_back(optimize::minimize(model_, model_.initial_point(seed), training_, seed, monitor_));
  }

  Record run(const Ensemble& ensemble) { return ensemble.run({model_, training_, optima_, 7, {}}, monitor_); }

  wedge::WedgeModel model_;
  optimize::Options training_;
  std::vector<optimize::Result> optima_;
  Monitor monitor_;
};

TEST_F(EnsembleOnWedges, AveragingInOneWedgeGainsAndAcrossWedgesLoses) {
  Ensemble ensemble;
  ensemble.schedules = {"constant", "cyclic", "restarts"};
  ensemble.heights = {0.5};
  ensemble.kicks = {0.0};
  ensemble.cycle_steps = 20;
  ensemble.continue_from = 2;
  const Record record = run(ensemble);
  ASSERT_EQ(record.result["sets"].size(), 2 * 4 + 1);
  for (const nlohmann::json& set : record.result["sets"]) {
    ASSERT_EQ(set["diverged"], 0);
    const bool one_wedge = set["kind"] != "kick" && set["kind"] != "seeds";
    if (one_wedge) {
      // A wedge without opening is convex: no barrier, and the average is at most the mean.
      EXPECT_LT(set["largest-barrier"].get<double>(), 1e-6) << set["kind"];
      EXPECT_GE(set["gain"].get<double>(), 0) << set["kind"];
      for (const auto& wedge : set["wedges"]) EXPECT_EQ(wedge, set["wedges"][0]);
    } else {
      EXPECT_GT(set["largest-barrier"].get<double>(), 0.1) << set["kind"];
      EXPECT_LT(set["gain"].get<double>(), 0) << set["kind"];
    }
  }
  EXPECT_LT(record.result["rank-correlation"]["value"].get<double>(), 0);
  StoredRecord stored;
  stored.experiment = "ensemble";
  stored.landscape = "wedge";
  stored.result = record.result;
  const std::vector<Finding> findings = ensemble.judge(std::span(&stored, 1));
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement << findings[0].reason;
  EXPECT_EQ(findings[1].claim, "contribution-2");
  EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].measurement;
}

TEST_F(EnsembleOnWedges, AgreesWithTheClosedForms) {
  Ensemble ensemble;
  ensemble.schedules = {"constant"};
  ensemble.heights = {0.5, 1.5};
  ensemble.kicks = {0.3};
  ensemble.cycle_steps = 20;
  ensemble.clip_norm = 0;
  ensemble.snapshots = 24;
  const Record record = run(ensemble);
  int checked = 0;
  for (const nlohmann::json& set : record.result["sets"]) {
    if (!set.contains("prediction")) continue;
    ++checked;
    const nlohmann::json& prediction = set["prediction"];
    if (set["kind"] == "constant") {
      // The loss of N far iterates is a chi^2 with s N degrees of freedom, that of their average one with s.
      const double single = prediction["single-loss"].get<double>();
      EXPECT_NEAR(set["single"]["train"]["loss"].get<double>(), single,
                  5 * single * std::sqrt(2.0 / (40 * 24)));
      const double average = prediction["weight-average-loss"].get<double>();
      EXPECT_NEAR(set["weight-average"]["train"]["loss"].get<double>(), average,
                  5 * average * std::sqrt(2.0 / 40));
    } else if (set["kind"] == "kick") {
      const double p = prediction["switch-probability"].get<double>();
      EXPECT_NEAR(set["switched-share"].get<double>(), p, 5 * std::sqrt(p * (1 - p) / 24));
    }
  }
  EXPECT_EQ(checked, 4);
}

TEST_F(EnsembleOnWedges, WithoutSetsAcrossWedgesTheVerdictIsOpen) {
  Ensemble ensemble;
  ensemble.heights = {0.5};
  ensemble.cycle_steps = 5;
  optima_.resize(1);
  StoredRecord stored;
  stored.result = run(ensemble).result;
  const std::vector<Finding> findings = ensemble.judge(std::span(&stored, 1));
  EXPECT_EQ(findings[0].verdict, Verdict::inconclusive);
  EXPECT_FALSE(findings[0].reason.empty());
}

TEST_F(EnsembleOnWedges, RecordsAreRepeatable) {
  Ensemble ensemble;
  ensemble.heights = {0.5};
  ensemble.cycle_steps = 5;
  EXPECT_EQ(run(ensemble).result.dump(), run(ensemble).result.dump());
}

}  // namespace
}  // namespace nwedge::experiment
