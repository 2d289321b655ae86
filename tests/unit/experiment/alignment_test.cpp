#include "nwedge/experiment/alignment.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <stdexcept>

#include "nwedge/core/monitor.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/experiment/alignment_parts.hpp"
#include "nwedge/network/model.hpp"
#include "nwedge/network/network.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/quadratic_landscape.hpp"

namespace nwedge::experiment {
namespace {

Monitor quiet;

std::unique_ptr<network::Network> small_network(const std::string& model) {
  network::DataOptions options;
  options.data = "synthetic:1x6x6,4";
  options.train_examples = 200;
  options.test_examples = 50;
  auto data = std::make_shared<const network::DataSet>(network::load_data(options, "test"));
  network::Model made = network::make_model({model}, *data, "test");
  return std::make_unique<network::Network>(std::move(data), std::move(made), network::NetworkOptions{});
}

optimize::Options training() {
  optimize::Options options;
  options.steps = 60;
  options.learning_rate = 0.1;
  options.batch_size = 50;
  return options;
}

std::vector<optimize::Result> trained(const Landscape& landscape, std::uint64_t count) {
  std::vector<optimize::Result> optima;
  for (std::uint64_t seed = 0; seed < count; ++seed)
    optima.push_back(optimize::minimize(landscape, landscape.initial_point(seed), training(), seed, quiet));
  return optima;
}

StoredRecord stored(const Record& record, std::uint64_t seeds) {
  StoredRecord own;
  own.experiment = own.name = "alignment";
  own.landscape = "net";
  own.landscape_kind = "network";
  for (std::uint64_t seed = 0; seed < seeds; ++seed) own.seeds.push_back(seed);
  own.options = nlohmann::json::object();
  own.result = record.result;
  return own;
}

Alignment small() {
  Alignment experiment;
  experiment.points = 5;
  experiment.examples = 0;
  experiment.curvature_examples = 0;
  experiment.eigenvectors = 3;
  experiment.tunnel_steps = 10;
  return experiment;
}

const ArrangedOptima& of(const AlignmentResult& result, const std::string& kind) {
  for (const ArrangedOptima& own : result.arrangements)
    if (own.kind == kind) return own;
  throw std::runtime_error("no arrangement " + kind);
}

TEST(Alignment, OfPermutedCopiesRemovesEverything) {
  const auto network = small_network("mlp:12,10");
  const network::UnitGroups groups(network->graph());
  std::vector<optimize::Result> optima = trained(*network, 1);
  for (int k = 1; k < 4; ++k) {
    RandomStream stream(7, "copy", static_cast<std::uint64_t>(k));
    const network::Arrangement moved = groups.random(stream);
    optima.push_back(optima.front());
    optima.back().point = groups.arranged_weights(moved, optima.front().point);
    optima.back().initial = groups.arranged_weights(moved, optima.front().initial);
  }
  const Record record = small().run({*network, training(), optima, 0, {}}, quiet);
  const auto result = from_record<AlignmentResult>(record.result, "test");
  const double loss = network->evaluate(optima.front().point).loss;
  ASSERT_GT(of(result, "as-trained").barrier.value, 0);
  for (const std::string kind : {"pairwise", "universe"}) {
    EXPECT_EQ(of(result, kind).barrier.value, 0) << kind;
    EXPECT_EQ(of(result, kind).distance.value, 0) << kind;
    EXPECT_NEAR(of(result, kind).removed.value, 1, 1e-12) << kind;
    EXPECT_NEAR(of(result, kind).average_loss, loss, 1e-6) << kind;
    EXPECT_NEAR(*of(result, kind).star_loss, loss, 1e-6) << kind;
    EXPECT_GT(of(result, kind).overlap.value, 0.9) << kind;  // as well as Lanczos finds it from each start
  }
  for (const std::string kind : {"random", "shuffled"}) {
    EXPECT_LT(of(result, kind).removed.value, 0.6) << kind;
    EXPECT_GT(of(result, kind).average_loss, loss + 0.05) << kind;
    EXPECT_LT(of(result, kind).overlap.value, 0.7) << kind;
  }
  const std::vector<StoredRecord> records = {stored(record, 4)};
  const std::vector<Finding> findings = small().judge(records);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].claim, "permutation");
  EXPECT_EQ(findings[0].controls.size(), 2u);
  EXPECT_NE(findings[0].verdict, Verdict::not_reproduced) << findings[0].reason;
}

TEST(Alignment, OfALandscapeWithoutUnitsMeasuresItAsItIs) {
  const test::QuadraticLandscape landscape({1, 2, 3});
  const std::vector<optimize::Result> optima = trained(landscape, 3);
  const Record record = small().run({landscape, training(), optima, 0, {}}, quiet);
  const auto result = from_record<AlignmentResult>(record.result, "test");
  ASSERT_EQ(result.arrangements.size(), 1u);
  EXPECT_EQ(result.units, 0);
  const std::vector<StoredRecord> records = {stored(record, 3)};
  EXPECT_EQ(small().judge(records)[0].verdict, Verdict::inconclusive);
}

TEST(Alignment, FindsHowABarrierFallsWithWidth) {
  // 1, 1/2, 1/4 at 1, 2, 3 doublings: slope -3/8 of a mean of 7/12, whatever the pairs.
  std::vector<PairNumbers> lists(3);
  for (std::size_t w = 0; w < 3; ++w)
    for (const SeedPair& pair : seed_pairs(4))
      lists[w].push_back({pair.first, pair.second, std::pow(0.5, static_cast<double>(w))});
  const std::vector<double> levels = {1, 2, 3};
  const std::vector<PairNumbers> none;
  const Quantity slope = relative_slope(lists, none, levels, 4);
  EXPECT_NEAR(slope.value, -0.375 / (1.75 / 3), 1e-12);
  EXPECT_NEAR(slope.standard_error, 0, 1e-12);
  EXPECT_EQ(slope.count, 4);
  EXPECT_NEAR(relative_slope(lists, lists, levels, 4).value, 0, 1e-12)
      << "the share left is the same everywhere";
  // The jackknife over seeds of a mean over pairs is that of `mean_over_pairs`.
  for (std::size_t k = 0; k < lists[0].size(); ++k) lists[0][k].value += 0.1 * static_cast<double>(k);
  const std::vector<PairNumbers> one = {lists[0]};
  const Quantity mean = over_seeds(one, 4, [](std::span<const double> means) { return means[0]; });
  const Quantity expected = mean_over_pairs(lists[0]);
  EXPECT_NEAR(mean.value, expected.value, 1e-12);
  EXPECT_NEAR(mean.standard_error, expected.standard_error, 1e-12);
}

TEST(Alignment, WithoutABarrierSaysNothingOfItsShare) {
  PairNumbers none;
  for (const SeedPair& pair : seed_pairs(3)) none.push_back({pair.first, pair.second, 0.0});
  EXPECT_FALSE(share_removed(none, none, 3).present());
}

TEST(Alignment, TrainsNetworksOfSeveralWidths) {
  const auto network = small_network("mlp:6");
  const std::vector<optimize::Result> optima = trained(*network, 3);
  Alignment experiment = small();
  experiment.eigenvectors = 0;
  experiment.tunnel_steps = 0;
  experiment.models = {"mlp:3", "mlp:6", "mlp:12"};
  experiment.trainings = 3;
  const auto vary = [&](const nlohmann::json& changes) -> std::unique_ptr<Landscape> {
    return small_network(changes.at("model").get<std::string>());
  };
  const Record record = experiment.run({*network, training(), optima, 0, vary}, quiet);
  const auto result = from_record<AlignmentResult>(record.result, "test");
  ASSERT_EQ(result.widths.size(), 3u);
  for (std::size_t w = 0; w < 3; ++w) EXPECT_EQ(result.widths[w].units, 3 << w);
  // The middle one is the landscape itself, trained from the same seeds.
  EXPECT_NEAR(result.widths[1].barrier.value, of(result, "as-trained").barrier.value, 1e-12);
  EXPECT_NEAR(result.widths[1].aligned.value, of(result, "pairwise").barrier.value, 1e-12);
  EXPECT_EQ(result.widths[1].repaired.value, of(result, "pairwise").repaired.value);
  ASSERT_TRUE(result.trends);
  const std::vector<StoredRecord> records = {stored(record, 3)};
  EXPECT_EQ(experiment.judge(records).size(), 2u);
}

TEST(Alignment, RefusesTooFewWidthsForATrend) {
  Alignment experiment = small();
  experiment.models = {"mlp:3", "mlp:6"};
  test::expect_error([&] { experiment.validate("study.toml:7"); }, "study.toml:7", "at least 3 networks");
}

}  // namespace
}  // namespace nwedge::experiment
