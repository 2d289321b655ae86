#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = |z|; the kink at 0 has slope 0.
struct Absolute {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = false;
  float value(float z) const { return z < 0 ? -z : z; }
  float chain(float z, float slope) const { return z < 0 ? -slope : z > 0 ? slope : 0.0f; }
  float second(float) const { return 0; }
};

}  // namespace

std::unique_ptr<Operator> make_absolute(const NodeShapes& node) {
  return make_element_operator<Absolute>(node);
}

}  // namespace nwedge::network
