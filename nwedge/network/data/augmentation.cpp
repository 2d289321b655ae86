#include "nwedge/network/data/augmentation.hpp"

#include <algorithm>

#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

std::int64_t draw_offset(RandomStream& stream, std::int64_t crop) {
  return static_cast<std::int64_t>(stream.below(2 * static_cast<std::uint64_t>(crop) + 1)) - crop;
}

/// row[x] <- from[x + right], 0 outside.
void shift_row(const float* from, std::int64_t width, std::int64_t right, float* row) {
  const std::int64_t begin = std::clamp<std::int64_t>(-right, 0, width);
  const std::int64_t end = std::clamp<std::int64_t>(width - right, begin, width);
  std::fill(row, row + begin, 0.0f);
  if (begin < end) std::copy(from + begin + right, from + end + right, row + begin);
  std::fill(row + end, row + width, 0.0f);
}

}  // namespace

void AugmentationOptions::visit(OptionVisitor& visitor) {
  visitor.field(
      "crop", crop, between(0, 1024),
      "training images: zeros around them, in pixels, before a random piece of their size is cut out");
  visitor.field("flip", flip, "training images: half of them, at random, are mirrored left to right");
}

AugmentationDraw draw_augmentation(const AugmentationOptions& options, const AugmentationName& name) {
  RandomStream stream(derive_seed(name.seed, "augmentation", name.step), "example", name.place);
  AugmentationDraw draw;
  draw.down = draw_offset(stream, options.crop);
  draw.right = draw_offset(stream, options.crop);
  draw.mirrored = stream.below(2) == 1 && options.flip;
  return draw;
}

void augment(std::span<const float> image, const ImageShape& shape, const AugmentationDraw& draw,
             std::span<float> out) {
  const std::int64_t width = shape.width;
  for (std::int64_t c = 0; c < shape.channels; ++c)
    for (std::int64_t y = 0; y < shape.height; ++y) {
      float* row = out.data() + (c * shape.height + y) * width;
      const std::int64_t from = y + draw.down;
      if (from < 0 || from >= shape.height) {
        std::fill(row, row + width, 0.0f);
        continue;
      }
      shift_row(image.data() + (c * shape.height + from) * width, width, draw.right, row);
      if (draw.mirrored) std::reverse(row, row + width);
    }
}

void augment(std::span<const float> image, const Augmentation& augmentation, const AugmentationName& name,
             std::span<float> out) {
  augment(image, augmentation.shape, draw_augmentation(augmentation.options, name), out);
}

}  // namespace nwedge::network
