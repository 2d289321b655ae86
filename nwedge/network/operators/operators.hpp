#pragma once
#include <memory>

#include "nwedge/network/operators/operator.hpp"

/// Every operator: its name in graphs and the function that makes it, which stands in the file of its name
/// with its formula, shapes and attributes. A new operator is a new file and a line here.
#define NWEDGE_OPERATORS(OPERATOR)                \
  OPERATOR("absolute", make_absolute)             \
  OPERATOR("add", make_add)                       \
  OPERATOR("average-pool", make_average_pool)     \
  OPERATOR("batch-norm", make_batch_norm)         \
  OPERATOR("clip", make_clip)                     \
  OPERATOR("concatenate", make_concatenate)       \
  OPERATOR("constant", make_constant)             \
  OPERATOR("convolution", make_convolution_layer) \
  OPERATOR("divide", make_divide)                 \
  OPERATOR("dropout", make_dropout)               \
  OPERATOR("erf", make_erf)                       \
  OPERATOR("exp", make_exp)                       \
  OPERATOR("gather", make_gather)                 \
  OPERATOR("gelu", make_gelu)                     \
  OPERATOR("group-norm", make_group_norm)         \
  OPERATOR("hard-sigmoid", make_hard_sigmoid)     \
  OPERATOR("hard-swish", make_hard_swish)         \
  OPERATOR("layer-norm", make_layer_norm)         \
  OPERATOR("leaky-relu", make_leaky_relu)         \
  OPERATOR("linear", make_linear_layer)           \
  OPERATOR("log", make_log)                       \
  OPERATOR("log-softmax", make_log_softmax)       \
  OPERATOR("matmul", make_matmul)                 \
  OPERATOR("max-pool", make_max_pool)             \
  OPERATOR("mean", make_mean)                     \
  OPERATOR("multiply", make_multiply)             \
  OPERATOR("pad", make_pad)                       \
  OPERATOR("parameter", make_parameter)           \
  OPERATOR("power", make_power)                   \
  OPERATOR("relu", make_relu)                     \
  OPERATOR("reshape", make_reshape)               \
  OPERATOR("rms-norm", make_rms_norm)             \
  OPERATOR("sigmoid", make_sigmoid)               \
  OPERATOR("silu", make_silu)                     \
  OPERATOR("slice", make_slice)                   \
  OPERATOR("softmax", make_softmax)               \
  OPERATOR("softplus", make_softplus)             \
  OPERATOR("sqrt", make_sqrt)                     \
  OPERATOR("subtract", make_subtract)             \
  OPERATOR("sum", make_sum)                       \
  OPERATOR("tanh", make_tanh)                     \
  OPERATOR("transpose", make_transpose)

namespace nwedge::network {

using MakeOperator = std::unique_ptr<Operator>(const NodeShapes& node);

#define NWEDGE_DECLARE_OPERATOR(name, make) MakeOperator make;
NWEDGE_OPERATORS(NWEDGE_DECLARE_OPERATOR)
#undef NWEDGE_DECLARE_OPERATOR

}  // namespace nwedge::network
