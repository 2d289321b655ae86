#include <gtest/gtest.h>

#include <map>

#include "tests/unit/network/onnx/fixture.hpp"

/// What a file's nodes become: operators, tensors with their names and roles, buffers, notes.
namespace nwedge::network {
namespace {

OnnxModel read(const std::string& name) { return read_onnx(test::onnx_files() / (name + ".onnx")); }

std::map<std::string, int> counts(const Graph& graph) {
  std::map<std::string, int> found;
  for (const Node& node : graph.nodes) ++found[node.op];
  return found;
}

const TensorPlace* find(const Graph& graph, const std::string& name) {
  for (const TensorPlace& tensor : graph.tensors)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

using Counts = std::map<std::string, int>;

TEST(OnnxStructure, LinearLayersKeepTheNamesOfTheModule) {
  for (const std::string name : {"mlp-dynamo-train-any", "mlp-script-train-any", "mlp-script-eval-batch2"}) {
    SCOPED_TRACE(name);
    const OnnxModel model = read(name);
    EXPECT_EQ(counts(model.graph), (Counts{{"reshape", 1}, {"linear", 3}, {"relu", 1}, {"tanh", 1}}));
    std::vector<std::string> names;
    for (const TensorPlace& tensor : model.graph.tensors) names.push_back(tensor.name);
    EXPECT_EQ(names,
              (std::vector<std::string>{"1.weight", "1.bias", "3.weight", "3.bias", "5.weight", "5.bias"}));
    EXPECT_EQ(model.graph.input_shape(), (Shape{1, 8, 8}));
    EXPECT_EQ(model.graph.outputs(), 5);
    EXPECT_TRUE(model.notes.empty());
    const TensorPlace& weight = *find(model.graph, "1.weight");
    EXPECT_EQ(weight.role, Role::weight);
    EXPECT_EQ(weight.shape, (Shape{12, 64}));
    EXPECT_DOUBLE_EQ(weight.initial.bound, 1 / 8.0);
    EXPECT_EQ(find(model.graph, "1.bias")->role, Role::bias);
  }
}

TEST(OnnxStructure, MatricesThatAreStoredTransposedSayTheirOutputs) {
  const OnnxModel model = read("transformer-script-eval-any");
  int transposed = 0;
  for (const Node& node : model.graph.nodes) {
    if (node.op != "linear" || node.attributes.integer("transposed", 0) == 0) continue;
    ++transposed;
    EXPECT_EQ(model.graph.tensors[static_cast<std::size_t>(node.weights[0])].output_axis, 1);
  }
  EXPECT_GT(transposed, 0);
}

TEST(OnnxStructure, NormalisationKeepsItsStatisticsInTraining) {
  for (const std::string name : {"resnet-dynamo-train-any", "resnet-script-train-any"}) {
    SCOPED_TRACE(name);
    const OnnxModel model = read(name);
    EXPECT_EQ(counts(model.graph)["batch-norm"], 7);
    ASSERT_EQ(model.graph.buffers.size(), 14U);
    EXPECT_EQ(model.graph.buffers[0].name, "bn.running_mean");
    EXPECT_EQ(model.graph.buffers[1].name, "bn.running_var");
    EXPECT_EQ(model.graph.buffers[1].initial, 1.0F);
    EXPECT_EQ(find(model.graph, "bn.weight")->role, Role::normalisation);
    EXPECT_EQ(find(model.graph, "conv.bias"), nullptr);
    for (const Node& node : model.graph.nodes) {
      if (node.op == "batch-norm") {
        EXPECT_NEAR(node.attributes.number("momentum", 0), 0.1, 1e-7);
        EXPECT_EQ(node.weights.size(), 2U);
      }
      if (node.op == "convolution") {
        EXPECT_EQ(node.weights.size(), 1U) << "zeros are no bias";
      }
    }
  }
  EXPECT_EQ(counts(read("resnet-script-eval-any").graph)["batch-norm"], 0);  // folded by the exporter
}

TEST(OnnxStructure, DropoutStaysInTraining) {
  EXPECT_EQ(counts(read("mobile-script-train-any").graph)["dropout"], 1);
  EXPECT_EQ(counts(read("mobile-script-eval-any").graph)["dropout"], 0);
}

TEST(OnnxStructure, AttentionIsFollowedThroughItsReshapes) {
  for (const std::string name : {"transformer", "second"})
    for (const std::string way :
         {"dynamo-train-any", "dynamo-eval-batch1", "script-train-any", "script-eval-batch2"}) {
      SCOPED_TRACE(name + way);
      Counts found = counts(read(name + "-" + way).graph);
      EXPECT_EQ(found["linear"], 6);
      EXPECT_EQ(found["layer-norm"], 2);
      EXPECT_EQ(found["gelu"], 1);
      EXPECT_EQ(found["matmul"], 2);
      EXPECT_EQ(found["erf"] + found["sqrt"] + found["power"], 0);
    }
}

TEST(OnnxStructure, ClassTokenAndPositionsAreLearnt) {
  const OnnxModel model = read("vit-dynamo-train-any");
  EXPECT_EQ(find(model.graph, "cls_token")->role, Role::embedding);
  EXPECT_EQ(find(model.graph, "pos_embed")->role, Role::embedding);
  EXPECT_EQ(counts(model.graph)["parameter"], 2);
  ASSERT_EQ(model.notes.size(), 2U);
  EXPECT_NE(model.notes[0].find("\"cls_token\" [1, 1, 12] is a weight that is used as a value"),
            std::string::npos);
}

TEST(OnnxStructure, ChainsBecomeOneOperator) {
  const std::map<std::string, Counts> expected = {
      {"gelu-by-erf", {{"gelu", 1}, {"linear", 1}}},
      {"gelu-by-tanh", {{"gelu", 1}, {"linear", 1}}},
      {"gelu-of-product", {{"parameter", 1}, {"multiply", 1}, {"gelu", 1}, {"linear", 1}}},
      {"layer-norm-by-hand", {{"layer-norm", 1}, {"reshape", 1}, {"linear", 1}}},
      {"rms-by-power", {{"rms-norm", 1}, {"reshape", 1}, {"linear", 1}}},
      {"class-token", {{"parameter", 1}, {"reshape", 2}, {"concatenate", 1}, {"linear", 1}}},
      {"matmul-transposed-weights", {{"linear", 2}, {"reshape", 1}}},
  };
  for (const auto& [name, operators] : expected) {
    SCOPED_TRACE(name);
    EXPECT_EQ(counts(read("operators/" + name).graph), operators);
  }
  EXPECT_EQ(counts(read("operators/erf-alone").graph)["erf"], 1);
  for (const std::string name :
       {"dynamo-eval-any", "dynamo-train-any", "script-eval-batch1", "script-train-any"}) {
    Counts found = counts(read("conv1d-" + name).graph);
    EXPECT_EQ(found["group-norm"], 2) << name;
    EXPECT_EQ(found["gelu"], 1) << name;
    EXPECT_EQ(found["softplus"], 1) << name;
    EXPECT_EQ(found["parameter"], 0) << name;
    found = counts(read("rms-" + name).graph);
    EXPECT_EQ(found["rms-norm"], 2) << name;
    EXPECT_EQ(found["silu"], 1) << name;
    found = counts(read("mobile-" + name).graph);
    EXPECT_EQ(found["hard-swish"], 1) << name;
    EXPECT_EQ(found["hard-sigmoid"], 1) << name;
  }
}

TEST(OnnxStructure, DataMayHaveOtherAxesOfExtentOne) {
  const auto path = test::onnx_files() / "conv1d-script-eval-any.onnx";
  OnnxModel model = read_onnx(path, {2, 24, 1});
  EXPECT_EQ(model.graph.input_shape(), (Shape{2, 24, 1}));
  const test::Expected expected(test::onnx_files() / "conv1d-script-eval-any.safetensors");
  EXPECT_LT(test::difference(test::reference_logits(model, expected), expected.logits), 1e-5);
}

TEST(OnnxStructure, OutputsThatAreNoLogitsAreNoted) {
  const OnnxModel model = read("rms-script-eval-any");
  ASSERT_FALSE(model.notes.empty());
  EXPECT_NE(model.notes[0].find("the output is that of LogSoftmax"), std::string::npos);
  EXPECT_EQ(model.graph.model, "onnx:" + (test::onnx_files() / "rms-script-eval-any.onnx").string());
}

}  // namespace
}  // namespace nwedge::network
