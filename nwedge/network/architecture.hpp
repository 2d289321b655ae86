#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/landscape.hpp"
#include "nwedge/network/data/data_set.hpp"

namespace nwedge::network {

enum class Activation { relu, tanh };
enum class LayerKind { linear, convolution };

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

/// One layer with weights and what follows it: y = pool(activation(W x + b)).
///
/// linear:      x [features], W [out, features], b [out]; features run channel by channel, row by row.
/// convolution: x [C, H, W], W [out, C, 3, 3], b [out]; stride 1, zero padding 1, cross-correlation as in
/// PyTorch. pool: 2x2 maximum, stride 2, the odd last row or column left out.
struct Layer {
  LayerKind kind = LayerKind::linear;
  ImageShape input;        ///< as it comes; a linear layer flattens it
  ImageShape output;       ///< of W x + b: a linear layer has height and width 1
  bool activated = false;  ///< the activation follows
  bool pooled = false;     ///< then pooling follows
  bool dropped = false;    ///< dropout acts on x when the network has it
  std::int64_t weight_offset = 0;
  std::int64_t bias_offset = 0;

  std::int64_t fan_in() const {  ///< weights of one output: features, or 9 C
    return kind == LayerKind::linear ? input.size() : 9 * input.channels;
  }
  std::int64_t weight_count() const { return output.channels * fan_in(); }
  ImageShape result() const {  ///< of y
    return pooled ? ImageShape{output.channels, output.height / 2, output.width / 2} : output;
  }
};

/// A tensor's place in the flat vector of weights.
struct TensorPlace {
  std::string name;  ///< in the equivalent nn.Sequential: "0.weight"
  std::vector<std::int64_t> shape;
  std::int64_t offset = 0;
  std::int64_t count = 0;
};

/// A network's layers and the layout of its weights: one flat vector in PyTorch's parameter order, each
/// tensor row-major. Dropout is not counted in the tensors' names, so networks with and without it share
/// weights.
struct Architecture {
  std::string model;  ///< canonical: with all widths
  Activation activation = Activation::relu;
  double dropout = 0.0;
  ImageShape input;
  std::int64_t classes = 0;
  std::int64_t dimension = 0;  ///< D, the number of weights
  std::vector<Layer> layers;
  std::vector<TensorPlace> tensors;  ///< weight, bias, weight, bias, …
};

/// The network for images of `input` shape. Errors (at `place`): unknown model, widths out of range, images
/// that pooling would shrink to nothing.
Architecture make_architecture(const ModelOptions& options, const ImageShape& input, std::int64_t classes,
                               std::string_view place = "model");

/// Kaiming initialisation as the layers of PyTorch define it by default [he2015]: weights and biases of a
/// layer are uniform in [-1/sqrt(fan_in), 1/sqrt(fan_in)] (kaiming_uniform_ with a = sqrt(5)). The same seed
/// gives the same weights.
std::vector<float> initial_weights(const Architecture& architecture, std::uint64_t seed);

/// One group for each output neuron or filter and one for each bias vector.
std::vector<ParameterGroup> parameter_groups(const Architecture& architecture);

}  // namespace nwedge::network
