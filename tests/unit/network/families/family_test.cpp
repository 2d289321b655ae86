#include "nwedge/network/families/family.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/expect_error.hpp"

namespace nwedge::network {
namespace {

using test::expect_error;

const Shape kGrey = {1, 28, 28};
const Shape kColour = {3, 32, 32};

ModelOptions named(const std::string& model) {
  ModelOptions options;
  options.model = model;
  return options;
}

Graph make(const std::string& model, const Shape& input = kGrey, std::int64_t outputs = 10) {
  return make_graph(named(model), input, outputs);
}

std::int64_t count_nodes(const Graph& graph, std::string_view op) {
  return std::count_if(graph.nodes.begin(), graph.nodes.end(),
                       [&](const Node& node) { return node.op == op; });
}

std::vector<std::string> tensor_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const TensorPlace& tensor : graph.tensors) names.push_back(tensor.name);
  return names;
}

TEST(Families, NamesAreDistinctAndEveryFamilyStandsForItsOwnSizes) {
  std::set<std::string_view> names;
  for (const Family& family : families()) {
    SCOPED_TRACE(family.name);
    EXPECT_TRUE(names.insert(family.name).second);
    EXPECT_TRUE(family.syntax.starts_with(family.name));
    EXPECT_FALSE(family.help.empty());
    const std::string name(family.name);
    const Graph graph = make(name);
    EXPECT_EQ(graph.model, family.sizes.empty() ? name : name + ":" + std::string(family.sizes));
    EXPECT_EQ(graph.activation, family.activation);
    EXPECT_EQ(graph.outputs(), 10);
    EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.output)].shape, Shape{10});
    // The canonical name means the same network.
    EXPECT_EQ(tensor_names(make(graph.model)), tensor_names(graph));
    EXPECT_EQ(make(graph.model).model, graph.model);
  }
}

TEST(Families, CanonicalNames) {
  for (const auto& [model, canonical] : std::vector<std::pair<std::string, std::string>>{
           {"mlp:007,5", "mlp:7,5"},
           {"resnet:20x1", "resnet:20"},
           {"resnet:08x02-projection", "resnet:8x2-projection"},
           {"wrn:010-02", "wrn:10-2"},
           {"vit:heads=2,dim=6", "vit:dim=6,depth=4,heads=2,patch=7,mlp=128,pool=token"},
           {"mixer:patch=14", "mixer:dim=64,depth=4,patch=14,tokens=32,channels=128"}})
    EXPECT_EQ(make(model).model, canonical);
}

/// Counts that the papers print, or torchvision and timm document.
TEST(Families, WeightCountsOfTheLiterature) {
  struct Case {
    std::string model;
    Shape image;
    std::int64_t classes;
    std::int64_t count;
  };
  const Shape large = {3, 224, 224};
  for (const Case& c : std::vector<Case>{
           {"mlp", kGrey, 10, 89610},
           {"cnn", kGrey, 10, 16938},
           {"resnet:20", kColour, 10, 269722},    // 0.27 million [he2016, table 6]
           {"resnet:32", kColour, 10, 464154},    // 0.46
           {"resnet:44", kColour, 10, 658586},    // 0.66
           {"resnet:56", kColour, 10, 853018},    // 0.85
           {"resnet:110", kColour, 10, 1727962},  // 1.7
           {"wrn:40-4", kColour, 10, 8949210},    // 8.9 [zagoruyko2016, table 4]
           {"wrn:16-8", kColour, 10, 10961370},   // 11.0
           {"wrn:28-10", kColour, 10, 36479194},  // 36.5
           {"resnet18", large, 1000, 11689512},
           {"resnet34", large, 1000, 21797672},
           {"resnet50", large, 1000, 25557032},
           {"vgg:16", kColour, 10, 14714688 + 5130},  // torchvision's features and a layer of 512 inputs
           {"vit:dim=192,depth=12,heads=3,patch=16,mlp=768", large, 1000, 5717416},
           {"vit:dim=384,depth=12,heads=6,patch=16,mlp=1536", large, 1000, 22050664},
           {"mixer:dim=512,depth=8,patch=16,tokens=256,channels=2048", large, 1000, 18528264}})
    EXPECT_EQ(make(c.model, c.image, c.classes).dimension, c.count) << c.model;
}

TEST(Families, BiasFalseLeavesOutBiasesAlone) {
  for (const Family& family : families()) {
    SCOPED_TRACE(family.name);
    ModelOptions options = named(std::string(family.name));
    const Graph with = make_graph(options, kGrey, 10);
    options.bias = false;
    const Graph without = make_graph(options, kGrey, 10);
    std::vector<std::string> others;
    for (const TensorPlace& tensor : with.tensors)
      if (tensor.role != Role::bias) others.push_back(tensor.name);
    EXPECT_LT(others.size(), with.tensors.size());
    EXPECT_EQ(tensor_names(without), others);
  }
}

TEST(Families, DropoutActsWhereDocumentedAndChangesNoTensor) {
  for (const auto& [model, places] : std::vector<std::pair<std::string, int>>{
           {"mlp:5,6,7", 3},     // before each layer but the first
           {"cnn:3,4", 2},       // the same
           {"vgg:11", 1},        // before the last layer
           {"resnet:8", 1},      // the same
           {"resnet18", 1},      // the same
           {"wrn:16-1", 6},      // within each block
           {"vit:depth=3", 11},  // positions; attention and two layers in each block; before the last layer
           {"mixer:depth=3", 13}}) {
    SCOPED_TRACE(model);
    ModelOptions options = named(model);
    const Graph without = make_graph(options, kGrey, 10);
    options.dropout = 0.25;
    const Graph with = make_graph(options, kGrey, 10);
    EXPECT_EQ(count_nodes(without, "dropout"), 0);
    EXPECT_EQ(count_nodes(with, "dropout"), places);
    EXPECT_EQ(tensor_names(with), tensor_names(without));
    for (const Node& node : with.nodes)
      if (node.op == "dropout") {
        EXPECT_EQ(node.attributes.number("rate", 0), 0.25);
      }
  }
}

TEST(Families, EveryHiddenLayerHasTheActivation) {
  for (const auto& [model, count] : std::vector<std::pair<std::string, int>>{{"mlp:5,6,7", 3},
                                                                             {"cnn:3,4", 2},
                                                                             {"vgg:11", 8},
                                                                             {"resnet:8", 7},
                                                                             {"resnet18", 17},
                                                                             {"resnet50", 49},
                                                                             {"wrn:10-1", 7},
                                                                             {"vit:depth=3", 3},
                                                                             {"mixer:depth=3", 6}})
    for (const char* activation :
         {"relu", "leaky-relu", "gelu", "silu", "tanh", "sigmoid", "softplus", "hard-swish"}) {
      ModelOptions options = named(model);
      options.activation = activation;
      const Graph graph = make_graph(options, kGrey, 10);
      EXPECT_EQ(count_nodes(graph, activation), count) << model << " " << activation;
      EXPECT_EQ(graph.activation, activation);
    }
}

TEST(Families, VggPoolsWhileTheImageAllows) {
  for (const auto& [height, width, pools] : std::vector<std::array<std::int64_t, 3>>{
           {32, 32, 5}, {28, 28, 4}, {64, 64, 5}, {8, 16, 3}, {1, 16, 0}}) {
    const Graph graph = make("vgg:11", {3, height, width});
    EXPECT_EQ(count_nodes(graph, "max-pool"), pools) << height << "x" << width;
    EXPECT_EQ(tensor_names(graph), tensor_names(make("vgg:11", kColour)));
  }
}

TEST(Families, InputsNeedNotBeImagesForTheMlp) {
  EXPECT_EQ(make("mlp:4", {6}, 1).dimension, 4 * 7 + 5);
  EXPECT_EQ(make("mlp:4", {5, 6}, 1).dimension, 4 * 31 + 5);
}

TEST(Families, AreFoundByName) {
  for (const char* model : {"mlp", "cnn:3", "resnet18", "vit:nonsense"})
    EXPECT_TRUE(names_family(model)) << model;
  for (const char* model : {"", ":", "mlpx", "resnet:"})
    EXPECT_EQ(names_family(model), model == std::string("resnet:"));
}

TEST(Families, UnknownModelsAreErrors) {
  expect_error([] { make("resnext:20"); }, "[model]", "unknown model \"resnext:20\"", "models: mlp, cnn, ",
               "did you mean \"resnet\"");
  expect_error([] { make("mpl:3"); }, "did you mean \"mlp\"");
  expect_error([] { make(""); }, "unknown model \"\"");
  expect_error([] { make("resnet18:3"); }, "model \"resnet18:3\": resnet18 takes no sizes");
  expect_error([] { make_graph(named("cnn"), kGrey, 0, "--model"); }, "[--model]", "at least 1 output");
}

TEST(Families, BadOptionsAreErrors) {
  ModelOptions options;
  options.activation = "rleu";
  expect_error([&] { make_graph(options, kGrey, 10); }, "activation must be one of default, relu");
  options = {};
  options.dropout = 1;
  expect_error([&] { make_graph(options, kGrey, 10); }, "dropout must be from 0 to 0.95, is 1");
  options = {};
  options.initialisation = "zero";
  expect_error([&] { make_graph(options, kGrey, 10); }, "initialisation must be one of pytorch");
}

TEST(Families, BadSizesAreErrors) {
  for (const char* model : {"mlp:", "mlp:3,", "mlp:,3", "mlp:0", "mlp:-4", "mlp:3.5", "mlp:1e3", "mlp:65537",
                            "cnn:99999999999999999999", "cnn:+3", "cnn: 3"})
    expect_error([&] { make(model); }, model, "a width must be a whole number from 1 to 65536", "; write ");
  expect_error([] { make("mlp:65536,65536"); }, "at most 2147483648 entries");
  for (const char* model : {"vgg:", "vgg:17", "vgg:16bn", "vgg:bn", "vgg:11-bn-bn"})
    expect_error([&] { make(model); }, "the depth must be 11, 13, 16 or 19", "write vgg:N[-bn]");
  expect_error([] { make("resnet:21"); }, "the depth must be 6n + 2, is 21; the nearest is resnet:20");
  expect_error([] { make("resnet:18x4"); }, "the nearest is resnet:20x4");
  expect_error([] { make("resnet:2"); }, "the depth must be a whole number from 8 to 6002, is \"2\"");
  expect_error([] { make("resnet:20-projecton"); }, "write resnet:N[xK][-projection]");
  expect_error([] { make("resnet:20x65"); }, "the width factor must be a whole number from 1 to 64");
  expect_error([] { make("wrn:28"); }, "lacks the width factor", "write wrn:D-K");
  expect_error([] { make("wrn:27-10"); }, "the depth must be 6n + 4, is 27; the nearest is wrn:28-10");
  expect_error([] { make("vit:dims=64"); }, "unknown size \"dims\"; did you mean \"dim\"?");
  expect_error([] { make("vit:64"); }, "unknown size \"64\"", "write vit:dim=");
  expect_error([] { make("vit:dim"); }, "dim must be a whole number from 1 to 65536, is \"\"");
  expect_error([] { make("vit:dim=8,dim=9"); }, "dim must be given once");
  expect_error([] { make("vit:dim=64,heads=5"); }, "heads must divide dim, 64, is 5");
  expect_error([] { make("vit:pool=maen"); }, "pool must be one of token, mean, is \"maen\"; did you mean");
  expect_error([] { make("mixer:depth=0"); }, "depth must be a whole number from 1 to 1000, is \"0\"");
}

TEST(Families, InputsThatDoNotFitAreErrors) {
  expect_error([] { make("cnn:4,4,4,4,4"); }, "images of 28x28 are too small to be pooled 5 times");
  expect_error([] { make("vit:patch=5"); }, "patch must divide the image's height and width, 28x28, is 5");
  expect_error([] { make("mixer", {1, 28, 30}); }, "28x30, is 7");
  for (const Family& family : families()) {
    if (family.name == "mlp") continue;
    expect_error([&] { make(std::string(family.name), {64}); },
                 "its examples must be images [channels, height, width], have shape [64]");
  }
}

/// Queries, keys and values are rearranged parts of one linear layer's value: nothing is computed between.
TEST(Families, AttentionTakesViewsOfOneProduct) {
  const Graph graph = make("vit:dim=12,depth=2,heads=3,patch=14,mlp=5");
  EXPECT_EQ(count_nodes(graph, "matmul"), 4);
  const auto source = [&](ValueId value) {
    while (true) {
      const Node& node =
          graph.nodes[static_cast<std::size_t>(graph.values[static_cast<std::size_t>(value)].producer)];
      if (node.op != "reshape" && node.op != "transpose" && node.op != "slice") return node.name;
      value = node.inputs[0];
    }
  };
  std::vector<std::string> sources;
  for (const Node& node : graph.nodes)
    if (node.op == "matmul") {
      sources.push_back(source(node.inputs[0]));
      sources.push_back(source(node.inputs[1]));
      EXPECT_EQ(graph.values[static_cast<std::size_t>(node.inputs[0])].shape[0], 3);
    }
  EXPECT_EQ(sources,
            (std::vector<std::string>{"blocks.0.attn.qkv", "blocks.0.attn.qkv", "", "blocks.0.attn.qkv",
                                      "blocks.1.attn.qkv", "blocks.1.attn.qkv", "", "blocks.1.attn.qkv"}));
}

}  // namespace
}  // namespace nwedge::network
