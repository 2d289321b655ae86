#include "nwedge/experiment/subspace.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/geometry/random_projection.hpp"
#include "nwedge/geometry/subspace.hpp"
#include "nwedge/optimize/optimizer.hpp"
#include "nwedge/wedge/theory.hpp"
#include "tests/support/quadratic_landscape.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

Monitor quiet;

wedge::WedgeOptions model(double half_width) {
  wedge::WedgeOptions o;
  o.dimension = 500;
  o.short_directions = 40;
  o.wedges = 10;
  o.half_width = half_width;
  return o;
}

Subspace experiment_on_model() {
  Subspace experiment;
  experiment.dimensions = {5, 10, 20, 30, 40, 60, 1000};
  experiment.tolerance = 0;
  experiment.section.sections = 4;
  return experiment;
}

const io::Tensor& tensor(const Record& record, std::string_view name) {
  for (const io::Tensor& one : record.arrays)
    if (one.name == name) return one;
  throw std::out_of_range(std::string(name));
}

Input from(const test::WedgeStudy& study, std::size_t optimum) {
  return {study.model, study.training, std::span(study.optima).subspan(optimum, 1), 11 + optimum, {}};
}

TEST(SubspaceExperiment, TheIntrinsicDimensionOfAWedgeIsThatOfTheClosedForm) {
  for (const double half_width : {0.0, 3.0}) {
    const test::WedgeStudy study(model(half_width), 4);
    const Subspace experiment = experiment_on_model();
    std::vector<StoredRecord> stored;
    for (std::size_t i = 0; i < 4; ++i) {
      const Record record = experiment.run(from(study, i), quiet);
      const auto result = from_record<SubspaceResult>(record.result, "test");
      EXPECT_TRUE(result.exact);
      EXPECT_EQ(result.d_int.failing, *result.d_int.reaching - 1) << "tolerance 0 finds it exactly";
      // The mean over four sections has half the spread of one, and some bias of its own.
      EXPECT_GE(*result.d_int.reaching, *result.prediction->low - 1);
      EXPECT_LE(*result.d_int.reaching, *result.prediction->high + 1);
      stored.push_back(test::WedgeStudy::stored(experiment, record, {}));
    }
    const std::vector<Finding> findings = experiment.judge(stored);
    ASSERT_EQ(findings.size(), 2u);
    EXPECT_EQ(findings[0].claim, "observation-2");
    EXPECT_EQ(findings[0].verdict, Verdict::reproduced) << findings[0].measurement;
    EXPECT_EQ(findings[1].claim, "contribution-2");
    EXPECT_EQ(findings[1].verdict, Verdict::reproduced) << findings[1].measurement;
  }
}

/// Records of seeds whose sections reached the target at `reaching` of 1000 dimensions; 0: at none of up to
/// 150.
std::vector<StoredRecord> records_of(const std::vector<std::int64_t>& reaching) {
  std::vector<StoredRecord> records;
  for (const std::int64_t d : reaching) {
    SubspaceResult result;
    result.dimension = 1000;
    result.largest = 150;
    result.target = {"accuracy", "train", 0.8, 0.1, 0.9};
    result.d_int.failing = d > 0 ? d - 1 : 150;
    if (d > 0) result.d_int.reaching = d;
    StoredRecord record;
    record.experiment = record.name = "subspace";
    record.landscape = "mlp";
    record.landscape_kind = "network";
    record.result = to_record(result);
    records.push_back(record);
  }
  return records;
}

Verdict verdict_of_records(const std::vector<StoredRecord>& records) {
  return Subspace().judge(records)[0].verdict;
}

TEST(SubspaceExperiment, ALandscapeWithoutLowDimensionalSolutionsFails) {
  EXPECT_EQ(verdict_of_records(records_of({9, 10, 11})), Verdict::reproduced);
  EXPECT_EQ(verdict_of_records(records_of({130, 140, 0})), Verdict::not_reproduced);
  EXPECT_EQ(verdict_of_records(records_of({0, 0, 0})), Verdict::not_reproduced)
      << "the largest dimension tried lies above the bound and does not suffice";
  EXPECT_EQ(verdict_of_records(records_of({9, 10, 0})), Verdict::inconclusive);
  EXPECT_EQ(verdict_of_records(records_of({9})), Verdict::inconclusive);
  std::vector<StoredRecord> small = records_of({0, 0, 0});
  for (StoredRecord& record : small) record.result["largest"] = record.result["d-int"]["failing"] = 50;
  EXPECT_EQ(verdict_of_records(small), Verdict::inconclusive) << "nothing above the bound was tried";
}

TEST(SubspaceExperiment, WithoutATrainingThatGainedNothingIsDecided) {
  std::vector<StoredRecord> records = records_of({9, 10, 11});
  for (StoredRecord& record : records) record.result["target"]["full"] = 0.1;
  EXPECT_EQ(verdict_of_records(records), Verdict::inconclusive);
  records = records_of({9, 10, 11});
  records[1].result["target"]["value"] = nullptr;
  EXPECT_EQ(verdict_of_records(records), Verdict::inconclusive);
}

TEST(SubspaceExperiment, TheCriterionMustBeAbleToFail) {
  const test::WedgeStudy study(model(0), 1);
  const Planned planned{study.model, "wedge", study.training, 1, true};
  Subspace experiment;
  EXPECT_NO_THROW(experiment.validate_for(planned, "here")) << "10, 30, 100 of 500";
  experiment.dimensions = {10, 50};
  EXPECT_THROW(experiment.validate_for(planned, "here"), Error) << "50 is the bound itself";
  experiment.dimensions = {10, 51, 1000};
  EXPECT_NO_THROW(experiment.validate_for(planned, "here"));
  experiment.split = "test";
  EXPECT_THROW(experiment.validate_for(planned, "here"), Error) << "no test data";
}

TEST(SubspaceExperiment, LossesFallAsPredictedAndAreZeroFromSOn) {
  const test::WedgeStudy study(model(0), 8);
  const Subspace experiment = experiment_on_model();
  std::vector<double> mean(6);
  std::vector<double> predicted;
  for (std::size_t i = 0; i < 8; ++i) {
    Subspace listed = experiment;
    listed.tolerance = 1e9;  // only the listed dimensions
    const Record record = listed.run(from(study, i), quiet);
    const std::vector<std::int64_t>& d = std::get<std::vector<std::int64_t>>(tensor(record, "d").values);
    ASSERT_EQ(d, (std::vector<std::int64_t>{5, 10, 20, 30, 40, 60})) << "1000 exceeds the dimension";
    const std::vector<double>& losses = std::get<std::vector<double>>(tensor(record, "loss-train").values);
    ASSERT_EQ(tensor(record, "loss-train").shape, (std::vector<std::int64_t>{6, 4}));
    for (std::size_t k = 0; k < losses.size(); ++k) mean[k / 4] += losses[k] / 32;
    predicted = std::get<std::vector<double>>(tensor(record, "predicted-loss").values);
    for (std::size_t k = 16; k < 24; ++k) EXPECT_LT(losses[k], 1e-6);
  }
  // 8 initial points, each the least of ten chi^2_40: about 10 % each, 4 % of the mean.
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(mean[k] / predicted[k], 1, 5 * 0.05) << k;
}

TEST(SubspaceExperiment, TrainingComesCloseToTheExactMinimum) {
  wedge::WedgeOptions one_wedge = model(0);
  one_wedge.wedges = 1;  // descent stays in the nearest wedge, the exact minimum may lie in another
  const test::WedgeStudy study(one_wedge, 1);
  Subspace experiment = experiment_on_model();
  experiment.dimensions = {20};
  experiment.section.sections = 2;
  const Record exact = experiment.run(from(study, 0), quiet);
  experiment.section.exact = false;
  experiment.section.learning_rate = 0.06;  // of the weights; of z: sqrt(500 / 20) times it
  experiment.section.steps = 600;
  const Record trained = experiment.run(from(study, 0), quiet);
  EXPECT_FALSE(trained.result["exact"].get<bool>());
  EXPECT_TRUE(trained.result["other"].is_null()) << "no test data";
  const double lowest = exact.result["tried"][0]["loss"].get<double>();
  EXPECT_NEAR(trained.result["tried"][0]["loss"].get<double>(), lowest, 0.02 * lowest);
}

TEST(SubspaceExperiment, WhatNoSectionReachesIsInconclusive) {
  const test::WedgeStudy study(model(0), 1);
  Subspace experiment = experiment_on_model();
  experiment.dimensions = {2, 4};
  const Record record = experiment.run(from(study, 0), quiet);
  EXPECT_TRUE(record.result["d-int"]["reaching"].is_null());
  EXPECT_EQ(record.result["d-int"]["failing"], 4);
  const std::vector<StoredRecord> stored = {test::WedgeStudy::stored(experiment, record, {})};
  for (const Finding& finding : experiment.judge(stored)) EXPECT_EQ(finding.verdict, Verdict::inconclusive);
}

TEST(SubspaceExperiment, ATargetNeedsWhatItMeasures) {
  const test::WedgeStudy study(model(0), 1);
  Subspace experiment = experiment_on_model();
  experiment.target = "accuracy";
  EXPECT_THROW(experiment.run(from(study, 0), quiet), Error);
  experiment = experiment_on_model();
  experiment.dimensions = {501};
  EXPECT_THROW(experiment.run(from(study, 0), quiet), Error);
}

// Adam's first step is its rate in every entry of z. A rate of z would move the weights ten times as far at
// d = 1000 as at d = 10; on a network the best one for d = 100 diverges at d = 1000.
TEST(SectionSearch, AdamMovesTheWeightsByItsRateInSectionsOfAnyDimension) {
  constexpr std::int64_t kDimension = 4096;
  const nwedge::test::QuadraticLandscape landscape(std::vector<double>(kDimension, 1.0));
  const std::vector<float> origin = landscape.initial_point(0);
  SectionOptions options;
  options.learning_rate = 0.02;
  options.steps = 1;
  for (const std::int64_t d : {10, 100, 1000}) {
    const geometry::Subspace subspace(landscape, origin,
                                      geometry::make_random_projection("hadamard", kDimension, d, 1));
    const optimize::Result result = optimize::minimize(subspace, subspace.initial_point(0),
                                                       section_training(options, kDimension, d), 2, quiet);
    const std::vector<float> moved = subspace.point(result.point);
    double square = 0;
    for (std::size_t i = 0; i < origin.size(); ++i) square += std::pow(moved[i] - origin[i], 2);
    EXPECT_NEAR(std::sqrt(square / kDimension), 0.02, 1e-5) << d;  // orthonormal columns: kDimension is 2^12
  }
  options.method = "sgd";
  EXPECT_DOUBLE_EQ(section_training(options, kDimension, 10).learning_rate, 0.02) << "of z";
}

TEST(SectionSearch, HalvesToTheToleranceAndKeepsWhatItComputed) {
  std::vector<double> spectrum(300);
  for (std::size_t i = 0; i < 50; ++i) spectrum[i] = 1;
  const nwedge::test::QuadraticLandscape landscape(spectrum);
  const std::vector<float> origin = landscape.initial_point(0);
  SectionOptions options;
  options.method = "sgd";
  options.learning_rate = 2;  // the section's largest curvature is about (1 + sqrt(d/s))^2 s/D < 1
  options.steps = 600;
  options.sections = 4;
  SectionSearch search(landscape, origin, options, 3);
  const std::vector<std::int64_t> listed = {10, 100};
  search.compute(listed, quiet);
  // The loss at d is 1 - d/50 of the initial one, a Beta variable of deviation 0.1, 0.05 in the mean of four:
  // below 0.4 from d = 30 on, give or take 2.4.
  const SectionTarget target{false, 0.4 * landscape.evaluate(origin).loss};
  const LeastDimension least = search.least_dimension(target, 0.1, quiet);
  EXPECT_NEAR(static_cast<double>(least.reaching), 30, 12);
  EXPECT_LE(static_cast<double>(least.reaching), 1.1 * static_cast<double>(least.failing));
  EXPECT_FALSE(target.reached(search.outcomes().at(least.failing)));
  EXPECT_TRUE(target.reached(search.outcomes().at(least.reaching)));
  EXPECT_LE(search.outcomes().size(), 2u + 5u) << "log2(log 10 / log 1.1) halvings";
}

}  // namespace
}  // namespace nwedge::experiment
