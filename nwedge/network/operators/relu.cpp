#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = max(z, 0), f' = [y > 0], no bend. NaN stays NaN.
struct Relu {
  static constexpr bool kFromOutput = true;
  static constexpr bool kRising = true;
  static constexpr bool kBends = false;
  float value(float z) const { return z < 0 ? 0.0f : z; }
  float chain(float y, float slope) const { return y <= 0 ? 0.0f : slope; }
  float second(float) const { return 0; }
  float ratio(float) const { return 0; }
};

}  // namespace

std::unique_ptr<Operator> make_relu(const NodeShapes& node) { return make_element_operator<Relu>(node); }

}  // namespace nwedge::network
