#include "nwedge/experiment/intrinsic_dimension.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/vectors.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

Monitor quiet;

test::WedgeStudy study_of(std::int64_t optima) {
  wedge::WedgeOptions o;
  o.dimension = 400;
  o.short_directions = 30;
  o.wedges = 5;
  return {o, optima};
}

IntrinsicDimension on_wedges() {
  IntrinsicDimension experiment;
  experiment.dimensions = {10, 20, 40};
  experiment.section.sections = 4;
  experiment.tolerance = 0.02;
  experiment.random = 100;
  experiment.loss_share = 0.01;
  experiment.effective_steps = 50;
  return experiment;
}

TEST(IntrinsicDimensionExperiment, AllEstimatorsFindTheShortDirectionsOfAWedge) {
  const test::WedgeStudy study = study_of(5);
  const IntrinsicDimension experiment = on_wedges();
  const Record record = experiment.run(study.input(), quiet);
  const auto result = from_record<IntrinsicDimensionResult>(record.result, "test");
  EXPECT_EQ(result.short_directions->value, 30);
  ASSERT_EQ(result.estimates.size(), 6u);
  // The target leaves 1 % of the loss: d_int is s (1 - 1 %), give or take sqrt(s) of the section's luck.
  EXPECT_NEAR(result.estimates.at("sections").value, 29.7, 2);
  // The median of 100 radii of relative deviation 13 %: 1.6 %, twice that in the square.
  EXPECT_NEAR(result.estimates.at("exit").value, 30, 5 * 0.033 * 30 / std::sqrt(5));
  for (const char* exact : {"rank", "count"})
    EXPECT_NEAR(result.estimates.at(exact).value, 30, 0.01) << exact;
  for (const OptimumDimension& optimum : result.optima) {
    EXPECT_NEAR(optimum.distance,
                distance(study.optima[static_cast<std::size_t>(optimum.seed)].point,
                         study.optima[static_cast<std::size_t>(optimum.seed)].initial),
                1e-4);
    const double squared = optimum.distance * optimum.distance;
    const double predicted = 30 * squared / (squared + 2 * optimum.excess);
    for (const char* name : {"hessian", "gauss-newton"})  // one matrix: the energy is convex in the frame
      EXPECT_NEAR(optimum.estimates.at(name).value, predicted, 0.01) << name;
    EXPECT_LT(optimum.failing, *optimum.reaching);
    for (const SectionLoss& section : optimum.sections) {
      // d* = d where R^2 / (R^2 + 2 excess) is d / s.
      const double expected =
          section.d < 30 ? squared / 2 * (30.0 / static_cast<double>(section.d) - 1) : 0.0;
      EXPECT_NEAR(*section.hessian, optimum.loss + expected, 1e-3 * (1 + expected)) << section.d;
    }
  }
  const std::vector<StoredRecord> stored = {test::WedgeStudy::stored(experiment, record, {})};
  const std::vector<Finding> findings = experiment.judge(stored);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].claim, "contribution-4");
  EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement << findings[0].reason;
  EXPECT_EQ(findings[1].claim, "contribution-2");
  EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].measurement << findings[1].reason;
}

TEST(IntrinsicDimensionExperiment, EstimatorsShareNoRandomVectors) {
  wedge::WedgeOptions o;
  o.dimension = 300;
  o.short_directions = 30;
  o.wedges = 3;
  o.frames = "random";  // with axis frames the probes have no noise that could be shared
  const test::WedgeStudy study(o, 2);
  const auto result =
      from_record<IntrinsicDimensionResult>(on_wedges().run(study.input(), quiet).result, "test");
  for (const OptimumDimension& optimum : result.optima)
    for (const auto& [a, first] : optimum.estimates)
      for (const auto& [b, second] : optimum.estimates)
        if (a < b) {
          EXPECT_GT(std::abs(first.value / second.value - 1), 1e-6) << a << " and " << b;
        }
}

/// A record in which every estimator gave `value` at each of three optima, and the sections 40.
StoredRecord record_with(double value) {
  IntrinsicDimensionResult result;
  result.dimension = 1000;
  result.drop = Quantity::estimate(2, 0.01, 3, "seeds");
  for (const char* name : {"sections", "hessian", "gauss-newton", "exit", "rank", "count"})
    result.estimates[name] = Quantity::estimate(value, 0.1, 3, "seeds");
  result.estimates["sections"].value = 40;
  StoredRecord record;
  record.experiment = record.name = "intrinsic-dimension";
  record.landscape = "mlp";
  record.landscape_kind = "network";
  record.result = to_record(result);
  return record;
}

Verdict verdict_of_record(const StoredRecord& record) {
  const IntrinsicDimension experiment;
  return experiment.judge(std::span(&record, 1))[0].verdict;
}

TEST(IntrinsicDimensionExperiment, AgreementIsWithinAFactorOfTheSections) {
  EXPECT_EQ(verdict_of_record(record_with(41)), Verdict::reproduced);
  EXPECT_EQ(verdict_of_record(record_with(480)), Verdict::not_reproduced);
  EXPECT_EQ(verdict_of_record(record_with(4)), Verdict::not_reproduced);
}

TEST(IntrinsicDimensionExperiment, NumbersThatCountNothingDecideNothing) {
  for (const double bad : {0.0, -40.0, std::nan(""), std::numeric_limits<double>::infinity()})
    EXPECT_EQ(verdict_of_record(record_with(bad)), Verdict::inconclusive) << bad;
  StoredRecord record = record_with(41);
  record.result["estimates"]["sections"]["value"] = nullptr;
  EXPECT_EQ(verdict_of_record(record), Verdict::inconclusive);
  record = record_with(41);
  record.result["estimates"]["rank"]["standard-error"] = nullptr;
  EXPECT_EQ(verdict_of_record(record), Verdict::inconclusive) << "one measurement gives no interval";
  record = record_with(41);
  record.result["drop"]["value"] = -1;
  EXPECT_EQ(verdict_of_record(record), Verdict::inconclusive) << "nothing was trained";
}

TEST(IntrinsicDimensionExperiment, ASectionsTargetThatIsNotReachedIsSaid) {
  const test::WedgeStudy study = study_of(3);
  IntrinsicDimension experiment = on_wedges();
  experiment.dimensions = {2, 4};
  const Record record = experiment.run(study.input(), quiet);
  const std::vector<StoredRecord> stored = {test::WedgeStudy::stored(experiment, record, {})};
  for (const Finding& finding : experiment.judge(stored)) {
    EXPECT_EQ(finding.verdict, Verdict::inconclusive);
    EXPECT_NE(finding.reason.find("no section of up to 4 dimensions"), std::string::npos) << finding.reason;
  }
}

TEST(IntrinsicDimensionExperiment, NeedsDimensions) {
  IntrinsicDimension empty;
  empty.dimensions = {};
  EXPECT_THROW(empty.validate("here"), Error);
}

}  // namespace
}  // namespace nwedge::experiment
