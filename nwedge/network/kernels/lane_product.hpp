#pragma once
#include <cstdint>

namespace nwedge::network {

/// result[i, j] (+)= sum over k < inner of left[i, k] * right[k, j], lane by lane: the product of two
/// matrices for each of `lanes` examples. Entries lie at i row + j column of their matrix, `lanes` floats
/// each. Cost 2 rows columns inner lanes FLOP.
struct LaneMatrix {
  float* data = nullptr;
  std::int64_t row = 0;
  std::int64_t column = 0;

  LaneMatrix transposed() const { return {data, column, row}; }
};

struct LaneExtents {
  std::int64_t rows = 0;
  std::int64_t inner = 0;
  std::int64_t columns = 0;
  std::int64_t lanes = 16;
};

void multiply_lanes(const LaneMatrix& left, const LaneMatrix& right, const LaneMatrix& result,
                    const LaneExtents& extents, bool add);

}  // namespace nwedge::network
