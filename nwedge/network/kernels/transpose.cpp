#include "nwedge/network/kernels/transpose.hpp"

#include <algorithm>
#include <utility>

#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {
namespace {

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

/// A square as wide as a register: element (i, j) goes to (j, i) by exchanging one bit of i and j at a time.
void transpose_tile(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
  constexpr int kSide = kRegisterFloats;
  constexpr auto kAll = std::make_index_sequence<kSide>();
  Register x[kSide];
  for (int i = 0; i < kSide; ++i) x[i] = load(from + i * from_stride);
  exchange<1>(x, kAll);
  exchange<2>(x, kAll);
  if constexpr (kSide > 4) exchange<4>(x, kAll);
  if constexpr (kSide > 8) exchange<8>(x, kAll);
  for (int i = 0; i < kSide; ++i) store(to + i * to_stride, x[i]);
}

}  // namespace

void transpose(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_stride) {
  constexpr std::int64_t kSide = kRegisterFloats;
  if (rows < kSide || columns < kSide) {
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < columns; ++c) to[c * to_stride + r] = from[r * from_stride + c];
    return;
  }
  // The last tile of a row or column that is no whole number of tiles overlaps the one before it.
  for (std::int64_t r = 0; r < rows; r += kSide)
    for (std::int64_t c = 0; c < columns; c += kSide) {
      const std::int64_t row = std::min(r, rows - kSide);
      const std::int64_t column = std::min(c, columns - kSide);
      transpose_tile(from + row * from_stride + column, from_stride, to + column * to_stride + row,
                     to_stride);
    }
}

}  // namespace nwedge::network
