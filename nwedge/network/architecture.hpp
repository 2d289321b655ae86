#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/landscape.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

/// Which network.
struct ModelOptions {
  /// "mlp:W1,W2,…" (hidden widths; "mlp" is "mlp:100,100") or "cnn:C1,C2,…" ("cnn" is "cnn:16,32,32": for
  /// each entry a 3x3 convolution with that many channels, the activation and 2x2 max-pooling; then one
  /// linear layer).
  std::string model = "cnn";
  std::string activation = "relu";  ///< "relu" or "tanh"
  double dropout = 0.0;  ///< share of a hidden layer's values set to 0 in training batches; in [0, 0.95]

  void visit_function(OptionVisitor& visitor);  ///< model, activation: what its outputs depend on
  void visit(OptionVisitor& visitor);
};

/// The network for images of `input` shape. Errors (at `place`): unknown model, widths out of range, images
/// that pooling would shrink to nothing.
Graph make_architecture(const ModelOptions& options, const ImageShape& input, std::int64_t classes,
                        std::string_view place = "model");

/// Kaiming initialisation as the layers of PyTorch define it by default [he2015]: weights and biases of a
/// layer are uniform in [-1/sqrt(fan_in), 1/sqrt(fan_in)] (kaiming_uniform_ with a = sqrt(5)). The same seed
/// gives the same weights.
std::vector<float> initial_weights(const Graph& graph, std::uint64_t seed);

/// Every buffer at its initial value.
std::vector<float> initial_buffers(const Graph& graph);

/// One group for each output neuron or filter and one for each bias vector.
std::vector<ParameterGroup> parameter_groups(const Graph& graph);

}  // namespace nwedge::network
