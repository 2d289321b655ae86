#include "nwedge/network/model.hpp"

#include <gtest/gtest.h>

#include "nwedge/network/families/family.hpp"

namespace nwedge::network {
namespace {

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
  EXPECT_EQ(make_model({"mlp:3"}, targets).graph.outputs(), 2);
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
    end = 0;
    for (const ParameterGroup& group : parameter_groups(graph)) {
      EXPECT_EQ(group.offset, end);
      EXPECT_GE(group.count, 1);
      end += group.count;
    }
    EXPECT_EQ(end, graph.dimension) << family.name;
  }
}

TEST(Model, AGroupIsOneNeuronOrAWholeBias) {
  const std::vector<ParameterGroup> groups = parameter_groups(make_model({"mlp:3"}, images(1, 2, 2)).graph);
  ASSERT_EQ(groups.size(), 3u + 1 + 5 + 1);
  EXPECT_EQ(groups[0].count, 4);
  EXPECT_FALSE(groups[0].bias);
  EXPECT_EQ(groups[3].count, 3);
  EXPECT_TRUE(groups[3].bias);
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
