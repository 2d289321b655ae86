#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "nwedge/network/operators/element_function.hpp"
#include "nwedge/network/operators/operators.hpp"

namespace nwedge::network {
namespace {

/// y = z^p, f' = p z^(p - 1), f'' = p (p - 1) z^(p - 2); a factor of 0 makes a derivative 0 even where its
/// power is infinite.
struct Power {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = true;
  float p = 1;

  float value(float z) const { return std::pow(z, p); }
  float chain(float z, float slope) const { return p == 0 ? 0.0f : slope * p * std::pow(z, p - 1.0f); }
  float second(float z) const { return p == 0 || p == 1 ? 0.0f : p * (p - 1.0f) * std::pow(z, p - 2.0f); }
};

template <int N>
float whole_power(float z) {
  if constexpr (N == 0) return 1;
  if constexpr (N == 1) return z;
  const float root = whole_power<N / 2>(z);
  return N % 2 == 0 ? root * root : root * root * z;
}

/// The same with p = Halves / 2, by products and a square root.
template <int Halves>
struct HalfPower {
  static constexpr bool kFromOutput = false;
  static constexpr bool kRising = false;
  static constexpr bool kBends = Halves != 0 && Halves != 2;

  template <int H>
  static float raise(float z) {
    const float whole = whole_power<std::abs(H) / 2>(z);
    const float power = H % 2 == 0 ? whole : whole * __builtin_sqrtf(z);
    return H < 0 ? 1.0f / power : power;
  }
  float value(float z) const { return raise<Halves>(z); }
  float chain(float z, float slope) const {
    if constexpr (Halves == 0) return 0;
    return slope * (0.5f * Halves) * raise<Halves - 2>(z);
  }
  float second(float z) const {
    if constexpr (!kBends) return 0;
    return 0.25f * Halves * (Halves - 2) * raise<Halves - 4>(z);
  }
};

constexpr int kMostHalves = 8;

template <int Halves>
std::shared_ptr<const ElementFunction> make_half_power() {
  return std::make_shared<const ElementLoops<HalfPower<Halves>>>();
}

template <int... N>
constexpr auto half_powers(std::integer_sequence<int, N...>) {
  return std::array{&make_half_power<N - kMostHalves>...};
}

}  // namespace

/// Attribute exponent: p.
std::unique_ptr<Operator> make_power(const NodeShapes& node) {
  constexpr auto kHalfPowers = half_powers(std::make_integer_sequence<int, 2 * kMostHalves + 1>());
  const auto exponent = static_cast<float>(node.node.attributes.number("exponent", 1));
  const float halves = 2 * exponent;
  if (std::abs(halves) <= kMostHalves && halves == std::floor(halves))
    return std::make_unique<ElementOperator>(
        node, kHalfPowers[static_cast<std::size_t>(static_cast<int>(halves) + kMostHalves)]());
  return std::make_unique<ElementOperator>(node,
                                           std::make_shared<const ElementLoops<Power>>(Power{exponent}));
}

}  // namespace nwedge::network
