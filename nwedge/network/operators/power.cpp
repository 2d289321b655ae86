#include <cmath>

#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = z^p, f' = p z^(p - 1), f'' = p (p - 1) z^(p - 2). Attribute exponent p.
struct Power {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = true;
  float p = 1;

  static float raise(float z, float exponent) {
    if (exponent == 0.0f) return 1.0f;
    if (exponent == 1.0f) return z;
    if (exponent == 2.0f) return z * z;
    if (exponent == -1.0f) return 1.0f / z;
    return std::pow(z, exponent);
  }
  float value(float z) const { return raise(z, p); }
  float chain(float z, float slope) const { return slope * p * raise(z, p - 1.0f); }
  float second(float z) const { return p * (p - 1.0f) * raise(z, p - 2.0f); }
};

}  // namespace

std::unique_ptr<Operator> make_power(const NodeShapes& node) {
  const auto exponent = static_cast<float>(node.node.attributes.number("exponent", 1));
  return std::make_unique<ElementOperator>(node,
                                           std::make_shared<const ElementLoops<Power>>(Power{exponent}));
}

}  // namespace nwedge::network
