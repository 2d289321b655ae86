#include <fmt/format.h>

#include "nwedge/network/families/patches.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

struct Sizes {
  std::int64_t width, depth, patch, tokens, channels;

  explicit Sizes(const ModelRequest& request) {
    const Settings settings(request);
    width = settings.whole("dim", 1, kMaximumWidth);
    depth = settings.whole("depth", 1, kMaximumDepth);
    patch = settings.whole("patch", 1, kMaximumWidth);
    tokens = settings.whole("tokens", 1, kMaximumWidth);
    channels = settings.whole("channels", 1, kMaximumWidth);
  }
  std::string text() const {
    return fmt::format("dim={},depth={},patch={},tokens={},channels={}", width, depth, patch, tokens,
                       channels);
  }
};

/// x [T, dim]: a perceptron over tokens, feature by feature, then one over features, token by token.
ValueId block(Modules& modules, ValueId x, const std::string& name, const Sizes& sizes) {
  const Shape swapped = {1, 0};
  ValueId y = modules.transpose(modules.layer_norm(x, name + ".norm1"), swapped);
  y = perceptron(modules, y, name + ".mlp_tokens", sizes.tokens);
  x = modules.add(x, modules.transpose(y, swapped));
  y = modules.layer_norm(x, name + ".norm2");
  return modules.add(x, perceptron(modules, y, name + ".mlp_channels", sizes.channels));
}

/// MLP-Mixer [tolstikhin2021] as timm builds it.
Graph build(const ModelRequest& request) {
  const Sizes sizes(request);
  Modules modules(request);
  ValueId x = embed_patches(modules, "stem.proj", sizes.patch, sizes.width);
  for (std::int64_t b = 0; b < sizes.depth; ++b) x = block(modules, x, fmt::format("blocks.{}", b), sizes);
  x = modules.dropout(modules.mean(modules.layer_norm(x, "norm"), {0}));
  return modules.finish(modules.linear(x, "head", request.outputs), sizes.text());
}

}  // namespace

Family mixer_family() {
  return {
      "mixer",
      "mixer:dim=W,depth=N,patch=P,tokens=T,channels=C",
      "MLP-Mixer on patches of P x P pixels: N blocks of a perceptron over tokens with T hidden features and "
      "one over features with C",
      "dim=64,depth=4,patch=7,tokens=32,channels=128",
      "gelu",
      build};
}

}  // namespace nwedge::network
