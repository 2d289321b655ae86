#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = 1 / (1 + exp(-z)), f' = y (1 - y), f'' = f' (1 - 2 y).
struct Sigmoid {
  static constexpr bool kFromOutput = true;
  static constexpr bool kRising = true;
  static constexpr bool kBends = true;
  float value(float z) const { return logistic(z); }
  float chain(float y, float slope) const { return slope * (y * (1.0f - y)); }
  float second(float y) const { return y * (1.0f - y) * (1.0f - 2.0f * y); }
  float ratio(float y) const { return 1.0f - 2.0f * y; }
};

}  // namespace

std::unique_ptr<Operator> make_sigmoid(const NodeShapes& node) {
  return make_element_operator<Sigmoid>(node);
}

}  // namespace nwedge::network
