#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "nwedge/core/parallel.hpp"

namespace nwedge::optimize {

/// Coordinates that one thread updates at a time. Fixed, so that no result depends on the number of threads;
/// no smaller, so that what takes only microseconds pays no synchronisation; no larger, so that the threads
/// that made a network's gradient share its update too instead of waiting for one of them.
constexpr std::size_t kBlock = std::size_t{1} << 15;

/// Calls kernel(block, begin, end) for each block of [0, size), on the threads that are free when there are
/// several.
template <class Kernel>
void for_each_block(std::size_t size, Kernel&& kernel) {
  const std::size_t blocks = (size + kBlock - 1) / kBlock;
  const auto run = [&](std::int64_t b) {
    const std::size_t begin = static_cast<std::size_t>(b) * kBlock;
    kernel(static_cast<std::size_t>(b), begin, std::min(size, begin + kBlock));
  };
  if (blocks <= 1)
    run(0);
  else
    parallel_for(static_cast<std::int64_t>(blocks), std::ref(run));
}

/// Nonzero for NaN and infinities; an integer, so that a loop over it vectorises.
inline std::uint32_t not_finite(float x) {
  constexpr std::uint32_t kExponent = 0x7f800000u;
  return (std::bit_cast<std::uint32_t>(x) & kExponent) == kExponent ? 1u : 0u;
}

}  // namespace nwedge::optimize
