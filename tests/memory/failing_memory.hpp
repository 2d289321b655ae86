#pragma once
#include <atomic>
#include <cstdint>

namespace nwedge::test {

// This program's `operator new` counts, and fails when it is told to.
extern std::atomic<std::int64_t> allocations;         ///< so far; may be set
extern std::atomic<std::int64_t> failing_allocation;  ///< the number of the one that fails; -1: none

}  // namespace nwedge::test
