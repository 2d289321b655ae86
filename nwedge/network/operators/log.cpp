#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = log(z), f' = 1 / z, f'' = -1 / z^2.
struct Log {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;  // not to the last bit
  static constexpr bool kBends = true;
  float value(float z) const { return logarithm(z); }
  float chain(float z, float slope) const { return slope / z; }
  float second(float z) const { return -1.0f / (z * z); }
};

}  // namespace

std::unique_ptr<Operator> make_log(const NodeShapes& node) { return make_element_operator<Log>(node); }

}  // namespace nwedge::network
