#include <gtest/gtest.h>

#include "nwedge/network/model.hpp"

namespace nwedge::network {
namespace {

using Kind = ParameterGroup::Kind;

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

TEST(ParameterGroups, AreTheOutputsOfWeightsAndOtherTensorsWhole) {
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

}  // namespace
}  // namespace nwedge::network
