#include "nwedge/experiment/closed_forms.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace nwedge::experiment {
namespace {

TEST(ClosedForms, AreReproducedWhenEachIsMet) {
  ClosedForms forms;
  forms.add("barrier", 5.0, 5.9, 1.0);
  forms.add("switched", "0.95", "5 of 5", true);
  const Finding finding = forms.finding("wedge", "ensemble", "within 1");
  EXPECT_EQ(finding.claim, "contribution-2");
  EXPECT_EQ(finding.prediction, "barrier 5, switched 0.95");
  EXPECT_EQ(finding.measurement, "barrier 5.9, switched 5 of 5");
  EXPECT_EQ(finding.verdict, Verdict::reproduced);
}

TEST(ClosedForms, NameTheOneThatIsNotMet) {
  ClosedForms forms;
  forms.add("barrier", 5.0, 6.1, 1.0);
  forms.add("rank", 50, 50, 1);
  EXPECT_EQ(forms.finding("wedge", "", "").measurement, "barrier 6.1 (not met), rank 50");
  EXPECT_EQ(forms.finding("wedge", "", "").verdict, Verdict::not_reproduced);
}

TEST(ClosedForms, AreNotMetByANumberThatIsNone) {
  ClosedForms forms;
  forms.add("trace", 50, std::numeric_limits<double>::quiet_NaN(), 1);
  EXPECT_EQ(forms.finding("wedge", "", "").verdict, Verdict::not_reproduced);
}

TEST(ClosedForms, SayNothingWhereNoneHolds) {
  EXPECT_TRUE(ClosedForms().empty());
  EXPECT_EQ(ClosedForms().finding("wedge", "", "").verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace nwedge::experiment
