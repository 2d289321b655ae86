#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "nwedge/network/families/family.hpp"
#include "nwedge/network/network.hpp"

/// What each family gives, against PyTorch, torchvision and timm in double precision:
/// `tests/reference/family_outputs.txt`, which family_outputs.py beside it writes from the same weights.
namespace nwedge::network {
namespace {

enum Salt : std::uint64_t { kWeight = 1, kBuffer = 2, kImage = 3, kDirection = 4 };

/// Number k of the hash's numbers in [-1, 1).
double uniform(Salt salt, std::int64_t k) {
  constexpr std::uint64_t kMultiplier = 0xD6E8FEB86659FD93;
  std::uint64_t h = (static_cast<std::uint64_t>(k) + 1) * 0x9E3779B97F4A7C15;
  h ^= salt * 0xD1B54A32D192ED03;
  h = (h ^ (h >> 32)) * kMultiplier;
  h = (h ^ (h >> 32)) * kMultiplier;
  h ^= h >> 32;
  return static_cast<double>(h >> 11) / 0x1p52 - 1;
}

struct TensorGradient {
  std::string name;
  double norm = 0;
  double product = 0;  ///< with the numbers of kDirection
};

/// Loss and gradient with stored statistics, or with those of the batch.
struct Results {
  double loss = 0;
  std::vector<std::vector<double>> probabilities;  ///< of every third example
  std::vector<TensorGradient> gradient;
};

struct Case {
  ModelOptions options;
  Shape image;
  std::int64_t classes = 0;
  std::int64_t examples = 0;
  std::map<std::string, Results> results;  ///< "evaluation", "training"
};

Case parse_network(std::istringstream& words) {
  Case c;
  std::string image;
  words >> c.options.model >> c.options.activation >> image >> c.classes >> c.examples;
  std::istringstream extents(image);
  for (std::string extent; std::getline(extents, extent, 'x');) c.image.push_back(std::stoll(extent));
  return c;
}

std::vector<Case> read_cases() {
  std::ifstream file(NWEDGE_SOURCE_DIR "/tests/reference/family_outputs.txt");
  std::vector<Case> cases;
  Results* results = nullptr;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "network") {
      cases.push_back(parse_network(words));
    } else if (kind == "evaluation" || kind == "training") {
      results = &cases.back().results[kind];
      words >> results->loss;
    } else if (kind == "probabilities") {
      std::vector<double>& row = results->probabilities.emplace_back();
      for (double p = 0; words >> p;) row.push_back(p);
    } else if (kind == "gradient") {
      TensorGradient& tensor = results->gradient.emplace_back();
      words >> tensor.name >> tensor.norm >> tensor.product;
    }
  }
  return cases;
}

std::vector<float> make_weights(const Graph& graph) {
  std::vector<float> weights;
  for (const TensorPlace& tensor : graph.tensors) {
    const bool scale = tensor.role == Role::normalisation && tensor.name.ends_with("weight");
    const double deviation = tensor.role == Role::weight
                                 ? std::sqrt(6.0 / static_cast<double>(tensor.count / tensor.shape[0]))
                                 : 0.2;
    for (std::int64_t i = 0; i < tensor.count; ++i)
      weights.push_back(
          static_cast<float>((scale ? 0.6 : 0.0) + uniform(kWeight, tensor.offset + i) * deviation));
  }
  return weights;
}

std::vector<float> make_buffers(const Graph& graph) {
  std::vector<float> buffers;
  for (const BufferPlace& buffer : graph.buffers) {
    const bool variance = buffer.name.ends_with("running_var");
    for (std::int64_t i = 0; i < buffer.count; ++i) {
      const double u = uniform(kBuffer, buffer.offset + i);
      buffers.push_back(static_cast<float>(variance ? 1 + 0.5 * u : 0.2 * u));
    }
  }
  return buffers;
}

std::shared_ptr<const DataSet> make_data(const Case& c) {
  DataSet data;
  data.shape = {c.image[0], c.image[1], c.image[2]};
  data.classes = c.classes;
  for (std::int64_t i = 0; i < c.examples * size_of(c.image); ++i)
    data.train.images.push_back(static_cast<float>(uniform(kImage, i)));
  for (std::int64_t n = 0; n < c.examples; ++n)
    data.train.labels.push_back(static_cast<std::int32_t>(n % c.classes));
  data.test = data.train;
  return std::make_shared<const DataSet>(std::move(data));
}

/// Largest differences of a gradient's norms and products, in units of the whole gradient's norm.
double gradient_error(const Graph& graph, const std::vector<float>& gradient,
                      const std::vector<TensorGradient>& expected) {
  double whole = 0;
  double largest = 0;
  EXPECT_EQ(graph.tensors.size(), expected.size());
  for (std::size_t t = 0; t < expected.size(); ++t) {
    const TensorPlace& tensor = graph.tensors[t];
    EXPECT_EQ(tensor.name, expected[t].name);
    double square = 0;
    double product = 0;
    for (std::int64_t k = tensor.offset; k < tensor.offset + tensor.count; ++k) {
      const double slope = gradient[static_cast<std::size_t>(k)];
      square += slope * slope;
      product += slope * uniform(kDirection, k);
    }
    whole += expected[t].norm * expected[t].norm;
    largest = std::max(
        {largest, std::abs(std::sqrt(square) - expected[t].norm), std::abs(product - expected[t].product)});
  }
  return largest / std::sqrt(whole);
}

class FamilyOutputs : public ::testing::TestWithParam<std::size_t> {
 protected:
  static const std::vector<Case>& cases() {
    static const std::vector<Case> all = read_cases();
    return all;
  }
};

constexpr std::size_t kCases = 20;

TEST_F(FamilyOutputs, EveryFamilyIsCompared) {
  ASSERT_EQ(cases().size(), kCases);
  for (const Family& family : families()) {
    if (family.name == "resnet34") continue;  // other counts of resnet18's blocks
    EXPECT_TRUE(std::any_of(cases().begin(), cases().end(), [&](const Case& c) {
      return c.options.model.substr(0, c.options.model.find(':')) == family.name;
    })) << family.name;
  }
}

/// Tolerances are some times what PyTorch itself differs by in single precision: up to 1.3e-6 of the gradient
/// in evaluation, 5.3e-6 where statistics are those of twenty examples.
TEST_P(FamilyOutputs, AreThoseOfPyTorch) {
  const Case& c = cases().at(GetParam());
  SCOPED_TRACE(c.options.model + " " + c.options.activation);
  const Graph graph = make_graph(c.options, c.image, c.classes);
  const std::vector<float> weights = make_weights(graph);
  const Network network(make_data(c), {graph, make_buffers(graph)}, {.statistics = "stored"});
  std::vector<float> gradient(weights.size());

  const Results& evaluation = c.results.at("evaluation");
  EXPECT_NEAR(network.evaluate(weights).loss, evaluation.loss, 5e-7);
  EXPECT_NEAR(network.gradient(weights, gradient), evaluation.loss, 5e-7);
  EXPECT_LT(gradient_error(graph, gradient, evaluation.gradient), 5e-6);
  const std::vector<float> probabilities = network.probabilities(weights, Split::train);
  for (std::size_t row = 0; row < evaluation.probabilities.size(); ++row)
    for (std::size_t k = 0; k < evaluation.probabilities[row].size(); ++k)
      EXPECT_NEAR(probabilities[3 * row * static_cast<std::size_t>(c.classes) + k],
                  evaluation.probabilities[row][k], 2e-6);

  const auto training = c.results.find("training");
  if (training == c.results.end()) return;
  const double loss = network.batch_gradient(weights, {.seed = 1, .index = 0, .size = c.examples}, gradient);
  EXPECT_NEAR(loss, training->second.loss, 5e-6);
  EXPECT_LT(gradient_error(graph, gradient, training->second.gradient), 3e-5);
}

INSTANTIATE_TEST_SUITE_P(Each, FamilyOutputs, ::testing::Range(std::size_t{0}, kCases));

}  // namespace
}  // namespace nwedge::network
