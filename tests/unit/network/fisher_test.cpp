#include "nwedge/network/fisher.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/error.hpp"

namespace nwedge::network {
namespace {

Network make_network(const std::string& model, const std::string& data, std::int64_t examples) {
  const auto set = std::make_shared<const DataSet>(load_data({data, examples, 20, 3}));
  return {set, make_model({.model = model}, *set)};
}

/// A network on one of the other's training examples alone.
Network on_one(const Network& network, const std::string& model, std::int64_t n) {
  auto set = std::make_shared<DataSet>(network.data());
  const std::int64_t size = set->shape.size();
  set->test.images.assign(set->train.images.begin() + n * size, set->train.images.begin() + (n + 1) * size);
  set->test.labels = {set->train.labels[static_cast<std::size_t>(n)]};
  return {set, make_model({.model = model}, *set)};
}

class SquaredGradients : public testing::TestWithParam<const char*> {};

TEST_P(SquaredGradients, AreThoseOfExamplesOneByOne) {
  const Network network = make_network(GetParam(), "synthetic:1x8x8,4", 21);
  const std::vector<float> point = network.initial_point(1);
  std::vector<double> expected(point.size(), 0.0);
  std::vector<float> gradient(point.size());
  for (std::int64_t n = 0; n < 21; ++n) {
    on_one(network, GetParam(), n).gradient(point, gradient, Split::test);
    for (std::size_t i = 0; i < point.size(); ++i)
      expected[i] += static_cast<double>(gradient[i]) * static_cast<double>(gradient[i]) / 21;
  }
  const std::vector<double> found = network.mean_squared_gradients(point, network.data().train);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], 1e-9 + 1e-5 * expected[i]);
}

INSTANTIATE_TEST_SUITE_P(Families, SquaredGradients,
                         testing::Values("mlp:7,5", "cnn:4,3", "resnet:8",
                                         "vit:dim=16,depth=1,heads=2,patch=4,mlp=24"));

/// Of the biases of a softmax regression the Fisher diagonal is mean_x p_c (1 - p_c), and the labels drawn
/// estimate it within what so many draws leave open.
TEST(FisherDiagonal, OfOutputBiasesIsTheVarianceOfTheirClasses) {
  const std::int64_t examples = 4000;
  const Network network = make_network("mlp:6", "synthetic:1x4x4,3", examples);
  const std::vector<float> point = network.initial_point(2);
  const std::vector<double> fisher = fisher_diagonal(network, point, examples, 5);
  const std::vector<float> probabilities = network.probabilities(point, Split::train);
  for (std::size_t c = 0; c < 3; ++c) {
    double expected = 0;
    double variance = 0;
    for (std::size_t n = 0; n < static_cast<std::size_t>(examples); ++n) {
      const auto p = static_cast<double>(probabilities[3 * n + c]);
      expected += p * (1 - p) / static_cast<double>(examples);
      // (y - p)^2 is (1 - p)^2 with probability p, else p^2
      variance += p * (1 - p) * std::pow(1 - 2 * p, 2) / static_cast<double>(examples * examples);
    }
    EXPECT_NEAR(fisher[fisher.size() - 3 + c], expected, 4 * std::sqrt(variance)) << c;
  }
  EXPECT_EQ(fisher, fisher_diagonal(network, point, examples, 5));
  EXPECT_NE(fisher, fisher_diagonal(network, point, examples, 6));
}

TEST(FisherAverage, FollowsWhatPredictionsDependOn) {
  const std::vector<std::vector<float>> points = {{1, 1, 1}, {3, 3, 3}};
  const std::vector<std::vector<double>> fishers = {{3, 0, 2}, {1, 0, 2}};
  const std::vector<float> average = fisher_average(points, fishers);
  EXPECT_NEAR(average[0], 1.5, 1e-5);
  EXPECT_NEAR(average[1], 2, 1e-6);  // what nothing depends on: evenly
  EXPECT_NEAR(average[2], 2, 1e-6);
  const std::vector<std::vector<double>> none = {{0, 0, 0}, {0, 0, 0}};
  EXPECT_EQ(fisher_average(points, none), (std::vector<float>{2, 2, 2}));
  EXPECT_THROW(fisher_average(points, std::span(fishers).first(1)), Error);
}

}  // namespace
}  // namespace nwedge::network
