#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = sqrt(z), f' = 1 / (2 y), f'' = -f' / (2 y^2).
struct Sqrt {
  static constexpr bool kFromOutput = true;
  static constexpr bool kRising = true;
  static constexpr bool kBends = true;
  float value(float z) const { return __builtin_sqrtf(z); }
  float chain(float y, float slope) const { return 0.5f * slope / y; }
  float second(float y) const { return -0.25f / (y * y * y); }
  float ratio(float y) const { return -0.5f / (y * y); }
};

}  // namespace

std::unique_ptr<Operator> make_sqrt(const NodeShapes& node) { return make_element_operator<Sqrt>(node); }

}  // namespace nwedge::network
