#pragma once
#include <string>

#include "nwedge/core/options.hpp"

namespace nwedge::network {

/// Which network, and how it begins.
struct ModelOptions {
  std::string model = "cnn";           ///< "FAMILY" or "FAMILY:SIZES", of the table in `family.hpp`
  std::string activation = "default";  ///< the family's own, or the operator's name: "relu", "gelu", …
  double dropout = 0.0;                ///< share of hidden values set to 0 in training batches; in [0, 0.95]
  /// Whether linear layers and convolutions have biases; false leaves out those that the family has.
  /// Normalisations have their shifts either way.
  bool bias = true;
  /// Of the factors of linear layers and convolutions with `in` inputs and `out` outputs an entry:
  ///   "pytorch"         uniform in ±1/sqrt(in), biases too: what the layers' `reset_parameters` do [he2015]
  ///   "kaiming-normal"  N(0, 2/in), biases 0 [he2015]
  ///   "xavier"          uniform in ±sqrt(6/(in + out)), biases 0 [glorot2010]
  std::string initialisation = "pytorch";

  void visit_function(OptionVisitor& visitor);  ///< model, activation, bias: what its outputs depend on
  void visit(OptionVisitor& visitor);
};

}  // namespace nwedge::network
