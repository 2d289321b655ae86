#include <fmt/format.h>

#include <array>

#include "nwedge/network/families/residual.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

using Blocks = std::array<int, 4>;
using MakeBlock = decltype(basic_block);

/// [he2016, table 1]: a 7x7 convolution of stride 2, 3x3 max-pooling of stride 2; four stages of blocks, of
/// 64, 128, 256 and 512 channels, the later three with stride 2; the mean over positions; a linear layer,
/// here behind dropout. As in torchvision, a bottleneck's stride is that of its 3x3 convolution.
Graph build(const ModelRequest& request, const Blocks& blocks, MakeBlock* block) {
  request.image();
  Modules modules(request);
  ValueId x = modules.convolution(modules.input(), "conv1", {64, 7, 2, 3, false});
  x = modules.activation(modules.batch_norm(x, "bn1"));
  x = modules.max_pool(x, 3, 2, 1);
  for (std::size_t stage = 0; stage < blocks.size(); ++stage)
    x = stack(x, fmt::format("layer{}", stage + 1), blocks[stage], stage == 0 ? 1 : 2,
              [&](ValueId value, const std::string& name, std::int64_t stride) {
                return block(modules, value, name, std::int64_t{64} << stage, stride, {"downsample", true});
              });
  x = modules.dropout(modules.mean(x, {1, 2}));
  return modules.finish(modules.linear(x, "fc", request.outputs));
}

}  // namespace

Family resnet18_family() {
  return {"resnet18",
          "resnet18",
          "torchvision's residual network of 18 layers, for large images",
          "",
          "relu",
          [](const ModelRequest& request) {
            return build(request, {2, 2, 2, 2}, basic_block);
          }};
}

Family resnet34_family() {
  return {"resnet34",
          "resnet34",
          "torchvision's residual network of 34 layers, for large images",
          "",
          "relu",
          [](const ModelRequest& request) {
            return build(request, {3, 4, 6, 3}, basic_block);
          }};
}

Family resnet50_family() {
  return {"resnet50",
          "resnet50",
          "torchvision's residual network of 50 layers, for large images",
          "",
          "relu",
          [](const ModelRequest& request) {
            return build(request, {3, 4, 6, 3}, bottleneck_block);
          }};
}

}  // namespace nwedge::network
