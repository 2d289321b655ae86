#include "nwedge/experiment/spectrum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "nwedge/callback_landscape.hpp"
#include "nwedge/core/error.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/quadratic_landscape.hpp"
#include "tests/unit/experiment/wedge_study.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

Monitor quiet;

wedge::WedgeOptions small_model() {
  wedge::WedgeOptions o;
  o.dimension = 300;
  o.short_directions = 20;
  o.wedges = 8;
  return o;
}

const std::vector<double>& array(const Record& record, std::string_view name) {
  for (const io::Tensor& tensor : record.arrays)
    if (tensor.name == name) return std::get<std::vector<double>>(tensor.values);
  throw std::out_of_range(std::string(name));
}

double value(const json& estimate) { return estimate.at("value").get<double>(); }
double error(const json& estimate) { return estimate.at("standard-error").get<double>(); }

TEST(SpectrumExperiment, FindsTheStiffnessesOfAWedge) {
  for (const char* frames : {"axis", "random"}) {
    wedge::WedgeOptions o = small_model();
    o.frames = frames;
    o.stiffness_spread = 8;
    const test::WedgeStudy study(o, 1);
    Spectrum experiment;
    experiment.trace_probes = 60;
    experiment.density_probes = 30;
    const Record record = experiment.run(study.input(), quiet);
    ASSERT_EQ(record.result["points"].size(), 2u);
    const json& prediction = record.result["prediction"];
    for (const json& point : record.result["points"]) {
      const double rounding = 1e-4 * prediction["trace"].get<double>();
      EXPECT_NEAR(value(point["trace"]), prediction["trace"].get<double>(),
                  5 * error(point["trace"]) + rounding);
      EXPECT_NEAR(value(point["trace-of-square"]), prediction["trace-of-square"].get<double>(),
                  5 * error(point["trace-of-square"]) + rounding);
      EXPECT_NEAR(value(point["effective-rank"]), prediction["effective-rank"].get<double>(),
                  5 * error(point["effective-rank"]) + 0.01);
      EXPECT_NEAR(value(point["count-above"]), prediction["count-above"].get<double>(),
                  5 * error(point["count-above"]) + 0.5);
      EXPECT_EQ(point["top-converged"], 10);
      for (std::size_t k = 0; k < 10; ++k)
        EXPECT_NEAR(point["top"][k].get<double>(), prediction["top"][k].get<double>(), 1e-3);
      EXPECT_NEAR(point["bottom"][0].get<double>(), 0, 1e-3);
    }
    EXPECT_NEAR(record.result["points"].back()["loss"].get<double>(), 0, 1e-9);
    const std::vector<StoredRecord> stored(3, test::WedgeStudy::stored(experiment, record, {}));
    const std::vector<Finding> findings = experiment.judge(stored);
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].verdict, Verdict::reproduced);
    EXPECT_EQ(findings[0].claim, "contribution-2");
  }
}

/// 1/2 theta^T A theta with named tensors: A couples "head.weight" to the others.
class Named {
 public:
  Named() {
    Callbacks callbacks;
    callbacks.dimension = 6;
    callbacks.initial = [](std::uint64_t) { return std::vector<float>(6, 0.5f); };
    callbacks.gradient = [this](std::span<const float> point, std::span<float> gradient, Split) {
      multiply(point, gradient);
      double loss = 0;
      for (std::size_t i = 0; i < 6; ++i) loss += 0.5 * point[i] * gradient[i];
      return loss;
    };
    callbacks.hessian = [this](std::span<const float>, Split) -> HessianProduct {
      return [this](std::span<const float> vector, std::span<float> product) { multiply(vector, product); };
    };
    callbacks.matrices[CurvatureMatrix::gauss_newton] = [](std::span<const float>, Split) -> HessianProduct {
      return [](std::span<const float> vector, std::span<float> product) {
        for (std::size_t i = 0; i < 6; ++i) product[i] = 2 * vector[i];
      };
    };
    callbacks.tensors = {{"body.0.weight", 0, 3}, {"body.0.bias", 3, 1}, {"head.weight", 4, 2}};
    landscape_ = std::make_unique<CallbackLandscape>(std::move(callbacks));
  }

  Record run(const Spectrum& experiment) {
    optimize::Options training;
    std::vector<optimize::Result> optima(1);
    optima[0].initial = landscape_->initial_point(0);
    optima[0].point = std::vector<float>(6, 0.0f);
    return experiment.run({*landscape_, training, optima, 5, {}}, quiet);
  }
  Planned planned() const { return {*landscape_, "given", training_, 1}; }

 private:
  void multiply(std::span<const float> vector, std::span<float> product) const {
    for (std::size_t i = 0; i < 6; ++i) {
      product[i] = 0;
      for (std::size_t j = 0; j < 6; ++j) product[i] += kMatrix[i][j] * vector[j];
    }
  }

  // Blocks: eigenvalues 5, 2, 1 of the weight, 4 of the bias, 9 and 7 of the head.
  static constexpr float kMatrix[6][6] = {{5, 0, 0, 1, 1, 0}, {0, 2, 0, 0, 0, 1}, {0, 0, 1, 0, 0, 0},
                                          {1, 0, 0, 4, 0, 1}, {1, 0, 0, 0, 8, 1}, {0, 1, 0, 1, 1, 8}};
  std::unique_ptr<CallbackLandscape> landscape_;
  optimize::Options training_;
};

Spectrum exact_spectrum() {
  Spectrum experiment;
  experiment.top = 3;
  experiment.bottom = 1;
  experiment.trace_probes = 4000;
  experiment.density_points = 10;
  return experiment;
}

TEST(SpectrumExperiment, OfSomeParametersIsThatOfTheirDiagonalBlock) {
  Named named;
  Spectrum experiment = exact_spectrum();
  experiment.parameters = {"body.*.weight"};
  const Record record = named.run(experiment);
  EXPECT_EQ(record.result["dimension"], 3);
  EXPECT_EQ(record.result["parameters"], json({"body.0.weight"}));
  const json& optimum = record.result["points"].back();
  EXPECT_NEAR(optimum["top"][0].get<double>(), 5, 1e-4);
  EXPECT_NEAR(optimum["top"][1].get<double>(), 2, 1e-4);
  EXPECT_NEAR(optimum["bottom"][0].get<double>(), 1, 1e-4);
  EXPECT_NEAR(value(optimum["trace"]), 8, 1e-4) << "a diagonal block has no error";
  experiment.parameters = {"head.*", "body.0.bias"};
  EXPECT_NEAR(named.run(experiment).result["points"].back()["trace"]["value"].get<double>(), 20, 0.2);
  EXPECT_TRUE(experiment.judge(std::vector<StoredRecord>(3)).empty()) << "a claim is about all weights";
}

TEST(SpectrumExperiment, BlocksHaveTheirOwnEigenvaluesAndSharesOfTheTrace) {
  Named named;
  Spectrum experiment = exact_spectrum();
  experiment.blocks = "tensors";
  const Record record = named.run(experiment);
  const json& blocks = record.result["blocks"];
  ASSERT_EQ(blocks.size(), 3u);
  const std::vector<double> tops = {5, 4, 9};
  const std::vector<double> traces = {8, 4, 16};
  for (std::size_t b = 0; b < 3; ++b) {
    EXPECT_NEAR(blocks[b]["top"].get<double>(), tops[b], 1e-3);
    EXPECT_NEAR(value(blocks[b]["trace"]), traces[b], 5 * error(blocks[b]["trace"]) + 1e-6);
    EXPECT_NEAR(value(blocks[b]["share"]), traces[b] / 28, 5 * error(blocks[b]["share"]) + 1e-6);
    EXPECT_LT(error(blocks[b]["share"]), 0.01);
  }
  experiment.blocks = "layers";
  const json layers = named.run(experiment).result["blocks"];
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0]["name"], "body.0");
  EXPECT_EQ(layers[0]["size"], 4);
  EXPECT_NEAR(layers[0]["top"].get<double>(), 4.5 + std::sqrt(1.25), 1e-3);
  experiment.parameters = {"body.*"};
  EXPECT_NEAR(value(named.run(experiment).result["blocks"][0]["share"]), 1, 1e-9);
}

TEST(SpectrumExperiment, TakesOtherMatricesWhereThereAre) {
  Named named;
  Spectrum experiment = exact_spectrum();
  experiment.matrix = "gauss-newton";
  EXPECT_NO_THROW(experiment.validate_for(named.planned(), "spectrum"));
  EXPECT_NEAR(named.run(experiment).result["points"].back()["top"][0].get<double>(), 2, 1e-4);
  experiment.matrix = "fisher";
  nwedge::test::expect_error([&] { experiment.validate_for(named.planned(), "spectrum"); },
                             "[spectrum] matrix \"fisher\" is not known of this landscape; its hessian is");
}

TEST(SpectrumExperiment, RefusesPatternsThatMatchNothing) {
  const Named named;
  Spectrum experiment;
  experiment.parameters = {"body.*", "tail.*"};
  nwedge::test::expect_error(
      [&] { experiment.validate_for(named.planned(), "spectrum"); },
      "[spectrum] parameters \"tail.*\" match no tensor; there are body.0.weight, body.0.bias, head.weight");
  const test::WedgeStudy study(small_model(), 1);
  nwedge::test::expect_error(
      [&] {
        experiment.validate_for({study.model, "wedge", study.training, 1}, "spectrum");
      },
      "[spectrum] this landscape does not name its tensors: leave parameters and blocks out");
}

TEST(SpectrumExperiment, DensitiesIntegrateToOneAtEveryPoint) {
  const test::WedgeStudy study(small_model(), 1);
  const Spectrum experiment;
  const Record record = experiment.run(study.input(), quiet);
  const std::vector<double>& x = array(record, "eigenvalue");
  const std::vector<double>& y = array(record, "density");
  for (std::size_t p = 0; p < 2; ++p) {
    double integral = 0;
    for (std::size_t i = 0; i < 400; ++i) integral += y[p * 400 + i] * (x[p * 400 + 1] - x[p * 400]);
    EXPECT_NEAR(integral, 1, 1e-3);
  }
  const std::vector<double>& weights = array(record, "quadrature-weight");
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 2.0 * 4, 1e-9) << "2 points, 4 probes";
}

TEST(SpectrumExperiment, MeasuresPointsOfTheTrajectoryInOrder) {
  const nwedge::test::QuadraticLandscape landscape({3, 2, 1, 0.5, 0, 0, 0, -1});
  optimize::Options training;
  optimize::Result run;
  run.initial = landscape.initial_point(0);
  for (std::int64_t step : {0, 10, 20, 30, 40}) {
    run.trajectory_steps.push_back(step);
    run.trajectory.insert(run.trajectory.end(), run.initial.begin(), run.initial.end());
  }
  run.point = std::vector<float>(8);
  Spectrum experiment;
  experiment.trajectory_points = 2;
  experiment.bottom = 1;
  const Record record = experiment.run({landscape, training, std::span(&run, 1), 0, {}}, quiet);
  std::vector<std::string> places;
  for (const json& point : record.result["points"]) {
    places.push_back(point["where"].get<std::string>() + " " + point["step"].dump());
    EXPECT_NEAR(point["top"][0].get<double>(), 3, 1e-5);
    EXPECT_NEAR(point["bottom"][0].get<double>(), -1, 1e-5);
    EXPECT_NEAR(value(point["trace"]), 5.5, 5 * error(point["trace"]));
  }
  EXPECT_EQ(places, (std::vector<std::string>{"initial 0", "trajectory 10", "trajectory 20", "optimum 40"}));
}

TEST(SpectrumExperiment, AWrongTraceIsNotReproduced) {
  const test::WedgeStudy study(small_model(), 1);
  const Spectrum experiment;
  const Record record = experiment.run(study.input(), quiet);
  std::vector<StoredRecord> stored(3, test::WedgeStudy::stored(experiment, record, {}));
  EXPECT_EQ(experiment.judge(stored)[0].verdict, Verdict::reproduced);
  for (StoredRecord& one : stored) one.result["points"].back()["trace"]["value"] = 25.0;
  EXPECT_EQ(experiment.judge(stored)[0].verdict, Verdict::not_reproduced);
  stored[0].result["points"].back()["trace"]["value"] = nullptr;
  EXPECT_EQ(experiment.judge(stored)[0].verdict, Verdict::inconclusive);
}

/// Records of three seeds on a network of 1000 dimensions.
std::vector<StoredRecord> network_records(double rank) {
  SpectrumResult result;
  result.dimension = 1000;
  result.points.emplace_back();
  result.points[0].where = "optimum";
  result.points[0].trace = Quantity::estimate(50, 1, 20, "probes");
  result.points[0].effective_rank = Quantity::estimate(rank, 1, 20, "probes");
  StoredRecord record;
  record.experiment = record.name = "spectrum";
  record.landscape = "mlp";
  record.landscape_kind = "network";
  record.result = to_record(result);
  return {record, record, record};
}

TEST(SpectrumExperiment, ASpectrumAloneIsNoEvidenceForAnIntrinsicDimension) {
  const Spectrum experiment;
  const Finding few = experiment.judge(network_records(30))[0];
  EXPECT_EQ(few.claim, "contribution-4");
  EXPECT_EQ(few.verdict, Verdict::illustration);
  EXPECT_EQ(experiment.judge(network_records(300))[0].verdict, Verdict::not_reproduced);
  for (const double bad : {0.0, -0.24, std::nan("")})
    EXPECT_EQ(experiment.judge(network_records(bad))[0].verdict, Verdict::inconclusive) << bad;
}

TEST(SpectrumExperiment, TheZoneIsTheSameEverywhereOnAQuadratic) {
  std::vector<double> values(50, 1.0);
  for (std::size_t i = 0; i < 10; ++i) values[i] = -1;
  const nwedge::test::QuadraticLandscape landscape(values);
  optimize::Options training;
  optimize::Result run;
  run.initial = landscape.initial_point(0);
  run.point = std::vector<float>(50);
  Spectrum experiment;
  experiment.zone_radii = {0.5, 2};
  experiment.zone_probes = 200;
  const auto result = from_record<SpectrumResult>(
      experiment.run({landscape, training, std::span(&run, 1), 0, {}}, quiet).result, "test");
  ASSERT_EQ(result.zone.size(), 2u);
  for (const ZonePoint& zone : result.zone) {
    EXPECT_NEAR(zone.ratio.value, 30 / std::sqrt(50.0), 5 * zone.ratio.standard_error);
    EXPECT_NEAR(zone.norm, std::sqrt(50.0), 1e-3);
    EXPECT_GT(zone.ratio.standard_error, 0);
  }
  EXPECT_NEAR(result.zone[1].loss / result.zone[0].loss, 16, 1e-3);
}

TEST(SpectrumExperiment, FewerExamplesNeedALandscapeThatCanBeMadeWithFewer) {
  const test::WedgeStudy study(small_model(), 1);
  Spectrum experiment;
  experiment.examples = 1000;  // a landscape without data has none to leave out
  experiment.zone_radii = {};
  EXPECT_NO_THROW(experiment.run(study.input(), quiet));
}

}  // namespace
}  // namespace nwedge::experiment
