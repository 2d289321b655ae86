#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = exp(z) = f' = f''.
struct Exp {
  static constexpr bool kFromOutput = true;
  static constexpr bool kRising = true;
  static constexpr bool kBends = true;
  float value(float z) const { return exponential(z); }
  float chain(float y, float slope) const { return slope * y; }
  float second(float y) const { return y; }
  float ratio(float) const { return 1; }
};

}  // namespace

std::unique_ptr<Operator> make_exp(const NodeShapes& node) { return make_element_operator<Exp>(node); }

}  // namespace nwedge::network
