#pragma once
#include <string>

#include "nwedge/network/families/modules.hpp"

namespace nwedge::network {

/// What joins the input of a residual block to its output where their shapes differ; x itself elsewhere.
struct Shortcut {
  std::string_view name;  ///< of the module: "downsample"
  /// A 1x1 convolution "NAME.0" and batch normalisation "NAME.1" [he2016, option B]; otherwise every
  /// stride-th row and column, with channels of zeros added in equal numbers before and behind [option A].
  bool projection = true;
};

/// activation(shortcut(x) + F(x)), F: 3x3 convolution of that stride, batch normalisation, activation, 3x3
/// convolution, batch normalisation. Modules: conv1, bn1, conv2, bn2, the shortcut.
ValueId basic_block(Modules& modules, ValueId x, const std::string& name, std::int64_t channels,
                    std::int64_t stride, const Shortcut& shortcut);

/// The same with F: 1x1, 3x3 (of that stride) and 1x1 convolutions of channels, channels and 4 channels, each
/// with batch normalisation. Modules: conv1, bn1, …, conv3, bn3, the shortcut.
ValueId bottleneck_block(Modules& modules, ValueId x, const std::string& name, std::int64_t channels,
                         std::int64_t stride, const Shortcut& shortcut);

/// Blocks NAME.0, NAME.1, …; the first has the stride.
template <class Block>
ValueId stack(ValueId x, const std::string& name, int blocks, std::int64_t stride, Block block) {
  for (int b = 0; b < blocks; ++b)
    x = block(x, name + "." + std::to_string(b), b == 0 ? stride : std::int64_t{1});
  return x;
}

}  // namespace nwedge::network
