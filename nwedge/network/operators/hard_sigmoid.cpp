#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = min(max(alpha z + beta, 0), 1). Attributes alpha (1/6), beta (1/2).
struct HardSigmoid {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = false;
  float alpha = 0;
  float beta = 0;
  float value(float z) const {
    const float inner = alpha * z + beta;
    return inner <= 0 ? 0.0f : inner >= 1.0f ? 1.0f : inner;
  }
  float chain(float z, float slope) const {
    const float inner = alpha * z + beta;
    return inner <= 0 || inner >= 1.0f ? 0.0f : alpha * slope;
  }
  float second(float) const { return 0; }
};

}  // namespace

std::unique_ptr<Operator> make_hard_sigmoid(const NodeShapes& node) {
  const auto alpha = static_cast<float>(node.node.attributes.number("alpha", 1.0 / 6));
  const auto beta = static_cast<float>(node.node.attributes.number("beta", 0.5));
  return std::make_unique<ElementOperator>(
      node, std::make_shared<const ElementLoops<HardSigmoid>>(HardSigmoid{alpha, beta}));
}

}  // namespace nwedge::network
