#include <fmt/format.h>

#include "nwedge/network/families/residual.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

constexpr std::string_view kProjection = "-projection";

struct Sizes {
  std::int64_t depth = 20;  ///< layers with weights: 6n + 2
  std::int64_t width = 1;   ///< channels are 16, 32, 64 times that
  bool projection = false;

  std::string text() const {
    return fmt::format("{}{}{}", depth, width == 1 ? "" : fmt::format("x{}", width),
                       projection ? kProjection : "");
  }
};

Sizes read_sizes(const ModelRequest& request) {
  Sizes sizes;
  std::string_view text = request.sizes;
  sizes.projection = text.ends_with(kProjection);
  if (sizes.projection) text.remove_suffix(kProjection.size());
  const std::size_t cross = text.find('x');
  sizes.depth = request.whole("the depth", text.substr(0, cross), 8, 6 * kMaximumDepth + 2);
  if (cross != std::string_view::npos)
    sizes.width = request.whole("the width factor", text.substr(cross + 1), 1, 64);
  if (sizes.depth % 6 != 2) {
    const std::int64_t asked = sizes.depth;
    sizes.depth = (asked + 1) / 6 * 6 + 2;
    request.refuse(
        fmt::format("the depth must be 6n + 2, is {}; the nearest is resnet:{}", asked, sizes.text()));
  }
  return sizes;
}

/// [he2016, section 4.2]: a 3x3 convolution; three stages of n basic blocks, of 16, 32 and 64 channels, the
/// later two with stride 2; the mean over positions; a linear layer, here behind dropout.
Graph build(const ModelRequest& request) {
  const Sizes sizes = read_sizes(request);
  request.image();
  const std::int64_t width = 16 * sizes.width;
  Modules modules(request);
  ValueId x = modules.convolution(modules.input(), "conv1", {width, 3, 1, 1, false});
  x = modules.activation(modules.batch_norm(x, "bn1"));
  for (int stage = 0; stage < 3; ++stage)
    x = stack(
        x, fmt::format("layer{}", stage + 1), static_cast<int>(sizes.depth / 6), stage == 0 ? 1 : 2,
        [&](ValueId value, const std::string& name, std::int64_t stride) {
          return basic_block(modules, value, name, width << stage, stride, {"shortcut", sizes.projection});
        });
  x = modules.dropout(modules.mean(x, {1, 2}));
  return modules.finish(modules.linear(x, "linear", request.outputs), sizes.text());
}

}  // namespace

Family resnet_family() {
  return {
      "resnet",
      "resnet:N[xK][-projection]",
      "residual network of N = 6n + 2 layers for small images, K times as wide; shortcuts without weights "
      "unless -projection",
      "20",
      "relu",
      build};
}

}  // namespace nwedge::network
