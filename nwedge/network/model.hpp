#pragma once
#include <filesystem>
#include <string>
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
  std::vector<float> buffers = {};      ///< of a model file; empty: initial values
  std::vector<std::string> notes = {};  ///< what a user should know of how a model file was read
};

/// The network that `options` name, for the examples of `data` and the outputs of the loss. Errors at
/// `place`.
///
/// "onnx:FILE" is the network of a file (see onnx/onnx_model.hpp); the other options are then the file's.
Model make_model(const ModelOptions& options, const DataSet& data, std::string_view place = "model",
                 const LossOptions& loss = {});

/// The files that "onnx:FILE" is read from; none for a family.
std::vector<std::filesystem::path> model_files(const ModelOptions& options);
/// FILE of "onnx:FILE"; empty for a family.
std::string model_file(std::string_view model);

/// One example: [C, H, W] of an image, [F] of features.
Shape example_shape(const DataSet& data);

/// Every buffer at its initial value.
std::vector<float> initial_buffers(const Graph& graph);

/// One group for each output neuron or filter and one for each other tensor.
std::vector<ParameterGroup> parameter_groups(const Graph& graph);

}  // namespace nwedge::network
