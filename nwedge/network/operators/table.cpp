#include "nwedge/network/operators/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "nwedge/core/error.hpp"
#include "nwedge/core/text.hpp"
#include "nwedge/network/operators/layer.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

struct Entry {
  std::string_view name;
  MakeOperator* make;
};

#define NWEDGE_OPERATOR_ENTRY(name, make) Entry{name, make},
constexpr std::array kOperators = {NWEDGE_OPERATORS(NWEDGE_OPERATOR_ENTRY)};
#undef NWEDGE_OPERATOR_ENTRY

}  // namespace

std::unique_ptr<Operator> make_linear_layer(const NodeShapes& node) {
  return std::make_unique<Layer>(make_linear(node));
}
std::unique_ptr<Operator> make_convolution_layer(const NodeShapes& node) {
  return std::make_unique<Layer>(make_convolution(node));
}

std::unique_ptr<Operator> make_operator(const NodeShapes& node) {
  const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                  [&](const Entry& entry) { return entry.name == node.node.op; });
  if (found != kOperators.end()) return found->make(node);
  throw Error(node.place, fmt::format("{}: there is no operator \"{}\"", node_text(node.node), node.node.op));
}

std::span<const std::string_view> operator_names() {
  static const auto names = [] {
    std::array<std::string_view, kOperators.size()> all;
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = kOperators[k].name;
    std::sort(all.begin(), all.end());
    return all;
  }();
  return names;
}

}  // namespace nwedge::network
