#pragma once
#include <string>

#include "nwedge/network/onnx/translation.hpp"

namespace nwedge::network::onnx {

/// The input of a convolution or pool, as an image: a sequence has height 1.
struct SlidingWindow {
  Flow x;                   ///< [N, C, H, W] or [N, C, L]
  ValueId image = kAbsent;  ///< [C, H, W]
  std::size_t axes = 2;     ///< 1 or 2
  Shape extents;            ///< [H, W]
};

/// How the window moves: height first.
struct Place {
  Integers kernel;
  Integers stride;
  Integers dilation;
  Integers padding;  ///< top, left, bottom, right
};

SlidingWindow window_of(Translation& t, const FileNode& step, const Flow& x);

/// From the settings strides, dilations, pads and auto_pad; `kernel` is [height, width].
Place place_of(Translation& t, const FileNode& step, const SlidingWindow& window, const Integers& kernel);

/// "kernel_shape", height first.
Integers kernel_of(Translation& t, const FileNode& step, const SlidingWindow& window);

/// The node's image [O, H', W'] as ONNX has it.
Flow window_result(Translation& t, const SlidingWindow& window, ValueId image);

}  // namespace nwedge::network::onnx
