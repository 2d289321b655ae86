#pragma once
#include <optional>
#include <string>
#include <vector>

#include "nwedge/network/graph/builder.hpp"

namespace nwedge::network::onnx {

/// Adds y = op(inputs), or the one operator that this node completes a chain of:
///     gelu         x/2 (1 + erf(x / sqrt 2)), and the form with tanh
///     silu         x sigmoid(x)
///     hard-swish   x hard-sigmoid(x)
///     rms-norm     x / sqrt(mean(x^2) + epsilon), over trailing axes
///     layer-norm   the same of x - mean(x)
///     group-norm   between two reshapes that split channels into groups
/// in any order of factors. Nodes that the chain no longer needs are left out when the graph is finished.
ValueId add_completing(GraphBuilder& builder, const std::string& op, const std::string& name,
                       const std::vector<ValueId>& inputs, const Attributes& attributes = {});

/// The number that a value is for all entries and examples, if it is one.
std::optional<double> number_of(const GraphBuilder& builder, ValueId value);

/// The node that a value comes from if it is of this operator, or null.
const Node* made_by(const GraphBuilder& builder, ValueId value, std::string_view op);

}  // namespace nwedge::network::onnx
