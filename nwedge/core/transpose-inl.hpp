// Transposition in registers. Included once for each instruction set.
#if defined(NWEDGE_CORE_TRANSPOSE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NWEDGE_CORE_TRANSPOSE_INL
#undef NWEDGE_CORE_TRANSPOSE_INL
#else
#define NWEDGE_CORE_TRANSPOSE_INL
#endif

#include <cstddef>
#include <cstdint>
#include <utility>

#include "nwedge/core/registers-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::HWY_NAMESPACE {

/// Exchanges, between registers x[i] and x[i + Distance], the lanes whose numbers have the bit `Distance`
/// that the register's number lacks, or lack the one that it has.
template <int Distance, std::size_t... Lane>
void exchange(Register* x, std::index_sequence<Lane...>) {
  constexpr int kSide = kRegisterFloats;
  for (int i = 0; i < kSide; ++i) {
    if (i & Distance) continue;
    const Register low = x[i];
    const Register high = x[i + Distance];
    x[i] = __builtin_shufflevector(
        low, high, (static_cast<int>(Lane) & Distance ? static_cast<int>(Lane) - Distance + kSide : Lane)...);
    x[i + Distance] = __builtin_shufflevector(
        low, high, (static_cast<int>(Lane) & Distance ? static_cast<int>(Lane) + kSide : Lane + Distance)...);
  }
}

/// x[j] lane i <- x[i] lane j: a square as wide as a register, by exchanging one bit of i and j at a time.
inline void transpose_registers(Register* x) {
  constexpr int kSide = kRegisterFloats;
  constexpr auto kAll = std::make_index_sequence<kSide>();
  exchange<1>(x, kAll);
  exchange<2>(x, kAll);
  if constexpr (kSide > 4) exchange<4>(x, kAll);
  if constexpr (kSide > 8) exchange<8>(x, kAll);
}

}  // namespace nwedge::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
