#include "nwedge/network/alignment/matching.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nwedge/core/random.hpp"
#include "nwedge/network/alignment/assignment.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/families/initial_weights.hpp"
#include "nwedge/network/model.hpp"
#include "tests/unit/network/onnx/fixture.hpp"

namespace nwedge::network {
namespace {

std::vector<double> random_gains(std::int64_t n, std::uint64_t seed, std::uint64_t levels) {
  RandomStream stream(seed, "gains", static_cast<std::uint64_t>(n));
  std::vector<double> gains;
  for (std::int64_t k = 0; k < n * n; ++k)
    gains.push_back(static_cast<double>(stream.below(levels)) - static_cast<double>(levels / 2));
  return gains;
}

TEST(Assignment, IsTheBestOfAllPermutations) {
  for (std::int64_t n = 1; n <= 7; ++n)
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const std::vector<double> gains =
          random_gains(n, seed, seed % 2 == 0 ? 5 : 1'000'000);  // with ties, without
      std::vector<std::int32_t> order(static_cast<std::size_t>(n));
      std::iota(order.begin(), order.end(), 0);
      double best = -1e300;
      do best = std::max(best, assigned_gain(gains, order));
      while (std::next_permutation(order.begin(), order.end()));
      std::vector<std::int32_t> found = best_assignment(gains, n);
      EXPECT_DOUBLE_EQ(assigned_gain(gains, found), best) << n << " by seed " << seed;
      std::sort(found.begin(), found.end());
      std::iota(order.begin(), order.end(), 0);
      EXPECT_EQ(found, order);
    }
}

TEST(Assignment, FindsAKnownOptimumOfManyRows) {
  // Nobody can gain more than its row's most; a hidden permutation gives all of them that.
  constexpr std::int64_t kRows = 300;
  std::vector<double> gains = random_gains(kRows, 1, 1000);
  RandomStream stream(2, "hidden");
  std::vector<std::int32_t> hidden(kRows);
  std::iota(hidden.begin(), hidden.end(), 0);
  for (std::size_t k = kRows; k-- > 1;) std::swap(hidden[k], hidden[stream.below(k + 1)]);
  for (std::size_t i = 0; i < kRows; ++i) gains[i * kRows + static_cast<std::size_t>(hidden[i])] = 600;
  EXPECT_EQ(best_assignment(gains, kRows), hidden);
}

TEST(Assignment, OfASumOfPricesGainsTheSameInEveryWay) {
  constexpr std::int64_t kRows = 40;
  std::vector<double> gains;
  for (std::int64_t i = 0; i < kRows; ++i)
    for (std::int64_t j = 0; j < kRows; ++j) gains.push_back(static_cast<double>(3 * i - 5 * j));
  EXPECT_DOUBLE_EQ(assigned_gain(gains, best_assignment(gains, kRows)), -2.0 * kRows * (kRows - 1) / 2);
}

struct Twin {
  Graph graph;
  std::vector<float> weights;
  std::vector<float> buffers;

  StateView view() const { return {weights, buffers}; }
};

Twin twin_of(const std::string& model, std::uint64_t seed, const std::string& activation = "default") {
  ModelOptions options;
  options.model = model;
  options.activation = activation;
  Twin twin{make_graph(options, {3, 32, 32}, 10), {}, {}};
  twin.weights = initial_weights(twin.graph, seed);
  twin.buffers = initial_buffers(twin.graph);
  std::vector<float> noise(twin.weights.size());
  RandomStream(seed, "noise").fill_normal(noise, 0.05);
  for (std::size_t k = 0; k < noise.size(); ++k) twin.weights[k] += noise[k];
  return twin;
}

constexpr const char* kModels[] = {"mlp:30,20,25",
                                   "cnn:6,8,7",
                                   "resnet:14",
                                   "resnet:14x2-projection",
                                   "wrn:10-1",
                                   "vit:dim=32,depth=2,heads=4,patch=8,mlp=48",
                                   "mixer:dim=16,depth=2,patch=8,tokens=10,channels=24"};

class EveryMatching : public testing::TestWithParam<const char*> {};

TEST_P(EveryMatching, ByWeightsFindsAPermutedCopyExactly) {
  const Twin original = twin_of(GetParam(), 1);
  const UnitGroups groups(original.graph);
  RandomStream stream(5, "copy");
  const std::vector<float> copy = groups.arranged_weights(groups.random(stream), original.weights);
  ASSERT_NE(copy, original.weights);
  MatchingOptions options;
  options.restarts = 1;
  const Arrangement found = match_weights(groups, original.weights, copy, options);
  EXPECT_EQ(groups.arranged_weights(found, copy), original.weights);
}

TEST_P(EveryMatching, ByWeightsGainsAndKeepsTheFunction) {
  const Twin a = twin_of(GetParam(), 1);
  const Twin b = twin_of(GetParam(), 2);
  const UnitGroups groups(a.graph);
  MatchingOptions options;
  const Arrangement found = match_weights(groups, a.weights, b.weights, options);
  EXPECT_GT(weight_overlap(groups, found, a.weights, b.weights),
            weight_overlap(groups, groups.identity(), a.weights, b.weights));
  options.restarts = 1;
  EXPECT_GE(
      weight_overlap(groups, found, a.weights, b.weights),
      weight_overlap(groups, match_weights(groups, a.weights, b.weights, options), a.weights, b.weights));
}

TEST_P(EveryMatching, OfAllAtOnceFindsPermutedCopiesExactly) {
  const Twin original = twin_of(GetParam(), 1);
  const UnitGroups groups(original.graph);
  RandomStream stream(5, "copies");
  std::vector<std::vector<float>> networks = {original.weights};
  for (int k = 0; k < 3; ++k)
    networks.push_back(groups.arranged_weights(groups.random(stream), original.weights));
  MatchingOptions options;
  options.restarts = 1;
  const UniverseMatching found = match_universe(groups, networks, options);
  for (std::size_t k = 0; k < networks.size(); ++k)
    EXPECT_EQ(groups.arranged_weights(found.arrangements[k], networks[k]), original.weights) << k;
}

TEST_P(EveryMatching, OfAllAtOnceNeverLosesAndIsNoWorseThanOneByOne) {
  std::vector<std::vector<float>> networks;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) networks.push_back(twin_of(GetParam(), seed).weights);
  const Graph graph = twin_of(GetParam(), 1).graph;
  const UnitGroups groups(graph);
  MatchingOptions options;
  options.restarts = 2;
  const UniverseMatching found = match_universe(groups, networks, options);
  EXPECT_EQ(groups.arranged_weights(found.arrangements[0], networks[0]), networks[0]);
  for (std::size_t k = 1; k < found.overlaps.size(); ++k)
    EXPECT_GE(found.overlaps[k], found.overlaps[k - 1]) << k;
  // The objective is what it says, and at least what the first start begins with.
  const auto overlap = [&](const std::vector<Arrangement>& arrangements) {
    double sum = 0;
    for (std::size_t i = 0; i < networks.size(); ++i)
      for (std::size_t j = i + 1; j < networks.size(); ++j)
        sum += weight_overlap(groups, arrangements[j], groups.arranged_weights(arrangements[i], networks[i]),
                              networks[j]);
    return sum;
  };
  EXPECT_NEAR(overlap(found.arrangements), found.overlaps.back(), 1e-6 * std::abs(found.overlaps.back()));
  options.restarts = 1;
  std::vector<Arrangement> one_by_one = {groups.identity()};
  for (std::size_t k = 1; k < networks.size(); ++k)
    one_by_one.push_back(match_weights(groups, networks[0], networks[k], options));
  EXPECT_GE(found.overlaps.back(), overlap(one_by_one));
}

Examples some_examples(const Graph& graph, std::int64_t count) {
  Examples examples;
  examples.images.resize(static_cast<std::size_t>(count * size_of(graph.input_shape())));
  examples.labels.assign(static_cast<std::size_t>(count), 0);
  RandomStream(3, "images").fill_normal(examples.images);
  return examples;
}

TEST_P(EveryMatching, ByActivationsFindsAPermutedCopyExactly) {
  // With this function no unit is silent on all examples: those may be anywhere.
  const Twin original = twin_of(GetParam(), 1, "gelu");
  const UnitGroups groups(original.graph);
  RandomStream stream(5, "copy");
  const Arrangement moved = groups.random(stream);
  const std::vector<float> copy = groups.arranged_weights(moved, original.weights);
  const std::vector<float> buffers = groups.arranged_buffers(moved, original.buffers);
  const Examples examples = some_examples(original.graph, 32);
  MatchingOptions options;
  options.match_examples = 32;
  const Arrangement found =
      match_activations(groups, original.graph, original.view(), {copy, buffers}, examples, options);
  EXPECT_EQ(groups.arranged_weights(found, copy), original.weights);
}

INSTANTIATE_TEST_SUITE_P(Models, EveryMatching, testing::ValuesIn(kModels));

TEST(Matching, FindsPermutedCopiesOfFilesExactly) {
  for (const std::string& name : test::onnx_names("")) {
    SCOPED_TRACE(name);
    const OnnxModel model = read_onnx(test::onnx_files() / (name + ".onnx"));
    const UnitGroups groups(model.graph);
    RandomStream stream(5, "copy");
    const std::vector<float> copy = groups.arranged_weights(groups.random(stream), model.weights);
    const Arrangement found = match_weights(groups, model.weights, copy, {});
    EXPECT_EQ(groups.arranged_weights(found, copy), model.weights);
  }
}

}  // namespace
}  // namespace nwedge::network
