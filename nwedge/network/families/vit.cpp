#include <fmt/format.h>

#include <array>

#include "nwedge/network/families/patches.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

constexpr std::array<std::string_view, 2> kPools = {"token", "mean"};

struct Sizes {
  std::int64_t width, depth, heads, patch, hidden;
  bool token;  ///< whether the classes come from a token of their own, not from the mean of the patches

  explicit Sizes(const ModelRequest& request) {
    const Settings settings(request);
    width = settings.whole("dim", 1, kMaximumWidth);
    depth = settings.whole("depth", 1, kMaximumDepth);
    heads = settings.whole("heads", 1, width);
    patch = settings.whole("patch", 1, kMaximumWidth);
    hidden = settings.whole("mlp", 1, kMaximumWidth);
    token = settings.choice("pool", kPools) == "token";
    if (width % heads != 0) request.refuse(fmt::format("heads must divide dim, {}, is {}", width, heads));
  }
  std::string text() const {
    return fmt::format("dim={},depth={},heads={},patch={},mlp={},pool={}", width, depth, heads, patch, hidden,
                       kPools[token ? 0 : 1]);
  }
};

/// x [T, dim] to the values of its tokens, mixed by attention. One linear layer gives all queries, keys and
/// values; those of each head are views of it.
ValueId mix_tokens(Modules& modules, ValueId x, const std::string& name, std::int64_t heads) {
  const std::int64_t tokens = modules.shape(x)[0];
  const std::int64_t width = modules.shape(x)[1];
  ValueId all =
      modules.reshape(modules.linear(x, name + ".qkv", 3 * width), {tokens, 3 * heads, width / heads});
  all = modules.transpose(all, {1, 0, 2});
  const auto part = [&](std::int64_t p) { return modules.slice(all, 0, p * heads, (p + 1) * heads); };
  const ValueId mixed = modules.transpose(modules.attention(part(0), part(1), part(2)), {1, 0, 2});
  return modules.dropout(modules.linear(modules.reshape(mixed, {tokens, width}), name + ".proj", width));
}

ValueId block(Modules& modules, ValueId x, const std::string& name, const Sizes& sizes) {
  x = modules.add(x,
                  mix_tokens(modules, modules.layer_norm(x, name + ".norm1"), name + ".attn", sizes.heads));
  return modules.add(
      x, perceptron(modules, modules.layer_norm(x, name + ".norm2"), name + ".mlp", sizes.hidden));
}

/// The patches as tokens, behind that of the classes where there is one, with positions added: [T, dim].
ValueId embed(Modules& modules, const Sizes& sizes) {
  const std::int64_t tokens = count_patches(modules.request(), sizes.patch) + (sizes.token ? 1 : 0);
  const Shape one = {1, 1, sizes.width};
  const ValueId token = sizes.token ? modules.embedding("cls_token", one, 1e-6) : kAbsent;
  const ValueId positions = modules.embedding("pos_embed", {1, tokens, sizes.width}, 0.02);
  ValueId x = embed_patches(modules, "patch_embed.proj", sizes.patch, sizes.width);
  if (sizes.token)
    x = modules.apply("concatenate", {modules.reshape(token, {1, sizes.width}), x},
                      {{"axis", std::int64_t{0}}});
  return modules.dropout(modules.add(x, modules.reshape(positions, {tokens, sizes.width})));
}

/// Vision transformer [dosovitskiy2021] as timm builds it, normalised before attention and perceptron. A
/// token of classes is taken out before the last normalisation, which acts on each token alone; of the mean
/// over tokens the normalisation comes behind.
Graph build(const ModelRequest& request) {
  const Sizes sizes(request);
  Modules modules(request);
  ValueId x = embed(modules, sizes);
  for (std::int64_t b = 0; b < sizes.depth; ++b) x = block(modules, x, fmt::format("blocks.{}", b), sizes);
  if (sizes.token)
    x = modules.apply("gather", {x},
                      {{"axis", std::int64_t{0}}, {"indices", Shape{0}}, {"squeeze", std::int64_t{1}}});
  else
    x = modules.mean(x, {0});
  x = modules.dropout(modules.layer_norm(x, sizes.token ? "norm" : "fc_norm"));
  return modules.finish(modules.linear(x, "head", request.outputs), sizes.text());
}

}  // namespace

Family vit_family() {
  return {
      "vit",
      "vit:dim=W,depth=N,heads=H,patch=P,mlp=M[,pool=mean]",
      "vision transformer on patches of P x P pixels: N blocks of attention with H heads and a perceptron "
      "with M hidden features",
      "dim=64,depth=4,heads=4,patch=7,mlp=128,pool=token",
      "gelu",
      build};
}

}  // namespace nwedge::network
