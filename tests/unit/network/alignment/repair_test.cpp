#include "nwedge/network/alignment/repair.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "nwedge/core/random.hpp"
#include "nwedge/network/alignment/value_reader.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/families/initial_weights.hpp"
#include "nwedge/network/model.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kExamples = 100;

Graph graph_of(const std::string& model) {
  ModelOptions options;
  options.model = model;
  return make_graph(options, {3, 8, 8}, 10);
}

Examples some_examples() {
  Examples examples;
  examples.images.resize(kExamples * 192);
  examples.labels.assign(kExamples, 0);
  RandomStream(3, "images").fill_normal(examples.images);
  return examples;
}

/// Mean and deviation of one unit of a node's output.
std::pair<double, double> moments(const Graph& graph, const Node& node, const StateView& state,
                                  const Examples& examples, std::int64_t unit) {
  ValueReader reader(graph, node.output);
  const std::vector<float> values = reader.read(state, examples, 0, kExamples);
  const Shape& shape = graph.values[static_cast<std::size_t>(node.output)].shape;
  const std::int64_t run = size_of(shape) / shape[0];
  double sum = 0;
  double squares = 0;
  for (std::int64_t n = 0; n < kExamples; ++n)
    for (std::int64_t k = 0; k < run; ++k) {
      const auto value =
          static_cast<double>(values[static_cast<std::size_t>((n * shape[0] + unit) * run + k)]);
      sum += value;
      squares += value * value;
    }
  const double count = static_cast<double>(kExamples * run);
  return {sum / count, std::sqrt(squares / count - sum * sum / count / count)};
}

class Repair : public testing::TestWithParam<const char*> {};

TEST_P(Repair, GivesEveryUnitTheMeanAndDeviationBetweenTheEnds) {
  const Graph graph = graph_of(GetParam());
  const std::vector<float> a = initial_weights(graph, 1);
  const std::vector<float> b = initial_weights(graph, 2);
  std::vector<float> average(a.size());
  for (std::size_t k = 0; k < a.size(); ++k) average[k] = (a[k] + b[k]) / 2;
  const Examples examples = some_examples();
  const std::vector<float> repaired =
      network::repaired(graph, {average, {}}, {a, {}}, {b, {}}, examples, kExamples);
  std::int64_t units = 0;
  for (const Node& node : graph.nodes) {
    if (node.op != "linear" && node.op != "convolution") continue;
    const std::int64_t channels = graph.values[static_cast<std::size_t>(node.output)].shape[0];
    for (std::int64_t unit = 0; unit < channels; ++unit) {
      if (node.output == graph.output) continue;
      const auto left = moments(graph, node, {a, {}}, examples, unit);
      const auto right = moments(graph, node, {b, {}}, examples, unit);
      const auto own = moments(graph, node, {repaired, {}}, examples, unit);
      const double scale = (left.second + right.second) / 2;
      EXPECT_NEAR(own.first, (left.first + right.first) / 2, 1e-3 * scale);
      EXPECT_NEAR(own.second, scale, 1e-3 * scale);
      ++units;
    }
  }
  EXPECT_EQ(units, repairable_units(graph));
  EXPECT_GT(units, 0);
}

INSTANTIATE_TEST_SUITE_P(Models, Repair, testing::Values("mlp:12,9", "cnn:4,6"));

TEST(Repair, LeavesANetworkAsItIsThatIsTheAverageOfItself) {
  const Graph graph = graph_of("mlp:12,9");
  const std::vector<float> a = initial_weights(graph, 1);
  const std::vector<float> found =
      network::repaired(graph, {a, {}}, {a, {}}, {a, {}}, some_examples(), kExamples);
  for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(found[k], a[k], 1e-6);
}

TEST(Repair, LeavesUnitsToTheBatchNormalisationBehindThem) {
  EXPECT_EQ(repairable_units(graph_of("resnet:8")), 0);
}

}  // namespace
}  // namespace nwedge::network
