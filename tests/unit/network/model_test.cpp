#include "nwedge/network/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "nwedge/core/vectors.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/network.hpp"

namespace nwedge::network {
namespace {

using Kind = ParameterGroup::Kind;

DataSet images(std::int64_t channels, std::int64_t height, std::int64_t width) {
  DataSet data;
  data.shape = {channels, height, width};
  data.classes = 5;
  return data;
}

TEST(Model, TakesItsSizesFromTheData) {
  const Graph cnn = make_model({"cnn:3,4"}, images(3, 9, 8)).graph;
  EXPECT_EQ(cnn.input_shape(), (Shape{3, 9, 8}));
  EXPECT_EQ(cnn.outputs(), 5);
  EXPECT_EQ(make_model({"mlp:3"}, images(7, 1, 1)).graph.input_shape(), Shape{7});
  DataSet targets = images(7, 1, 1);
  targets.classes = 0;
  targets.target_size = 2;
  EXPECT_EQ(make_model({"mlp:3"}, targets, "model", {.loss = "mean-squared"}).graph.outputs(), 2);
}

TEST(Model, TensorsAndGroupsCoverTheWeights) {
  for (const Family& family : families()) {
    const Graph graph = make_model({std::string(family.name)}, images(3, 28, 28)).graph;
    std::int64_t end = 0;
    for (const TensorPlace& tensor : graph.tensors) {
      EXPECT_EQ(tensor.offset, end);
      end += tensor.count;
    }
    EXPECT_EQ(end, graph.dimension) << family.name;
    std::vector<int> covered(static_cast<std::size_t>(graph.dimension), 0);
    for (const ParameterGroup& group : parameter_groups(graph))
      for (std::int64_t i = 0; i < group.count; ++i) ++covered.at(group.entry(i));
    EXPECT_EQ(std::count(covered.begin(), covered.end(), 1), graph.dimension) << family.name;
  }
}

TEST(Model, AGroupIsOneNeuronOrAWholeBias) {
  const std::vector<ParameterGroup> groups = parameter_groups(make_model({"mlp:3"}, images(1, 2, 2)).graph);
  ASSERT_EQ(groups.size(), 3u + 1 + 5 + 1);
  EXPECT_EQ(groups[0].count, 4);
  EXPECT_EQ(groups[0].kind, Kind::weight);
  EXPECT_EQ(groups[3].count, 3);
  EXPECT_EQ(groups[3].kind, Kind::bias);
}

Graph graph_of(std::vector<TensorPlace> tensors) {
  Graph graph;
  for (TensorPlace& tensor : tensors) {
    tensor.offset = graph.dimension;
    tensor.count = size_of(tensor.shape);
    graph.dimension += tensor.count;
  }
  graph.tensors = std::move(tensors);
  return graph;
}

TEST(Model, GroupsAreTheOutputsOfWeightsAndOtherTensorsWhole) {
  const Graph graph = graph_of({{"rows", {2, 3}, 0, 0, Role::weight, 0, {}},
                                {"columns", {3, 2}, 0, 0, Role::weight, 1, {}},
                                {"middle", {2, 3, 2}, 0, 0, Role::weight, 1, {}},
                                {"bias", {2}, 0, 0, Role::bias, 0, {}},
                                {"scale", {2}, 0, 0, Role::normalisation, 0, {}},
                                {"positions", {4, 2}, 0, 0, Role::embedding, 0, {}}});
  struct Expected {
    std::vector<std::size_t> entries;
    Kind kind;
  };
  const std::vector<Expected> expected = {{{0, 1, 2}, Kind::weight},
                                          {{3, 4, 5}, Kind::weight},
                                          {{6, 8, 10}, Kind::weight},
                                          {{7, 9, 11}, Kind::weight},
                                          {{12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}, Kind::weight},
                                          {{24, 25}, Kind::bias},
                                          {{26, 27}, Kind::normalisation},
                                          {{28, 29, 30, 31, 32, 33, 34, 35}, Kind::embedding}};
  const std::vector<ParameterGroup> groups = parameter_groups(graph);
  ASSERT_EQ(groups.size(), expected.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::vector<std::size_t> entries;
    for (std::int64_t i = 0; i < groups[g].count; ++i) entries.push_back(groups[g].entry(i));
    EXPECT_EQ(entries, expected[g].entries) << g;
    EXPECT_EQ(groups[g].kind, expected[g].kind) << g;
  }
}

/// Along a filter-normalised direction each output of a linear layer or convolution moves by its own norm, an
/// embedding by that of the whole; biases and normalisations by theirs, or not at all.
TEST(Model, FilterNormalisationIsByOutputInConvolutionsAndAttention) {
  for (const std::string model : {"resnet:8", "resnet:8-projection", "vit:dim=8,depth=1,heads=2,patch=7"}) {
    SCOPED_TRACE(model);
    const auto data = std::make_shared<const DataSet>(load_data({"synthetic:3x28x28,5", 20, 20}));
    const Network network(data, make_model({model}, *data));
    std::vector<float> point = network.initial_point(0);
    for (float& x : point) x += 0.01F;  // biases and shifts that begin at 0 too
    using geometry::Vary;
    for (const Vary vary : {Vary::weights, Vary::everything}) {
      const std::vector<float> direction = geometry::filter_normalised_direction(network, point, 7, 0, vary);
      for (const TensorPlace& tensor : network.graph().tensors) {
        SCOPED_TRACE(tensor.name);
        const bool product = tensor.shape.size() > 1 && tensor.role != Role::embedding;
        const bool moves = vary == Vary::everything || product || tensor.role == Role::embedding;
        const std::int64_t parts = product ? tensor.shape[0] : 1;
        for (std::int64_t k = 0; k < parts; ++k) {
          const auto part = [&](const std::vector<float>& values) {
            return norm(
                std::span(values).subspan(static_cast<std::size_t>(tensor.offset + k * tensor.count / parts),
                                          static_cast<std::size_t>(tensor.count / parts)));
          };
          ASSERT_NEAR(part(direction), moves ? part(point) : 0, 1e-5 * part(point)) << k;
        }
      }
    }
  }
}

TEST(Model, BuffersBeginAsTheGraphSays) {
  const Graph graph = make_model({"resnet:8"}, images(3, 16, 16)).graph;
  const std::vector<float> buffers = initial_buffers(graph);
  ASSERT_EQ(static_cast<std::int64_t>(buffers.size()), graph.buffer_size);
  for (const BufferPlace& buffer : graph.buffers)
    for (std::int64_t n = 0; n < buffer.count; ++n)
      EXPECT_EQ(buffers[static_cast<std::size_t>(buffer.offset + n)], buffer.initial);
}

}  // namespace
}  // namespace nwedge::network
