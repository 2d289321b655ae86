
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/expect_error.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;

constexpr ImageShape kGrey{1, 28, 28};

Architecture make(const std::string& model, const ImageShape& shape = kGrey) {
  return make_architecture({model, "relu", 0.0}, shape, 10);
}

std::vector<std::string> names(const Architecture& architecture) {
  std::vector<std::string> names;
  for (const TensorPlace& tensor : architecture.tensors) names.push_back(tensor.name);
  return names;
}

TEST(Architecture, MlpLayout) {
  const Architecture mlp = make("mlp:100,100");
  EXPECT_EQ(mlp.dimension, 89610);
  EXPECT_EQ(names(mlp),
            (std::vector<std::string>{"1.weight", "1.bias", "3.weight", "3.bias", "5.weight", "5.bias"}));
  EXPECT_EQ(mlp.tensors[0].shape, (std::vector<std::int64_t>{100, 784}));
  EXPECT_EQ(mlp.tensors[5].shape, (std::vector<std::int64_t>{10}));
  EXPECT_EQ(make("mlp").model, "mlp:100,100");
}

TEST(Architecture, CnnLayout) {
  const Architecture cnn = make("cnn");
  EXPECT_EQ(cnn.model, "cnn:16,32,32");
  EXPECT_EQ(cnn.dimension, 16938);
  EXPECT_EQ(names(cnn), (std::vector<std::string>{"0.weight", "0.bias", "3.weight", "3.bias", "6.weight",
                                                  "6.bias", "10.weight", "10.bias"}));
  EXPECT_EQ(cnn.tensors[2].shape, (std::vector<std::int64_t>{32, 16, 3, 3}));
  EXPECT_EQ(cnn.layers[3].input, (ImageShape{32, 3, 3}));
  EXPECT_EQ(cnn.tensors[6].shape, (std::vector<std::int64_t>{10, 288}));
}

TEST(Architecture, TensorsAndGroupsCoverTheWeights) {
  for (const char* model : {"mlp:7,5", "cnn:3,4", "cnn:2"}) {
    const Architecture architecture = make(model, {3, 9, 8});
    std::int64_t end = 0;
    for (const TensorPlace& tensor : architecture.tensors) {
      EXPECT_EQ(tensor.offset, end);
      end += tensor.count;
    }
    EXPECT_EQ(end, architecture.dimension);
    end = 0;
    for (const ParameterGroup& group : parameter_groups(architecture)) {
      EXPECT_EQ(group.offset, end);
      end += group.count;
    }
    EXPECT_EQ(end, architecture.dimension);
  }
}

TEST(Architecture, DropoutDoesNotChangeNames) {
  const Architecture with = make_architecture({"mlp:5", "relu", 0.5}, kGrey, 10);
  EXPECT_EQ(names(with), names(make("mlp:5")));
  EXPECT_FALSE(with.layers[0].dropped);
  EXPECT_TRUE(with.layers[1].dropped);
}

TEST(Architecture, BadModelsAreErrors) {
  expect_error([] { make("resnet"); }, "[model]", "unknown model \"resnet\"");
  expect_error([] { make("mpl:3"); }, "did you mean \"mlp\"");
  for (const char* model : {"mlp:", "mlp:3,", "mlp:,3", "mlp:0", "mlp:-4", "mlp:3.5", "mlp:1e3", "mlp:65537",
                            "cnn:99999999999999999999"})
    expect_error([&] { make(model); }, "a width must be a whole number from 1 to 65536", model);
  expect_error([] { make("cnn:4,4,4,4,4"); }, "28x28 are too small to be pooled 5 times");
  expect_error([] { make("mlp:65536,65536"); }, "4347133962 weights");
  expect_error(
      [] {
        make_architecture({"cnn", "gelu", 0.0}, kGrey, 10);
      },
      "activation must be one of relu, tanh");
  expect_error(
      [] {
        make_architecture({"cnn", "relu", 1.0}, kGrey, 10);
      },
      "dropout must be from 0 to 0.95, is 1");
  expect_error([] { make_architecture({"cnn", "relu", 0.0}, kGrey, 1); }, "at least 2 classes");
}

TEST(InitialWeights, AreUniformWithinKaimingBounds) {
  const Architecture cnn = make("cnn");
  const std::vector<float> weights = initial_weights(cnn, 3);
  ASSERT_EQ(static_cast<std::int64_t>(weights.size()), cnn.dimension);
  for (const Layer& layer : cnn.layers) {
    const double bound = 1 / std::sqrt(static_cast<double>(layer.fan_in()));
    double square = 0;
    double largest = 0;
    const auto count = static_cast<double>(layer.weight_count());
    for (std::int64_t i = 0; i < layer.weight_count(); ++i) {
      const double w = weights[static_cast<std::size_t>(layer.weight_offset + i)];
      square += w * w / count;
      largest = std::max(largest, std::abs(w));
    }
    EXPECT_LE(largest, bound * (1 + 1e-6));
    // The square of U(-b, b) has mean b^2/3 and variance 4 b^4/45; five standard errors.
    EXPECT_NEAR(square, bound * bound / 3, 5 * bound * bound * std::sqrt(4.0 / 45 / count));
    for (std::int64_t i = 0; i < layer.output.channels; ++i)
      EXPECT_LE(std::abs(weights[static_cast<std::size_t>(layer.bias_offset + i)]), bound * (1 + 1e-6));
  }
}

TEST(InitialWeights, DependOnTheSeedAlone) {
  const Architecture mlp = make("mlp:5");
  EXPECT_EQ(initial_weights(mlp, 1), initial_weights(mlp, 1));
  EXPECT_NE(initial_weights(mlp, 1), initial_weights(mlp, 2));
}

}  // namespace
}  // namespace nwedge::network
