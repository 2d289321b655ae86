#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = z min(max(z + 3, 0), 6) / 6. A kink has the slope of its outer side.
struct HardSwish {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = true;
  float value(float z) const { return z * (z <= -3.0f ? 0.0f : z >= 3.0f ? 1.0f : (z + 3.0f) * (1.0f / 6)); }
  float chain(float z, float slope) const {
    return slope * (z <= -3.0f ? 0.0f : z >= 3.0f ? 1.0f : z * (1.0f / 3) + 0.5f);
  }
  float second(float z) const { return z <= -3.0f || z >= 3.0f ? 0.0f : 1.0f / 3; }
};

}  // namespace

std::unique_ptr<Operator> make_hard_swish(const NodeShapes& node) {
  return make_element_operator<HardSwish>(node);
}

}  // namespace nwedge::network
