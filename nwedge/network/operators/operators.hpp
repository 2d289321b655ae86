#pragma once
#include <memory>

#include "nwedge/network/operators/operator.hpp"

/// Every operator: its name in graphs and the function that makes it, which stands in the file of its name
/// with its formula, shapes and attributes. A new operator is a new file and a line here.
#define NWEDGE_OPERATORS(OPERATOR)                \
  OPERATOR("batch-norm", make_batch_norm)         \
  OPERATOR("convolution", make_convolution_layer) \
  OPERATOR("linear", make_linear_layer)           \
  OPERATOR("max-pool", make_max_pool)             \
  OPERATOR("relu", make_relu)                     \
  OPERATOR("reshape", make_reshape)               \
  OPERATOR("dropout", make_dropout)               \
  OPERATOR("tanh", make_tanh)

namespace nwedge::network {

using MakeOperator = std::unique_ptr<Operator>(const NodeShapes& node);

#define NWEDGE_DECLARE_OPERATOR(name, make) MakeOperator make;
NWEDGE_OPERATORS(NWEDGE_DECLARE_OPERATOR)
#undef NWEDGE_DECLARE_OPERATOR

}  // namespace nwedge::network
