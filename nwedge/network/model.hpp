#pragma once
#include <string_view>
#include <vector>

#include "nwedge/landscape.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/families/model_options.hpp"
#include "nwedge/network/graph/graph.hpp"
#include "nwedge/network/losses/loss_options.hpp"

namespace nwedge::network {

/// A network and the state that it came with.
struct Model {
  Graph graph;
  std::vector<float> weights = {};  ///< [D], of a model file; empty: none
  std::vector<float> buffers = {};  ///< of a model file; empty: initial values
};

/// The network that `options` name, for the examples of `data` and the outputs of the loss. Errors at `place`.
Model make_model(const ModelOptions& options, const DataSet& data, std::string_view place = "model",
                 const LossOptions& loss = {});

/// One example: [C, H, W] of an image, [F] of features.
Shape example_shape(const DataSet& data);

/// Every buffer at its initial value.
std::vector<float> initial_buffers(const Graph& graph);

/// One group for each output neuron or filter and one for each other tensor.
std::vector<ParameterGroup> parameter_groups(const Graph& graph);

}  // namespace nwedge::network
