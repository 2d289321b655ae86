#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nwedge/network/graph/graph.hpp"
#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// Makes the operator of a node; `Error`s at the node's text name the rule and the shapes.
std::unique_ptr<Operator> make_operator(const NodeShapes& node);

/// Every operator's name, sorted.
std::span<const std::string_view> operator_names();

}  // namespace nwedge::network
