#pragma once
#include <bit>
#include <cstdint>

namespace nwedge::network {

/// Elementary functions without branches, so that loops over them become vector code; accurate to two (exp)
/// or three (tanh) units in the last place, the same bits on every processor. A NaN stays a NaN.

/// exp(r) - 1 for |r| <= ln(2) / 2: the series up to r^7, whose rest is below 6e-9.
inline float exponential_less_one(float r) {
  float sum = (1.0f / 5040) * r + 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  return sum * r * r + r;
}

/// exp(x) = power (1 + rest) with power = 2^round(x / ln 2), for x in [-87, 0].
struct Exponential {
  float power;
  float rest;
};

inline Exponential split_exponential(float x) {
  constexpr float kInverseLog2 = 1.44269504f;
  constexpr float kLog2High = 0.693359375f;  // few bits, so that its multiples are exact
  constexpr float kLog2Low = -2.12194440e-4f;
  constexpr float kRounder =
      12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number, kept in the low bits
  const float shifted = x * kInverseLog2 + kRounder;
  const float whole = shifted - kRounder;
  const std::int32_t exponent = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRounder);
  const float r = (x - whole * kLog2High) - whole * kLog2Low;
  return {std::bit_cast<float>((exponent + 127) << 23), exponential_less_one(r)};
}

/// exp(x) for x <= 0; 0 below -87.
inline float exponential_of_negative(float x) {
  const Exponential e = split_exponential(x < -87.0f ? -87.0f : x);
  const float value = e.power + e.power * e.rest;
  return x < -87.0f ? 0.0f : value;
}

/// tanh(x) = -m / (2 + m) with m = exp(-2 |x|) - 1, without cancellation near 0.
inline float hyperbolic_tangent(float x) {
  const float magnitude = x < 0 ? -x : x;
  const Exponential e =
      split_exponential(-2.0f * (magnitude > 10.0f ? 10.0f : magnitude));  // tanh(10) rounds to 1
  const float less_one = e.power * e.rest + (e.power - 1.0f);
  const float value = -less_one / (2.0f + less_one);
  return x < 0 ? -value : value;
}

}  // namespace nwedge::network
