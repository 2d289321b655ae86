#pragma once
#include <cstdint>

#include "nwedge/core/random.hpp"
#include "nwedge/landscape.hpp"

namespace nwedge {

/// Example k < batch.size of a minibatch from `examples` many. Minibatches run through an endless sequence of
/// epochs, each a permutation of its own named by (seed, epoch), without gaps between them.
inline std::int64_t example_of(const Batch& batch, std::int64_t k, std::int64_t examples) {
  const auto size = static_cast<std::uint64_t>(examples);
  const std::uint64_t place =
      static_cast<std::uint64_t>(batch.index) * static_cast<std::uint64_t>(batch.size) +
      static_cast<std::uint64_t>(k);
  return static_cast<std::int64_t>(RandomPermutation(size, batch.seed, "epoch", place / size)(place % size));
}

}  // namespace nwedge
