#include <fmt/format.h>

#include "nwedge/network/families/residual.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

struct Sizes {
  std::int64_t depth;   ///< layers with weights, 6n + 4
  std::int64_t widths;  ///< channels are 16, 32, 64 times that
};

Sizes read_sizes(const ModelRequest& request) {
  const std::size_t dash = request.sizes.find('-');
  if (dash == std::string_view::npos)
    request.refuse_sizes(fmt::format("\"{}\" lacks the width factor", request.sizes));
  const std::int64_t depth =
      request.whole("the depth", request.sizes.substr(0, dash), 10, 6 * kMaximumDepth + 4);
  const std::int64_t width = request.whole("the width factor", request.sizes.substr(dash + 1), 1, 64);
  if (depth % 6 != 4)
    request.refuse(fmt::format("the depth must be 6n + 4, is {}; the nearest is wrn:{}-{}", depth,
                               (depth - 1) / 6 * 6 + 4, width));
  return {depth, width};
}

/// z = activation(norm(x)); shortcut + F(z), F: 3x3 convolution of that stride, norm, activation, dropout,
/// 3x3 convolution. The shortcut is x, or a 1x1 convolution of z where shapes differ.
ValueId block(Modules& modules, ValueId x, const std::string& name, std::int64_t channels,
              std::int64_t stride) {
  const bool same = stride == 1 && modules.shape(x)[0] == channels;
  const ValueId z = modules.activation(modules.batch_norm(x, name + ".bn1"));
  ValueId y = modules.convolution(z, name + ".conv1", {channels, 3, stride, 1, false});
  y = modules.dropout(modules.activation(modules.batch_norm(y, name + ".bn2")));
  y = modules.convolution(y, name + ".conv2", {channels, 3, 1, 1, false});
  if (!same) x = modules.convolution(z, name + ".convShortcut", {channels, 1, stride, 0, false});
  return modules.add(x, y);
}

/// [zagoruyko2016, table 1]: a 3x3 convolution to 16 channels; three stages of n blocks, the later two with
/// stride 2; norm, activation; the mean over positions; a linear layer.
Graph build(const ModelRequest& request) {
  const auto [depth, width] = read_sizes(request);
  request.image();
  Modules modules(request);
  ValueId x = modules.convolution(modules.input(), "conv1", {16, 3, 1, 1, false});
  for (int stage = 0; stage < 3; ++stage)
    x = stack(
        x, fmt::format("block{}.layer", stage + 1), static_cast<int>(depth / 6), stage == 0 ? 1 : 2,
        [&, channels = (16 * width) << stage](ValueId value, const std::string& name, std::int64_t stride) {
          return block(modules, value, name, channels, stride);
        });
  x = modules.mean(modules.activation(modules.batch_norm(x, "bn1")), {1, 2});
  return modules.finish(modules.linear(x, "fc", request.outputs), fmt::format("{}-{}", depth, width));
}

}  // namespace

Family wide_resnet_family() {
  return {"wrn",
          "wrn:D-K",
          "wide residual network of D = 6n + 4 layers, K times as wide, normalised before each convolution; "
          "dropout within blocks",
          "16-4",
          "relu",
          build};
}

}  // namespace nwedge::network
