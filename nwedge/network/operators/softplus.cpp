#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = log(1 + exp(z)), f' = 1 - exp(-y), f'' = f' exp(-y).
struct Softplus {
  static constexpr bool kFromOutput = true;
  static constexpr bool kRising = true;
  static constexpr bool kBends = true;
  float value(float z) const {
    return choose(z > 0, z, 0.0f) + logarithm_of_one_plus(exponential_of_negative(choose(z < 0, z, -z)));
  }
  static float first(float y) {
    const Exponential e = split_exponential(choose(y > 87.0f, -87.0f, -y));
    return -(e.power * e.rest + (e.power - 1.0f));
  }
  float chain(float y, float slope) const { return slope * first(y); }
  float second(float y) const { return first(y) * exponential_of_negative(-y); }
  float ratio(float y) const { return exponential_of_negative(-y); }
};

}  // namespace

std::unique_ptr<Operator> make_softplus(const NodeShapes& node) {
  return make_element_operator<Softplus>(node);
}

}  // namespace nwedge::network
