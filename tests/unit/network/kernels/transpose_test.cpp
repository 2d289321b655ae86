#include "nwedge/network/kernels/transpose.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace nwedge::network {
namespace {

TEST(Transpose, PutsEveryElementInItsPlaceAndWritesNothingElse) {
  for (const std::int64_t rows : {1, 3, 8, 15, 16, 17, 28, 64})
    for (const std::int64_t columns : {1, 7, 8, 16, 28, 33, 200}) {
      const std::int64_t from_stride = columns + 3;
      const std::int64_t to_stride = rows + 5;
      std::vector<float> from(static_cast<std::size_t>(rows * from_stride));
      for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i + 1);
      std::vector<float> to(static_cast<std::size_t>(columns * to_stride));
      std::vector<float> expected = to;
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < columns; ++c)
          expected[static_cast<std::size_t>(c * to_stride + r)] =
              from[static_cast<std::size_t>(r * from_stride + c)];
      transpose(from.data(), from_stride, rows, columns, to.data(), to_stride);
      EXPECT_EQ(to, expected) << rows << " x " << columns;
    }
}

}  // namespace
}  // namespace nwedge::network
