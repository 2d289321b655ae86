#pragma once
#include <cstddef>
#include <cstdint>

namespace nwedge::bench {

/// FLOP of a loop of multiply-adds in registers of the instruction set that runs: as many independent sums as
/// hide their latency, but no more than there are registers.
double multiply_add(int seed);

/// The sums of `count` floats, a multiple of 64: reads each once.
float read_through(const float* values, std::size_t count);

}  // namespace nwedge::bench
