#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "nwedge/core/parallel.hpp"

namespace nwedge::geometry {

/// Calls body(begin, end) for consecutive pieces of [0, size) of `chunk` items, in parallel when there are
/// several.
template <class Body>
void for_chunks(std::size_t size, std::size_t chunk, const Body& body) {
  parallel_for(static_cast<std::int64_t>((size + chunk - 1) / chunk), [&](std::int64_t c) {
    const std::size_t begin = static_cast<std::size_t>(c) * chunk;
    body(begin, std::min(size, begin + chunk));
  });
}

}  // namespace nwedge::geometry
