#pragma once
#include <cstdint>

#include "nwedge/network/kernels/lanes.hpp"

namespace nwedge::network {

/// What the outputs of a micro-batch should be: the class of each example, or K numbers. One of the two
/// pointers is null.
struct Targets {
  const std::int32_t* labels = nullptr;  ///< [examples]
  const float* values = nullptr;         ///< [examples, K]
  std::int64_t examples = 0;
};

/// The numbers that output k of K should be, for the sixteen examples from `begin` (a multiple of sixteen);
/// a label is the number. 0 for lanes without an example.
inline void target_lanes(const Targets& targets, std::int64_t begin, std::int64_t k, std::int64_t outputs,
                         float* lanes) {
  for (std::int64_t n = 0; n < kLanes; ++n) {
    const std::int64_t example = begin + n;
    if (example >= targets.examples)
      lanes[n] = 0;
    else
      lanes[n] = targets.values != nullptr ? targets.values[example * outputs + k]
                                           : static_cast<float>(targets.labels[example]);
  }
}

}  // namespace nwedge::network
