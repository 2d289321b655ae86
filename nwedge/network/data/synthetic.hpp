#pragma once
#include <cstdint>
#include <string_view>

#include "nwedge/network/data/labelled_images.hpp"

namespace nwedge::network {

/// Sizes of a synthetic data set.
struct SyntheticOptions {
  ImageShape shape{1, 8, 8};
  std::int64_t classes = 10;
};

/// Parses "CxHxW" or "CxHxW,CLASSES"; "" gives the defaults.
SyntheticOptions parse_synthetic(std::string_view text, std::string_view place);

/// `count` images of N(0, 1) pixels, each labelled by the largest output of one random teacher network
/// W2 tanh(W1 x) with 64 hidden neurons and rows of W2 of norm 1. `seed` names the teacher; `split` the
/// images, so that training and test images of one seed share their teacher. Image i does not depend on
/// `count`.
FloatImages make_synthetic(const SyntheticOptions& options, std::int64_t count, std::uint64_t seed,
                           std::string_view split);

}  // namespace nwedge::network
