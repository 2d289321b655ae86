#pragma once
#include <string>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge::testing {

/// Every combination of frame, centre, half-width, opening, stiffness, cross-section, energy and minimum,
/// small.
inline std::vector<WedgeOptions> every_variant() {
  std::vector<WedgeOptions> variants;
  for (unsigned bits = 0; bits < 256; ++bits) {
    WedgeOptions options;
    options.dimension = 23;
    options.wedges = 4;
    options.short_directions = 5;
    options.seed = 3;
    if (bits & 1) options.frames = "random";
    if (bits & 2) options.centre_spread = 0.7;
    if (bits & 4) options.half_width = 0.3;
    if (bits & 8) options.opening = 0.15;
    if (bits & 16) options.stiffness = {3.0, 0.5, 1.0, 2.0, 0.1};
    if (bits & 32) options.cross_section = "box";
    if (bits & 64) options.energy = "linear";
    if (bits & 128) {
      options.minimum = "soft";
      options.temperature = 0.8;
    }
    variants.push_back(options);
  }
  return variants;
}

inline std::string describe(const WedgeOptions& options) {
  return options.frames + (options.centre_spread > 0 ? " centres" : "") +
         (options.half_width > 0 ? " half-width" : "") + (options.opening > 0 ? " opening" : "") +
         (options.stiffness.empty() ? "" : " stiffness") + " " + options.cross_section + " " +
         options.energy + " " + options.minimum;
}

inline std::vector<float> random_point(std::int64_t dimension, std::uint64_t seed, double sigma = 1.0) {
  std::vector<float> point(static_cast<std::size_t>(dimension));
  RandomStream(seed, "test point").fill_normal(point, sigma);
  return point;
}

}  // namespace nwedge::wedge::testing
