#pragma once
#include <cstdint>

namespace nwedge::network {

/// to[c, r] = from[r, c] for r < rows, c < columns, with the strides of whole rows of `from` and `to`.
void transpose(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_stride);

}  // namespace nwedge::network
