#include "nwedge/experiment/intrinsic_dimension.hpp"

#include <gtest/gtest.h>

#include "nwedge/core/error.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

Monitor quiet;

TEST(IntrinsicDimensionExperiment, AllEstimatorsFindTheShortDirectionsOfAWedge) {
  wedge::WedgeOptions o;
  o.dimension = 400;
  o.short_directions = 30;
  o.wedges = 5;
  const test::WedgeStudy study(o, 3);
  IntrinsicDimension experiment;
  experiment.dimensions = {10, 20, 40};
  experiment.random = 30;
  const Record record = experiment.run(study.input(), quiet);
  EXPECT_EQ(record.result["prediction"]["short-directions"], 30);
  // The target leaves 5 % of the loss: d_int is s (1 - 5 %), give or take sqrt(s) of the section's luck.
  EXPECT_NEAR(record.result["estimates"]["sections"]["mean"].get<double>(), 28.5, 5);
  // The median of 30 radii of relative deviation 13 %: 3 %, twice that in the square.
  EXPECT_NEAR(record.result["estimates"]["exit"]["mean"].get<double>(), 30, 5 * 0.06 * 30);
  for (const char* exact : {"rank", "count", "m-tunnel"})
    EXPECT_NEAR(record.result["estimates"][exact]["mean"].get<double>(), 30, 0.01) << exact;
  EXPECT_LT(record.result["largest-ratio"].get<double>(), 1.5);
  const std::vector<StoredRecord> stored = {test::WedgeStudy::stored(experiment, record, {})};
  const std::vector<Finding> findings = experiment.judge(stored);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].claim, "contribution-4");
  EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement;
  EXPECT_EQ(findings[1].claim, "contribution-2");
  EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].measurement;
}

TEST(IntrinsicDimensionExperiment, DisagreementAndMissingNumbersAreSaid) {
  const IntrinsicDimension experiment;
  StoredRecord record;
  record.landscape_kind = "network";
  for (const char* name : {"sections", "exit", "rank", "count", "m-tunnel"})
    record.result["estimates"][name] = {{"mean", 40.0}};
  record.result["largest-ratio"] = 12.0;
  EXPECT_EQ(experiment.judge(std::span(&record, 1))[0].verdict, Verdict::not_reproduced);
  record.result["largest-ratio"] = nullptr;
  EXPECT_EQ(experiment.judge(std::span(&record, 1))[0].verdict, Verdict::inconclusive);
  IntrinsicDimension empty;
  empty.dimensions = {};
  EXPECT_THROW(empty.validate("here"), Error);
}

}  // namespace
}  // namespace nwedge::experiment
