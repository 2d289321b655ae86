#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/spectrum/basis_products.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include <type_traits>

#include "nwedge/core/registers-inl.hpp"
#include "nwedge/spectrum/basis_products.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::spectrum::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

constexpr std::size_t kLanes = 32;  // independent partial sums of one inner product, on every processor
constexpr std::size_t kDoubles = kRegisterFloats / 2;
constexpr std::size_t kParts = kLanes / kDoubles;
/// Basis vectors that one pass over the residual serves: as many as have their sums in registers.
constexpr std::size_t kVectors = kRegisters >= 32 && kDoubles == 8 ? 4 : 1;

using Doubles [[gnu::vector_size(kDoubles * 8)]] = double;
using Floats [[gnu::vector_size(kDoubles * 4)]] = float;

template <std::size_t N>
void dots(const double* a, const float* const* vectors, std::size_t length, double* sums) {
  Doubles lanes[N][kParts] = {};
  std::size_t i = 0;
  for (; i + kLanes <= length; i += kLanes)
#pragma GCC unroll 16
    for (std::size_t p = 0; p < kParts; ++p) {
      Doubles x;
      std::memcpy(&x, a + i + p * kDoubles, sizeof x);
#pragma GCC unroll 4
      for (std::size_t j = 0; j < N; ++j) {
        Floats q;
        std::memcpy(&q, vectors[j] + i + p * kDoubles, sizeof q);
        lanes[j][p] += x * __builtin_convertvector(q, Doubles);
      }
    }
  for (std::size_t j = 0; j < N; ++j) {
    double sum = 0;
    for (std::size_t k = i; k < length; ++k) sum += a[k] * static_cast<double>(vectors[j][k]);
    for (const Doubles& part : lanes[j])
      for (std::size_t l = 0; l < kDoubles; ++l) sum += part[l];
    sums[j] = sum;
  }
}

template <std::size_t N>
void subtract(const double* coefficients, const float* const* vectors, std::size_t length, double* a) {
  for (std::size_t i = 0; i < length; ++i) {
    double x = a[i];
    for (std::size_t j = 0; j < N; ++j) x -= coefficients[j] * static_cast<double>(vectors[j][i]);
    a[i] = x;
  }
}

/// body(first, std::integral_constant<N>) over [0, count): kVectors at a time, then one at a time.
template <class Body>
void for_vectors(std::size_t count, Body body) {
  std::size_t j = 0;
  for (; j + kVectors <= count; j += kVectors) body(j, std::integral_constant<std::size_t, kVectors>());
  for (; j < count; ++j) body(j, std::integral_constant<std::size_t, 1>());
}

}  // namespace

void inner_products(const double* a, std::size_t length, std::span<const float* const> vectors,
                    double* sums) {
  for_vectors(vectors.size(), [&]<std::size_t N>(std::size_t j, std::integral_constant<std::size_t, N>) {
    dots<N>(a, vectors.data() + j, length, sums + j);
  });
}

void subtract_multiples(const double* coefficients, std::span<const float* const> vectors, std::size_t length,
                        double* a) {
  for_vectors(vectors.size(), [&]<std::size_t N>(std::size_t j, std::integral_constant<std::size_t, N>) {
    subtract<N>(coefficients + j, vectors.data() + j, length, a);
  });
}

double square(const double* a, std::size_t length) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= length; i += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += a[i + l] * a[i + l];
  double sum = 0;
  for (; i < length; ++i) sum += a[i] * a[i];
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace nwedge::spectrum::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::spectrum {

HWY_EXPORT(inner_products);
HWY_EXPORT(subtract_multiples);
HWY_EXPORT(square);

void inner_products(const double* a, std::size_t length, std::span<const float* const> vectors,
                    double* sums) {
  HWY_DYNAMIC_DISPATCH(inner_products)(a, length, vectors, sums);
}
void subtract_multiples(const double* coefficients, std::span<const float* const> vectors, std::size_t length,
                        double* a) {
  HWY_DYNAMIC_DISPATCH(subtract_multiples)(coefficients, vectors, length, a);
}
double square(const double* a, std::size_t length) { return HWY_DYNAMIC_DISPATCH(square)(a, length); }

}  // namespace nwedge::spectrum
#endif
