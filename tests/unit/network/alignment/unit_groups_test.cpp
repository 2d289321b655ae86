#include "nwedge/network/alignment/unit_groups.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "nwedge/core/random.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/families/initial_weights.hpp"
#include "nwedge/network/model.hpp"
#include "tests/unit/network/onnx/fixture.hpp"

/// Permuting units leaves what a network computes, and there are units to permute.
namespace nwedge::network {
namespace {

Graph graph_of(const std::string& model, const Shape& input = {3, 32, 32}) {
  ModelOptions options;
  options.model = model;
  return make_graph(options, input, 10);
}

/// A network in general position: no two units are alike, buffers neither.
OnnxModel in_general(Graph graph) {
  OnnxModel model;
  model.weights = initial_weights(graph, 1);
  model.buffers = initial_buffers(graph);
  std::vector<float> noise(model.weights.size());
  RandomStream stream(2, "noise");
  stream.fill_normal(noise, 0.05);
  for (std::size_t k = 0; k < noise.size(); ++k) model.weights[k] += noise[k];
  std::vector<float> spread(model.buffers.size());
  stream.fill_normal(spread, 0.05);
  for (std::size_t k = 0; k < spread.size(); ++k) model.buffers[k] += std::abs(spread[k]);
  model.graph = std::move(graph);
  return model;
}

test::Expected some_inputs(const Graph& graph, std::int64_t count, test::Expected inputs) {
  inputs.examples = count;
  inputs.inputs.resize(static_cast<std::size_t>(count * size_of(graph.input_shape())));
  RandomStream(3, "inputs").fill_normal(inputs.inputs);
  return inputs;
}

test::Expected some_inputs(const Graph& graph) {
  return some_inputs(graph, 5, test::Expected(test::onnx_files() / "mlp-script-eval-any.safetensors"));
}

/// The greatest change of the outputs by random permutations of all units.
double change(const OnnxModel& model, const test::Expected& inputs) {
  const UnitGroups groups(model.graph);
  const std::vector<float> before = test::engine_logits(model, inputs);
  double most = 0;
  for (std::uint64_t draw = 0; draw < 2; ++draw) {
    RandomStream stream(draw, "permutation");
    const Arrangement arrangement = groups.random(stream);
    OnnxModel moved = model;
    moved.weights = groups.arranged_weights(arrangement, model.weights);
    moved.buffers = groups.arranged_buffers(arrangement, model.buffers);
    if (groups.units() > 10) {
      EXPECT_NE(moved.weights, model.weights);
    }
    most = std::max(most, test::difference(test::engine_logits(moved, inputs), before));
  }
  return most;
}

class EveryModel : public testing::TestWithParam<const char*> {};

TEST_P(EveryModel, ComputesTheSameWithItsUnitsPermuted) {
  const OnnxModel model = in_general(graph_of(GetParam()));
  EXPECT_GT(UnitGroups(model.graph).units(), 0);
  EXPECT_LT(change(model, some_inputs(model.graph)), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Families, EveryModel,
                         testing::Values("mlp:20,30", "cnn:4,6,5", "vgg:11", "vgg:11-bn", "resnet:8",
                                         "resnet:14x2-projection", "resnet18", "resnet50", "wrn:10-2",
                                         "vit:dim=32,depth=2,heads=4,patch=8,mlp=24",
                                         "vit:dim=32,depth=2,heads=4,patch=8,mlp=24,pool=mean",
                                         "mixer:dim=12,depth=2,patch=8,tokens=10,channels=14"));

TEST(UnitGroups, EveryFamilyHasThem) {
  for (const Family& family : families())
    EXPECT_GT(UnitGroups(graph_of(std::string(family.name), {3, 56, 56})).units(), 0) << family.name;
}

class EveryFile : public testing::TestWithParam<std::string> {};

TEST_P(EveryFile, ComputesTheSameWithItsUnitsPermuted) {
  const std::string path = test::onnx_files() / GetParam();
  const OnnxModel model = read_onnx(path + ".onnx");
  const test::Expected expected(path + ".safetensors");
  EXPECT_LT(change(model, expected), 1e-4);
  if (GetParam().find('/') == std::string::npos) {
    EXPECT_GT(UnitGroups(model.graph).units(), 0);
  }
}

std::vector<std::string> paths() {
  std::vector<std::string> all;
  for (const std::string& name : test::onnx_names("")) all.push_back(name);
  for (const std::string& name : test::onnx_names("operators"))
    if (name.find("infinite") == std::string::npos) all.push_back("operators/" + name);
  return all;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (c == '-' || c == '/') c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, EveryFile, testing::ValuesIn(paths()), test_name);

std::vector<std::int64_t> sizes(const UnitGroups& groups) {
  std::vector<std::int64_t> sizes;
  for (const UnitGroup& group : groups.groups()) sizes.push_back(group.size);
  return sizes;
}

TEST(UnitGroups, AreTheHiddenUnitsOfAChainOfLayers) {
  EXPECT_EQ(sizes(UnitGroups(graph_of("mlp:20,30"))), (std::vector<std::int64_t>{20, 30}));
  EXPECT_EQ(sizes(UnitGroups(graph_of("cnn:4,6,5"))), (std::vector<std::int64_t>{4, 6, 5}));
}

TEST(UnitGroups, AreTiedByResidualConnections) {
  // The stream of the first stage goes on in the middle of that of the second, which shortcuts pad.
  EXPECT_EQ(sizes(UnitGroups(graph_of("resnet:8"))),
            (std::vector<std::int64_t>{16, 16, 32, 8, 8, 64, 16, 16}));
  // Projections give each stage a stream of its own.
  EXPECT_EQ(sizes(UnitGroups(graph_of("resnet:8-projection"))),
            (std::vector<std::int64_t>{16, 16, 32, 32, 64, 64}));
}

TEST(UnitGroups, OfAttentionAreHeadsAndTheFeaturesInsideOfThem) {
  const UnitGroups groups(graph_of("vit:dim=32,depth=1,heads=4,patch=8,mlp=24"));
  EXPECT_EQ(sizes(groups), (std::vector<std::int64_t>{32, 4, 8, 24}));
  EXPECT_EQ(groups.groups()[2].parent, 1);
  EXPECT_EQ(groups.groups()[2].copies, 4);
}

}  // namespace
}  // namespace nwedge::network
