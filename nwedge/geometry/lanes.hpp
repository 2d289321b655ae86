#pragma once
#include <cstdint>
#include <cstring>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace nwedge::geometry {

/// Sixteen floats that the compiler keeps in one or a few vector registers.
using Lanes = float __attribute__((vector_size(64)));
using LaneBits = std::int32_t __attribute__((vector_size(64)));
inline constexpr int kLanes = 16;

inline Lanes load_lanes(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

inline void store_lanes(float* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof lanes); }

/// The sum of the sixteen, in double and in a fixed order.
inline double sum_lanes(Lanes lanes) {
  double sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += static_cast<double>(lanes[i]);
  return sum;
}

/// Lane l is table[index[l] mod 16].
inline Lanes pick_lanes(Lanes table, LaneBits index) {
#ifdef __AVX512F__
  return reinterpret_cast<Lanes>(
      _mm512_permutexvar_ps(reinterpret_cast<__m512i>(index), reinterpret_cast<__m512>(table)));
#else
  Lanes picked;
  for (int l = 0; l < kLanes; ++l) picked[l] = table[index[l] & 15];
  return picked;
#endif
}

}  // namespace nwedge::geometry
