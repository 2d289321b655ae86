#pragma once
#include <cstdint>

#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// A window that slides along one axis: output o reads inputs o stride + s dilation - before, s < kernel.
struct WindowAxis {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t before = 0;  ///< padding

  std::int64_t reach() const { return (kernel - 1) * dilation; }
  std::int64_t zeros_behind() const;        ///< inputs behind the last one that the window reads
  std::int64_t slope_zeros_before() const;  ///< outputs before the first that an input's slope asks for
  std::int64_t slope_zeros_behind() const;
};

struct Window {
  WindowAxis rows;
  WindowAxis columns;

  Rim input_rim() const { return {rows.before, columns.before, rows.zeros_behind(), columns.zeros_behind()}; }
  Rim slope_rim() const {
    return {rows.slope_zeros_before(), columns.slope_zeros_before(), rows.slope_zeros_behind(),
            columns.slope_zeros_behind()};
  }
};

/// The window of a node over its input [C, H, W], from its attributes stride, padding (top, left, bottom,
/// right), dilation and ceil. An `Error` where they are out of range or no output is left.
Window make_window(const NodeShapes& node, const std::vector<std::int64_t>& kernel,
                   const std::vector<std::int64_t>& default_stride);

}  // namespace nwedge::network
