#pragma once
#include <cstdint>
#include <span>

#include "nwedge/core/options.hpp"
#include "nwedge/network/data/data_set.hpp"

namespace nwedge::network {

/// How training images are changed at random, each time they are used.
struct AugmentationOptions {
  /// Zeros put around an image, in pixels, before a random piece of its size is cut out.
  std::int64_t crop = 0;
  bool flip = false;  ///< mirrors half of the images left to right, at random

  void visit(OptionVisitor& visitor);
};

/// The changes of one data set's images.
struct Augmentation {
  ImageShape shape;
  AugmentationOptions options;

  bool any() const { return options.crop > 0 || options.flip; }
};

/// The example at a place of a minibatch: the same name is changed in the same way on any thread.
struct AugmentationName {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::uint64_t place = 0;
};

/// What one draw says: out(c, y, x) = image(c, y + down, x' + right), x' = x or W - 1 - x; 0 outside.
struct AugmentationDraw {
  std::int64_t down = 0;   ///< uniform in {-crop, …, crop}
  std::int64_t right = 0;  ///< uniform in {-crop, …, crop}
  bool mirrored = false;   ///< with probability 1/2 where `flip`
};

/// The offsets do not depend on `flip`.
AugmentationDraw draw_augmentation(const AugmentationOptions& options, const AugmentationName& name);

/// Writes `image` [C, H, W] to `out` [C, H, W], which must not overlap.
void augment(std::span<const float> image, const ImageShape& shape, const AugmentationDraw& draw,
             std::span<float> out);

/// Both in one: the image of the example with that name.
void augment(std::span<const float> image, const Augmentation& augmentation, const AugmentationName& name,
             std::span<float> out);

}  // namespace nwedge::network
