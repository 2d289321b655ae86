#include "nwedge/network/kernels/elementary.hpp"
#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = z P(z), P the normal distribution function, p its density; f' = P + z p, f'' = p (2 - z^2).
/// [hendrycks2016]
struct Gelu {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = true;
  float value(float z) const { return z * normal_law(z).distribution; }
  float chain(float z, float slope) const {
    const NormalLaw law = normal_law(z);
    return slope * (law.distribution + z * law.density);
  }
  float second(float z) const { return normal_law(z).density * (2.0f - z * z); }
};

/// y = z (1 + tanh u) / 2 with u = sqrt(2 / pi) (z + 0.044715 z^3).
struct TanhGelu {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = true;
  static constexpr float kFactor = 0.7978845608f;
  static constexpr float kCubic = 0.044715f;
  static float inner(float z) { return kFactor * (z + kCubic * z * z * z); }
  static float inner_slope(float z) { return kFactor * (1.0f + 3.0f * kCubic * z * z); }
  float value(float z) const { return 0.5f * z * (1.0f + hyperbolic_tangent(inner(z))); }
  float chain(float z, float slope) const {
    const float t = hyperbolic_tangent(inner(z));
    return slope * (0.5f * (1.0f + t) + 0.5f * z * (1.0f - t * t) * inner_slope(z));
  }
  float second(float z) const {
    const float t = hyperbolic_tangent(inner(z));
    const float u = inner_slope(z);
    const float bend = 6.0f * kFactor * kCubic * z;
    return (1.0f - t * t) * (u + 0.5f * z * (bend - 2.0f * t * u * u));
  }
};

}  // namespace

/// Attribute approximation: "none" (0) or "tanh".
std::unique_ptr<Operator> make_gelu(const NodeShapes& node) {
  const std::string approximation = node.node.attributes.text("approximation", "none");
  node.require(approximation == "none" || approximation == "tanh", "the approximation must be none or tanh");
  return approximation == "tanh" ? make_element_operator<TanhGelu>(node) : make_element_operator<Gelu>(node);
}

}  // namespace nwedge::network
