#pragma once
#include <bit>
#include <cstdint>

namespace nwedge::network {

/// Elementary functions without branches, so that loops over them become vector code; accurate to two (exp)
/// or three (tanh) units in the last place, the same bits on every processor. A NaN stays a NaN.

/// `yes` where the condition holds, else `no`, without a branch that would keep a loop from becoming vector
/// code.
inline float choose(bool condition, float yes, float no) {
  const std::int32_t mask = -static_cast<std::int32_t>(condition);
  return std::bit_cast<float>((std::bit_cast<std::int32_t>(yes) & mask) |
                              (std::bit_cast<std::int32_t>(no) & ~mask));
}

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
  const Exponential e = split_exponential(choose(x < -87.0f, -87.0f, x));
  const float value = e.power + e.power * e.rest;
  return choose(x < -87.0f, 0.0f, value);
}

/// exp(x); 0 below -87, infinity above 88.7.
inline float exponential(float x) {
  const Exponential e = split_exponential(choose(x < -87.0f, -87.0f, choose(x > 88.0f, 88.0f, x)));
  const float value = e.power + e.power * e.rest;
  const float more = x - 88.0f;  // exp(88 + m) to first orders: m < 0.73
  const float great =
      value * (1.0f + exponential_less_one(0.5f * more)) * (1.0f + exponential_less_one(0.5f * more));
  const float infinite = choose(x > 88.7228f, __builtin_inff(), great);
  return choose(x < -87.0f, 0.0f, choose(x > 88.0f, infinite, value));
}

/// log(x) for finite x > 0 that are not subnormal; -infinity at 0, NaN below.
inline float logarithm(float x) {
  constexpr float kLog2High = 0.693359375f;
  constexpr float kLog2Low = -2.12194440e-4f;
  const auto bits = std::bit_cast<std::int32_t>(x);
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)), and log m = 2 artanh((m - 1) / (m + 1)).
  const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;
  const float m = std::bit_cast<float>(bits - (exponent << 23));
  const auto e = static_cast<float>(exponent);
  const float s = (m - 1.0f) / (m + 1.0f);
  const float square = s * s;
  float sum = square * (2.0f / 9) + 2.0f / 7;
  sum = sum * square + 2.0f / 5;
  sum = sum * square + 2.0f / 3;
  const float value = e * kLog2High + (2.0f * s + (sum * square * s + e * kLog2Low));
  const float edge = choose(x < 0, __builtin_nanf(""), -__builtin_inff());
  const float far = choose(x > 3.4e38f, x, value);  // infinity stays
  return choose(x != x, x, choose(x <= 0, edge, far));
}

/// log(1 + u) for u in [0, 1]: 2 artanh(u / (2 + u)).
inline float logarithm_of_one_plus(float u) {
  const float s = u / (2.0f + u);
  const float square = s * s;
  float sum = square * (2.0f / 15) + 2.0f / 13;
  sum = sum * square + 2.0f / 11;
  sum = sum * square + 2.0f / 9;
  sum = sum * square + 2.0f / 7;
  sum = sum * square + 2.0f / 5;
  sum = sum * square + 2.0f / 3;
  return 2.0f * s + sum * square * s;
}

/// erf(x): below 1 a polynomial in x^2 (to 1.3e-9), above it 1 - exp(-g(x)) with a polynomial g (to 6.3e-10).
inline float error_function(float x) {
  const float magnitude = choose(x < 0, -x, x);
  const float square = x * x;
  float near = square * 7.847259257687256e-05f - 0.0008008189033716917f;
  near = near * square + 0.005188099108636379f;
  near = near * square - 0.026853691786527634f;
  near = near * square + 0.1128358244895935f;
  near = near * square - 0.3761262595653534f;
  near = near * square + 1.1283791065216064f;
  const float a = choose(magnitude > 4.0f, 4.0f, magnitude);
  float g = a * -1.6140616025950294e-06f + 4.559062290354632e-05f;
  g = g * a - 0.0005927695310674608f;
  g = g * a + 0.004740222357213497f;
  g = g * a - 0.02636471763253212f;
  g = g * a + 0.10997824370861053f;
  g = g * a + 0.6319370865821838f;
  g = g * a + 1.1301666498184204f;
  g = g * a - 0.0003032129898201674f;
  const float far = 1.0f - exponential_of_negative(-g);
  const float value = choose(magnitude < 1.0f, magnitude * near, choose(magnitude > 3.95f, 1.0f, far));
  return choose(x != x, x, choose(x < 0, -value, value));
}

/// The normal density p(x) = exp(-x^2 / 2) / sqrt(2 pi) and distribution P(x), its integral up to x.
struct NormalLaw {
  float density;
  float distribution;
};

/// By Mills' ratio P(-|x|) / p(x), which is t times a polynomial (to 2.2e-8) in t = 1 / (1 + 0.26 |x|). Both
/// are accurate to eight units in the last place, below x = -2 to x^2 / 2 units.
inline NormalLaw normal_law(float x) {
  const float magnitude = choose(x < 0, -x, x);
  const float density = 0.3989422804f * exponential_of_negative(-0.5f * x * x);
  const float t = 1.0f / (1.0f + 0.26f * magnitude);
  float ratio = t * 0.0771629586815834f - 0.38649502396583557f;
  ratio = ratio * t + 0.6374797821044922f;
  ratio = ratio * t - 0.3865375220775604f;
  ratio = ratio * t + 0.4091323912143707f;
  ratio = ratio * t + 0.12544940412044525f;
  ratio = ratio * t + 0.2588980495929718f;
  ratio = ratio * t + 0.2581331431865692f;
  ratio = ratio * t + 0.2600909173488617f;
  const float tail = density * (ratio * t);
  return {density, choose(x < 0, tail, 1.0f - tail)};
}

/// 1 / (1 + exp(-x)), without overflow.
inline float logistic(float x) {
  const float power = exponential_of_negative(choose(x < 0, x, -x));
  const float small = power / (1.0f + power);
  return choose(x < 0, small, 1.0f - small);
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
