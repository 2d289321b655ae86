#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = erf(z), f' = 2 exp(-z^2) / sqrt(pi), f'' = -2 z f'.
struct Erf {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;  // not to the last bit
  static constexpr bool kBends = true;
  static float first(float z) { return 1.1283791671f * exponential_of_negative(-z * z); }
  float value(float z) const { return error_function(z); }
  float chain(float z, float slope) const { return slope * first(z); }
  float second(float z) const { return -2.0f * z * first(z); }
};

}  // namespace

std::unique_ptr<Operator> make_erf(const NodeShapes& node) { return make_element_operator<Erf>(node); }

}  // namespace nwedge::network
