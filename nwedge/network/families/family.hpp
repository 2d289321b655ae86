#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "nwedge/network/families/model_options.hpp"
#include "nwedge/network/graph/graph.hpp"

namespace nwedge::network {

struct ModelRequest;

/// Networks of one kind, by their sizes.
struct Family {
  std::string_view name;        ///< "mlp"
  std::string_view syntax;      ///< "mlp:W1,W2,…"
  std::string_view help;        ///< its layers, in one line
  std::string_view sizes;       ///< what the name alone stands for, "100,100"; empty: it takes no sizes
  std::string_view activation;  ///< "default": "relu"
  Graph (*build)(const ModelRequest& request);
};

/// Every family, in the order in which they are listed.
std::span<const Family> families();

/// Whether `model` is a family's name, alone or with sizes; the sizes are not looked at.
bool names_family(std::string_view model);

/// The network that `options` name, for examples of shape `input` (images: [channels, height, width]) and
/// that many `outputs`. Its weights lie in the order of the equivalent PyTorch module's parameters, under
/// their names. Errors (at `place`): an unknown family, sizes that are malformed or out of range, inputs that
/// are no images or too small.
Graph make_graph(const ModelOptions& options, const Shape& input, std::int64_t outputs,
                 std::string_view place = "model");

}  // namespace nwedge::network
