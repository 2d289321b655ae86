// Vector registers of one instruction set, as compilers' vector types: a sum in the source is that sum in the
// binary. Included once for each of them (core/foreach_target.hpp).
#if defined(NWEDGE_CORE_REGISTERS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NWEDGE_CORE_REGISTERS_INL
#undef NWEDGE_CORE_REGISTERS_INL
#else
#define NWEDGE_CORE_REGISTERS_INL
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace nwedge::HWY_NAMESPACE {

/// Floats in one register, and how many registers there are.
#if HWY_TARGET == HWY_AVX3
inline constexpr int kRegisterFloats = 16;
inline constexpr int kRegisters = 32;
#elif HWY_TARGET == HWY_AVX2
inline constexpr int kRegisterFloats = 8;
inline constexpr int kRegisters = 16;
#else
inline constexpr int kRegisterFloats = 4;
inline constexpr int kRegisters = HWY_ARCH_ARM_A64 ? 32 : 16;
#endif

using Register [[gnu::vector_size(kRegisterFloats * 4)]] = float;
using Integers [[gnu::vector_size(kRegisterFloats * 4)]] = std::int32_t;
using Bytes [[gnu::vector_size(kRegisterFloats)]] = std::uint8_t;

inline Register load(const float* values) {
  Register loaded;
  std::memcpy(&loaded, values, sizeof loaded);
  return loaded;
}

inline void store(float* values, Register stored) { std::memcpy(values, &stored, sizeof stored); }

inline Register broadcast(float value) { return value - Register{}; }

/// Keeps the compiler from reading a value from memory again at each use: loads are what limits the products.
inline void hold(Register& value) {
#if HWY_TARGET == HWY_AVX3
  asm("" : "+v"(value));
#elif HWY_ARCH_X86
  asm("" : "+x"(value));
#elif HWY_ARCH_ARM_A64
  asm("" : "+w"(value));
#endif
}

}  // namespace nwedge::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
