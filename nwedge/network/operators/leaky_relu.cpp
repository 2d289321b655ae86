#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = z above 0, slope z below. Attribute slope (0.01), at least 0. A kink has the slope of its left side.
struct LeakyRelu {
  static constexpr bool kFromOutput = true;
  static constexpr bool kRising = true;
  static constexpr bool kBends = false;
  float below = 0;
  float value(float z) const { return z < 0 ? below * z : z; }
  float chain(float y, float slope) const { return y <= 0 ? below * slope : slope; }
  float second(float) const { return 0; }
  float ratio(float) const { return 0; }
};

}  // namespace

std::unique_ptr<Operator> make_leaky_relu(const NodeShapes& node) {
  const double slope = node.node.attributes.number("slope", 0.01);
  node.require(slope >= 0, "the slope must be at least 0");
  return std::make_unique<ElementOperator>(
      node, std::make_shared<const ElementLoops<LeakyRelu>>(LeakyRelu{static_cast<float>(slope)}));
}

}  // namespace nwedge::network
