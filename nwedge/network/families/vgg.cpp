#include <fmt/format.h>

#include <array>

#include "nwedge/network/families/modules.hpp"
#include "nwedge/network/families/table.hpp"

namespace nwedge::network {
namespace {

/// Convolutions of each stage [simonyan2015, table 1: A, B, D, E].
struct Depth {
  std::string_view name;
  std::array<int, 5> convolutions;
};
constexpr std::array kDepths = {Depth{"11", {1, 1, 2, 2, 2}}, Depth{"13", {2, 2, 2, 2, 2}},
                                Depth{"16", {2, 2, 3, 3, 3}}, Depth{"19", {2, 2, 4, 4, 4}}};
constexpr std::array<std::int64_t, 5> kChannels = {64, 128, 256, 512, 512};
constexpr std::string_view kNormalised = "-bn";

const Depth& find_depth(const ModelRequest& request, std::string_view name) {
  for (const Depth& depth : kDepths)
    if (depth.name == name) return depth;
  request.refuse_sizes(fmt::format("the depth must be 11, 13, 16 or 19, is \"{}\"", name));
}

/// The CIFAR form: torchvision's `features` without the pooling that the image is too small for, the mean
/// over what is left of it, dropout and one linear layer. A pooling that is left out keeps its number, so
/// names do not depend on the image.
Graph build(const ModelRequest& request) {
  const bool normalised = request.sizes.ends_with(kNormalised);
  std::string_view name = request.sizes;
  if (normalised) name.remove_suffix(kNormalised.size());
  const Depth& depth = find_depth(request, name);
  request.image();

  Modules modules(request);
  ValueId x = modules.input();
  int position = 0;
  const auto next = [&] { return fmt::format("features.{}", position++); };
  for (std::size_t stage = 0; stage < kChannels.size(); ++stage) {
    for (int c = 0; c < depth.convolutions[stage]; ++c) {
      x = modules.convolution(x, next(), {kChannels[stage]});
      if (normalised) x = modules.batch_norm(x, next());
      x = modules.activation(x);
      ++position;
    }
    if (modules.shape(x)[1] > 1 && modules.shape(x)[2] > 1) x = modules.max_pool(x, 2, 2);
    ++position;
  }
  x = modules.dropout(modules.mean(x, {1, 2}));
  return modules.finish(modules.linear(x, "classifier", request.outputs), request.sizes);
}

}  // namespace

Family vgg_family() {
  return {"vgg",
          "vgg:N[-bn]",
          "N = 11, 13, 16, 19: five stages of 3x3 convolutions, with batch normalisation if -bn, and 2x2 "
          "max-pooling; mean over "
          "positions; a linear layer",
          "16",
          "relu",
          build};
}

}  // namespace nwedge::network
