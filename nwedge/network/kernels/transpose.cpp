#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nwedge/network/kernels/transpose.cpp"
#include <hwy/foreach_target.h>
// After it, once more for each instruction set.
#include <algorithm>

#include "nwedge/core/transpose-inl.hpp"
#include "nwedge/network/kernels/lanes.hpp"
#include "nwedge/network/kernels/transpose.hpp"

HWY_BEFORE_NAMESPACE();
namespace nwedge::network::HWY_NAMESPACE {
using namespace nwedge::HWY_NAMESPACE;
namespace {

void transpose_tile(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
  Register x[kRegisterFloats];
  for (int i = 0; i < kRegisterFloats; ++i) x[i] = load(from + i * from_stride);
  transpose_registers(x);
  for (int i = 0; i < kRegisterFloats; ++i) store(to + i * to_stride, x[i]);
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

}  // namespace nwedge::network::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nwedge::network {

HWY_EXPORT(transpose);

void transpose(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_stride) {
  HWY_DYNAMIC_DISPATCH(transpose)(from, from_stride, rows, columns, to, to_stride);
}

}  // namespace nwedge::network
#endif
