#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = z s with s = 1 / (1 + exp(-z)); f' = s (1 + z (1 - s)), f'' = s (1 - s) (2 + z (1 - 2 s)).
struct Silu {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = true;
  float value(float z) const { return z * logistic(z); }
  float chain(float z, float slope) const {
    const float s = logistic(z);
    return slope * (s * (1.0f + z * (1.0f - s)));
  }
  float second(float z) const {
    const float s = logistic(z);
    return s * (1.0f - s) * (2.0f + z * (1.0f - 2.0f * s));
  }
};

}  // namespace

std::unique_ptr<Operator> make_silu(const NodeShapes& node) { return make_element_operator<Silu>(node); }

}  // namespace nwedge::network
