#include "nwedge/report/claims.hpp"

#include <gtest/gtest.h>

namespace nwedge::report {
namespace {

using experiment::Finding;
using experiment::Verdict;

TEST(ClaimsTable, ListsTheClaimsThatHaveFindings) {
  EXPECT_TRUE(claims_table({}).empty());
  const Finding one{"contribution-3", "wedge", "m-tunnel", "", "", "", Verdict::reproduced, ""};
  const nlohmann::json table = claims_table({&one, 1});
  ASSERT_EQ(table.size(), 1U);
  EXPECT_EQ(table[0]["key"], "contribution-3");
  EXPECT_EQ(table[0]["verdict"], "reproduced");
}

TEST(ClaimsTable, CombinesTheFindingsOfAClaim) {
  Finding wedge{"observation-1", "wedge", "straight-line", "gap <= 0.01", "0", "0", Verdict::reproduced, ""};
  Finding network = wedge;
  network.landscape = "cnn";
  network.verdict = Verdict::not_reproduced;
  const std::vector<Finding> findings = {wedge, network};
  const nlohmann::json claim = claims_table(findings)[0];
  EXPECT_EQ(claim["verdict"], "not reproduced");
  ASSERT_EQ(claim["findings"].size(), 2U);
  EXPECT_EQ(claim["findings"][1]["landscape"], "cnn");
  EXPECT_EQ(claim["findings"][0]["criterion"], "gap <= 0.01");
}

/// The rows of the claim about the model as a whole.
nlohmann::json model_claim(const std::vector<Finding>& findings) {
  for (const nlohmann::json& row : claims_table(findings))
    if (row["key"] == experiment::kModelClaim) return row;
  return nullptr;
}

/// One finding for every claim on a wedge model, the second closed form with this verdict.
std::vector<Finding> of_a_wedge_model(Verdict second) {
  std::vector<Finding> findings;
  for (const experiment::Claim& claim : experiment::claims())
    findings.push_back(
        {claim.key, "wedge", "experiment of " + claim.key, "", "", "", Verdict::reproduced, ""});
  findings.push_back({"contribution-2", "wedge", "barriers", "within 1 %", "2", "3", second, ""});
  return findings;
}

/// With what follows from them for the model as a whole.
std::vector<Finding> completed(std::vector<Finding> findings) {
  for (Finding& finding : experiment::replications(findings)) findings.push_back(std::move(finding));
  return findings;
}

TEST(ClaimsTable, SumsUpEveryPredictionOnTheModel) {
  const nlohmann::json claim = model_claim(completed(of_a_wedge_model(Verdict::reproduced)));
  EXPECT_EQ(claim["key"], "contribution-2");
  EXPECT_EQ(claim["verdict"], "reproduced");
  ASSERT_EQ(claim["findings"].size(), 3U);
  EXPECT_EQ(claim["findings"][2]["measurement"], "7 of 7 other claims reproduced");
  const std::string said = claim["summary"]["landscapes"]["wedge"]["measurement"];
  EXPECT_EQ(said.rfind("2 of 2 predictions met (experiment of contribution-2, barriers)", 0), 0U) << said;
}

TEST(ClaimsTable, NamesThePredictionThatIsNotMet) {
  const nlohmann::json claim = model_claim(completed(of_a_wedge_model(Verdict::not_reproduced)));
  EXPECT_EQ(claim["verdict"], "not reproduced");
  const std::string said = claim["summary"]["landscapes"]["wedge"]["measurement"];
  EXPECT_NE(said.find("1 of 2 predictions met; not met: barriers"), std::string::npos) << said;
}

TEST(ClaimsTable, LeavesTheModelOpenWhereAClaimWasNotMeasured) {
  std::vector<Finding> findings = of_a_wedge_model(Verdict::reproduced);
  findings.erase(findings.begin());
  const nlohmann::json claim = model_claim(completed(findings));
  EXPECT_EQ(claim["verdict"], "inconclusive");
  EXPECT_EQ(claim["findings"][2]["reason"], "not measured in this study: No obstacles");
}

TEST(ClaimsTable, SaysNothingOfTheModelWithoutOne) { EXPECT_TRUE(model_claim({}).is_null()); }

}  // namespace
}  // namespace nwedge::report
