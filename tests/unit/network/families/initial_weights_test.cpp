#include "nwedge/network/families/initial_weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/network/families/family.hpp"

namespace nwedge::network {
namespace {

const Shape kGrey = {1, 28, 28};

Graph make(const std::string& model, const std::string& initialisation = "pytorch") {
  ModelOptions options;
  options.model = model;
  options.initialisation = initialisation;
  return make_graph(options, kGrey, 10);
}

std::vector<double> values_of(const Graph& graph, std::string_view name) {
  const std::vector<float> weights = initial_weights(graph, 5);
  const auto tensor = std::find_if(graph.tensors.begin(), graph.tensors.end(),
                                   [&](const TensorPlace& place) { return place.name == name; });
  const auto begin = weights.begin() + tensor->offset;
  return {begin, begin + tensor->count};
}

double uniform_share_below(double x, double bound) { return std::clamp((x / bound + 1) / 2, 0.0, 1.0); }
double normal_share_below(double x, double deviation) {
  return std::erfc(-x / deviation / std::numbers::sqrt2) / 2;
}

/// Mean, variance and the counts of 64 bins of equal probability are those of the law with this distribution
/// function, variance v and fourth central moment k v^2. Of draws from the law each of the three fails in one
/// of a million seeds: |z| > 4.89, and chi^2 with 63 degrees of freedom above its quantile
/// (Wilson and Hilferty's approximation).
void expect_law(const std::vector<double>& values, double variance, double kurtosis,
                const std::function<double(double)>& share_below) {
  constexpr std::size_t kBins = 64;
  const auto n = static_cast<double>(values.size());
  ASSERT_GE(n, 20 * kBins);
  double sum = 0;
  double squares = 0;
  std::vector<double> counts(kBins);
  for (const double x : values) {
    sum += x;
    squares += x * x;
    const auto bin = static_cast<std::size_t>(share_below(x) * kBins);
    counts[std::min(bin, kBins - 1)] += 1;
  }
  EXPECT_LT(std::abs(sum / n), 4.89 * std::sqrt(variance / n));
  EXPECT_LT(std::abs(squares / n - variance), 4.89 * variance * std::sqrt((kurtosis - 1) / n));
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - n / kBins) * (count - n / kBins) / (n / kBins);
  constexpr double kFreedom = kBins - 1;
  EXPECT_LT(chi_square,
            kFreedom * std::pow(1 - 2 / (9 * kFreedom) + 4.753 * std::sqrt(2 / (9 * kFreedom)), 3));
}

void expect_uniform(const std::vector<double>& values, double bound) {
  for (const double x : values) ASSERT_LE(std::abs(x), bound * (1 + 1e-6));
  expect_law(values, bound * bound / 3, 9.0 / 5, [&](double x) { return uniform_share_below(x, bound); });
}

void expect_normal(const std::vector<double>& values, double deviation) {
  expect_law(values, deviation * deviation, 3, [&](double x) { return normal_share_below(x, deviation); });
}

/// FNV-1a of the bytes.
std::uint64_t hash(const std::vector<float>& values) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const float value : values)
    for (const auto byte : std::bit_cast<std::array<std::uint8_t, sizeof(float)>>(value))
      hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

void expect_all(const std::vector<double>& values, double value) {
  EXPECT_EQ(values, std::vector<double>(values.size(), value));
}

TEST(DrawInitialWeights, OfPyTorchAreUniform) {
  const Graph mlp = make("mlp:3000,7");
  expect_uniform(values_of(mlp, "1.weight"), 1 / std::sqrt(784.0));
  expect_uniform(values_of(mlp, "1.bias"), 1 / std::sqrt(784.0));
  expect_uniform(values_of(mlp, "3.weight"), 1 / std::sqrt(3000.0));
  const Graph cnn = make("cnn:200,50");
  expect_uniform(values_of(cnn, "0.weight"), 1.0 / 3);
  expect_uniform(values_of(cnn, "3.weight"), 1 / std::sqrt(9.0 * 200));
}

TEST(DrawInitialWeights, OfKaimingAreNormal) {
  const Graph mlp = make("mlp:300", "kaiming-normal");
  expect_normal(values_of(mlp, "1.weight"), std::sqrt(2.0 / 784));
  expect_all(values_of(mlp, "1.bias"), 0);
  expect_normal(values_of(make("cnn:200,50", "kaiming-normal"), "3.weight"), std::sqrt(2.0 / (9 * 200)));
}

TEST(DrawInitialWeights, OfXavierAreUniform) {
  const Graph mlp = make("mlp:300", "xavier");
  expect_uniform(values_of(mlp, "1.weight"), std::sqrt(6.0 / (784 + 300)));
  expect_all(values_of(mlp, "1.bias"), 0);
  expect_uniform(values_of(make("cnn:200,50", "xavier"), "3.weight"), std::sqrt(6.0 / (9 * (200 + 50))));
}

TEST(DrawInitialWeights, OfNormalisationsAreOneAndZero) {
  for (const char* initialisation : {"pytorch", "kaiming-normal", "xavier"}) {
    const Graph resnet = make("resnet:8", initialisation);
    expect_all(values_of(resnet, "layer2.0.bn1.weight"), 1);
    expect_all(values_of(resnet, "layer2.0.bn1.bias"), 0);
    for (const BufferPlace& buffer : resnet.buffers)
      EXPECT_EQ(buffer.initial, buffer.name.ends_with("running_var") ? 1 : 0) << buffer.name;
  }
}

TEST(DrawInitialWeights, OfTokensAndPositionsAreThoseOfTimm) {
  const Graph vit = make("vit:dim=2000,depth=1,heads=1,mlp=1", "xavier");
  expect_normal(values_of(vit, "cls_token"), 1e-6);
  expect_normal(values_of(vit, "pos_embed"), 0.02);
}

TEST(DrawInitialWeights, DependOnTheSeedAlone) {
  const Graph graph = make("resnet:8");
  EXPECT_EQ(initial_weights(graph, 1), initial_weights(graph, 1));
  EXPECT_NE(initial_weights(graph, 1), initial_weights(graph, 2));
}

/// Two tensors of one shape and law are drawn independently.
TEST(DrawInitialWeights, TensorsDiffer) {
  const Graph graph = make("mlp:50,50,50");
  EXPECT_NE(values_of(graph, "3.weight"), values_of(graph, "5.weight"));
  EXPECT_NE(values_of(graph, "3.bias"), values_of(graph, "5.bias"));
}

/// Weights that were trained from a seed are found again from it: layer l draws from streams number l.
TEST(DrawInitialWeights, OfMlpAndCnnKeepTheirBits) {
  struct Layer {
    std::int64_t out, in;
  };
  const auto naive = [](std::uint64_t seed, const std::vector<Layer>& layers) {
    std::vector<float> weights;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const double bound = 1.0 / std::sqrt(static_cast<double>(layers[l].in));
      RandomStream factors(seed, "initial weights", l);
      RandomStream biases(seed, "initial biases", l);
      for (std::int64_t i = 0; i < layers[l].out * layers[l].in; ++i)
        weights.push_back(static_cast<float>(bound * (2.0 * factors.uniform() - 1.0)));
      for (std::int64_t i = 0; i < layers[l].out; ++i)
        weights.push_back(static_cast<float>(bound * (2.0 * biases.uniform() - 1.0)));
    }
    return weights;
  };
  const std::vector<float> mlp = initial_weights(make("mlp:100,100"), 7);
  const std::vector<float> cnn = initial_weights(make("cnn"), 7);
  EXPECT_EQ(mlp, naive(7, {{100, 784}, {100, 100}, {10, 100}}));
  EXPECT_EQ(cnn, naive(7, {{16, 9}, {32, 144}, {32, 288}, {10, 288}}));
  // What `nwedge train --seed 7` has begun at since its first version.
  EXPECT_EQ(hash(mlp), 0x122946564e75cac0u);
  EXPECT_EQ(hash(cnn), 0x732421bdec6bda66u);
}

}  // namespace
}  // namespace nwedge::network
