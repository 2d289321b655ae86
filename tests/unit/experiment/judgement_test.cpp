#include "nwedge/experiment/judgement.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nwedge::experiment {
namespace {

using Outcome = Check::Outcome;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

StoredRecord record() {
  StoredRecord stored;
  stored.landscape = "mlp";
  stored.experiment = "barriers";
  return stored;
}

Quantity measured(double value, double error = 0.01) { return Quantity::estimate(value, error, 5, "seeds"); }

TEST(Check, DecidesByTheWholeInterval) {
  const Yardstick drop("the drop", Quantity::exact(2));
  EXPECT_EQ(Check::at_least("barrier", measured(1), 0.1, drop).outcome(), Outcome::met);
  EXPECT_EQ(Check::at_least("barrier", measured(0.05), 0.1, drop).outcome(), Outcome::refuted);
  EXPECT_EQ(Check::at_least("barrier", measured(0.21), 0.1, drop).outcome(), Outcome::open);
  EXPECT_EQ(Check::at_most("barrier", measured(0.05), 0.1, drop).outcome(), Outcome::met);
  EXPECT_EQ(Check::at_most("barrier", Quantity::single(0.05), 0.1, drop).outcome(), Outcome::open);
  EXPECT_EQ(Check::within("angle", measured(45), 0, 90, "°").outcome(), Outcome::met);
}

TEST(Check, MeasuresNothingAgainstAYardstickThatIsNone) {
  for (const double bad : {0.0, -1.0, kNan, kInfinity, -kInfinity}) {
    const Yardstick drop("the drop", Quantity::exact(bad));
    EXPECT_FALSE(drop.fault().empty()) << bad;
    EXPECT_EQ(Check::at_least("barrier", measured(1), 0.1, drop).outcome(), Outcome::unmeasured) << bad;
    EXPECT_EQ(Check::at_most("barrier", measured(1), 0.1, drop).outcome(), Outcome::unmeasured) << bad;
    EXPECT_EQ(Check::agrees("barrier", measured(1), Quantity::exact(bad), 0.1).outcome(),
              Outcome::unmeasured);
    EXPECT_EQ(Check::within_factor("rank", measured(1), Quantity::exact(bad), 2).outcome(),
              Outcome::unmeasured);
    EXPECT_EQ(Check::within_factor("rank", Quantity::exact(bad), measured(1), 2).outcome(),
              Outcome::unmeasured);
  }
  EXPECT_EQ(Check::share_at_most("low paths", 0, 0, 0.1).outcome(), Outcome::unmeasured);
  EXPECT_EQ(Check::share_at_most("low paths", -1, -1, 0.1).outcome(), Outcome::unmeasured);
}

TEST(Check, TakesSharesWithWilsonsInterval) {
  EXPECT_EQ(Check::share_at_most("low paths", 0, 150, 0.1).outcome(), Outcome::met);
  EXPECT_EQ(Check::share_at_most("low paths", 0, 10, 0.1).outcome(), Outcome::open);
  EXPECT_EQ(Check::share_at_most("low paths", 100, 150, 0.1).outcome(), Outcome::refuted);
}

Judgement of_barriers(double value, double drop) {
  const Yardstick yardstick("the drop", Quantity::exact(drop));
  Judgement judgement("observation-3", record(), "a barrier", "no barrier");
  judgement.premise(yardstick).require(Check::at_least("barrier", measured(value), 0.1, yardstick));
  return judgement;
}

TEST(Judgement, StatesWhatTheChecksDecide) {
  EXPECT_EQ(of_barriers(1, 2).finding().verdict, Verdict::reproduced);
  EXPECT_EQ(of_barriers(0.05, 2).finding().verdict, Verdict::not_reproduced);
  EXPECT_EQ(of_barriers(0.21, 2).finding().verdict, Verdict::inconclusive);
  EXPECT_EQ(of_barriers(1, 0).finding().verdict, Verdict::inconclusive);
  EXPECT_EQ(of_barriers(1, 0).finding().reason, "the drop is 0: nothing can be measured against it");
}

TEST(Judgement, IsInconclusiveWithoutPremiseOrChecksWhateverElseHolds) {
  Judgement none("observation-3", record(), "", "");
  EXPECT_EQ(none.require(Check::at_least("x", measured(1), 0)).finding().verdict, Verdict::inconclusive);
  Judgement bare("observation-3", record(), "", "");
  bare.premise(Yardstick("the drop", Quantity::exact(1)));
  EXPECT_EQ(bare.finding().verdict, Verdict::inconclusive);
  // One check that was not measured outweighs another that is refuted.
  bare.require(Check::at_least("x", measured(-1), 0)).require(Check::unmeasured("y", "it diverged"));
  EXPECT_EQ(bare.finding().verdict, Verdict::inconclusive);
  EXPECT_EQ(bare.finding().reason, "y: it diverged");
}

TEST(Judgement, IsAnIllustrationWhenNoControlFails) {
  const Check passes = Check::at_least("barrier", measured(1), 0);
  const Check fails = Check::at_least("barrier", measured(-1), 0);
  EXPECT_EQ(of_barriers(1, 2).control("bowl", fails).finding().verdict, Verdict::reproduced);
  EXPECT_EQ(of_barriers(1, 2).control("bowl", passes).finding().verdict, Verdict::illustration);
  EXPECT_EQ(of_barriers(1, 2).control("bowl", passes).control("labels", fails).finding().verdict,
            Verdict::reproduced);
  const Check undecided = Check::unmeasured("barrier", "it diverged");
  EXPECT_EQ(of_barriers(1, 2).control("labels", undecided).finding().verdict, Verdict::inconclusive);
  EXPECT_EQ(of_barriers(1, 2).control("labels", undecided).control("bowl", passes).finding().verdict,
            Verdict::illustration);
  EXPECT_EQ(of_barriers(1, 2).cannot_fail("it holds for anything").finding().verdict, Verdict::illustration);
  EXPECT_EQ(of_barriers(0.05, 2).control("bowl", passes).finding().verdict, Verdict::not_reproduced);
}

TEST(Claims, TakeControlLandscapesAsControls) {
  Finding finding = of_barriers(1, 2).finding();
  Finding control = of_barriers(0.05, 2).finding();
  control.landscape = "bowl";
  control.on_control = true;
  const std::vector<Finding> failing = {finding, control};
  ASSERT_EQ(claim_verdicts(failing).size(), 1u);
  EXPECT_EQ(claim_verdicts(failing)[0].verdict, Verdict::reproduced);
  EXPECT_EQ(claim_verdicts(failing)[0].findings.size(), 1u);
  ASSERT_EQ(claim_verdicts(failing)[0].controls.size(), 1u);
  EXPECT_TRUE(claim_verdicts(failing)[0].controls[0].fails());
  control.verdict = Verdict::reproduced;
  const std::vector<Finding> passing = {finding, control};
  EXPECT_EQ(claim_verdicts(passing)[0].verdict, Verdict::illustration);
  EXPECT_FALSE(claim_verdicts(passing)[0].reason.empty());
}

}  // namespace
}  // namespace nwedge::experiment
