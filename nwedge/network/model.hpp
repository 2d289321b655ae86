#pragma once
#include <string_view>
#include <vector>

#include "nwedge/landscape.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/families/model_options.hpp"
#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// A network and the state that it came with.
struct Model {
  Graph graph;
  std::vector<float> weights = {};  ///< [D], of a model file; empty: none
  std::vector<float> buffers = {};  ///< of a model file; empty: initial values
};

/// The network that `options` name, for the examples of `data`: a family's. Errors at `place`.
Model make_model(const ModelOptions& options, const DataSet& data, std::string_view place = "model");

/// One example: [C, H, W] of an image, [F] of features.
Shape example_shape(const DataSet& data);
/// What a network must give for one example: a number for each class, or for each target.
std::int64_t output_count(const DataSet& data);

/// Every buffer at its initial value.
std::vector<float> initial_buffers(const Graph& graph);

/// One group for each output neuron or filter and one for each other tensor.
std::vector<ParameterGroup> parameter_groups(const Graph& graph);

}  // namespace nwedge::network
