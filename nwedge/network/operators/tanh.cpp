#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = tanh(z), f' = 1 - y^2, f'' = -2 y f'.
struct Tanh {
  static constexpr bool kFromOutput = true;
  static constexpr bool kRising = true;
  static constexpr bool kBends = true;
  float value(float z) const { return hyperbolic_tangent(z); }
  float chain(float y, float slope) const { return slope * (1.0f - y * y); }
  float second(float y) const { return -2.0f * y * (1.0f - y * y); }
  float ratio(float y) const { return -2.0f * y; }
};

}  // namespace

std::unique_ptr<Operator> make_tanh(const NodeShapes& node) { return make_element_operator<Tanh>(node); }

}  // namespace nwedge::network
