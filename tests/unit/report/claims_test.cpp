#include "nwedge/report/claims.hpp"

#include <gtest/gtest.h>

namespace nwedge::report {
namespace {

using experiment::Finding;
using experiment::Verdict;

TEST(ClaimsTable, ListsEveryClaimOnceInThePostersOrder) {
  const nlohmann::json table = claims_table({});
  ASSERT_EQ(table.size(), experiment::claims().size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(table[i]["key"], experiment::claims()[i].key);
    EXPECT_EQ(table[i]["verdict"], "inconclusive");
  }
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

}  // namespace
}  // namespace nwedge::report
