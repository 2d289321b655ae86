#include <cmath>

#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = min(max(z, minimum), maximum); a kink has slope 0. Attributes minimum, maximum (none).
struct Clip {
  static constexpr bool kFromOutput = true;
  static constexpr bool kRising = true;
  static constexpr bool kBends = false;
  float minimum = 0;
  float maximum = 0;
  float value(float z) const { return z < minimum ? minimum : z > maximum ? maximum : z; }
  float chain(float y, float slope) const { return y <= minimum || y >= maximum ? 0.0f : slope; }
  float second(float) const { return 0; }
  float ratio(float) const { return 0; }
};

}  // namespace

std::unique_ptr<Operator> make_clip(const NodeShapes& node) {
  const auto minimum = static_cast<float>(node.node.attributes.number("minimum", -HUGE_VAL));
  const auto maximum = static_cast<float>(node.node.attributes.number("maximum", HUGE_VAL));
  node.require(minimum <= maximum, "the minimum must be at most the maximum");
  return std::make_unique<ElementOperator>(
      node, std::make_shared<const ElementLoops<Clip>>(Clip{minimum, maximum}));
}

}  // namespace nwedge::network
