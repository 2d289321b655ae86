#include "nwedge/network/kernels/lane_product.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

/// A matrix of lanes with gaps between its entries; the gaps of a result must stay.
struct Lanes {
  Lanes(std::int64_t rows, std::int64_t columns, std::int64_t lanes, bool by_column, std::uint64_t index)
      : row((by_column ? 1 : columns + 1) * lanes), column((by_column ? rows + 2 : 1) * lanes) {
    values.resize(static_cast<std::size_t>((rows + 2) * (columns + 2) * lanes));
    RandomStream(4, "lanes", index).fill_normal(values);
  }
  LaneMatrix matrix() { return {values.data(), row, column}; }
  float& at(std::int64_t i, std::int64_t j, std::int64_t n) {
    return values[static_cast<std::size_t>(i * row + j * column + n)];
  }

  std::int64_t row;
  std::int64_t column;
  std::vector<float> values;
};

TEST(LaneProduct, IsTheProductOfEachLaneInAnyOrderOfMemory) {
  for (const std::int64_t rows : {1, 2, 3, 4, 5, 7, 17})
    for (const std::int64_t columns : {1, 3, 4, 6, 9})
      for (const std::int64_t inner : {1, 2, 16, 17})
        for (const std::int64_t lanes : {16, 64})
          for (const bool add : {false, true}) {
            Lanes left(rows, inner, lanes, rows % 2 == 0, 1);
            Lanes right(inner, columns, lanes, columns % 2 == 0, 2);
            Lanes result(rows, columns, lanes, inner == 2, 3);
            Lanes expected = result;
            for (std::int64_t i = 0; i < rows; ++i)
              for (std::int64_t j = 0; j < columns; ++j)
                for (std::int64_t n = 0; n < lanes; ++n) {
                  double sum = add ? static_cast<double>(expected.at(i, j, n)) : 0;
                  for (std::int64_t k = 0; k < inner; ++k)
                    sum += static_cast<double>(left.at(i, k, n)) * static_cast<double>(right.at(k, j, n));
                  expected.at(i, j, n) = static_cast<float>(sum);
                }
            multiply_lanes(left.matrix(), right.matrix(), result.matrix(), {rows, inner, columns, lanes},
                           add);
            for (std::size_t k = 0; k < result.values.size(); ++k)
              ASSERT_NEAR(result.values[k], expected.values[k], 1e-5)
                  << rows << " x " << inner << " x " << columns << ", " << lanes << " lanes";
          }
}

}  // namespace
}  // namespace nwedge::network
