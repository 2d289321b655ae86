#pragma once
#include <cstdint>
#include <type_traits>
#include <vector>

#include "nwedge/network/data/data_set.hpp"

namespace nwedge::network {

/// Far above any data set: a wild label must not make a giant network.
inline constexpr std::int64_t kMaximumClasses = 65536;

/// 16 GiB: larger than any set of small images.
inline constexpr std::int64_t kMaximumDataBytes = std::int64_t{1} << 34;

/// Images as a file holds them, before standardisation, with a label or a target each.
template <class Pixel>
struct LabelledImages {
  ImageShape shape;
  std::vector<Pixel> pixels;         ///< [N, C, H, W]
  std::vector<std::int32_t> labels;  ///< [N]; empty where there are targets
  std::vector<float> targets = {};   ///< [N, K]
  std::int64_t target_size = 0;      ///< K; 0: labels
  /// What becomes 1 where pixels are scaled to [0, 1].
  double white = std::is_same_v<Pixel, std::uint8_t> ? 255 : 1;

  std::int64_t count() const { return static_cast<std::int64_t>(pixels.size()) / shape.size(); }
};
using ByteImages = LabelledImages<std::uint8_t>;
using FloatImages = LabelledImages<float>;

}  // namespace nwedge::network
