#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "nwedge/network/data/labelled_images.hpp"

namespace nwedge::network {

/// x <- (x / unit - mean) * scale in channel c.
struct Standardisation {
  bool scaled = false;        ///< unit: what the images call white; else 1
  std::vector<double> mean;   ///< [C]
  std::vector<double> scale;  ///< [C], 1 / deviation
};

/// The one of `options.standardise`; that of "channels" is measured on the chosen `examples` of the training
/// images, whose pixels then are in the files' own units. Errors at `place`: a constant channel; a mean or
/// a deviation that is missing, of the wrong length, or not asked for.
template <class Pixel>
Standardisation make_standardisation(const DataOptions& options, const LabelledImages<Pixel>& images,
                                     std::span<const std::int64_t> examples, std::string_view place);

}  // namespace nwedge::network
