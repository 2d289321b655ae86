#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/core/statistics.hpp"

namespace nwedge::experiment {

/// max_t [v(t) - ((1 - t) v(0) + t v(1))] of a mean over examples along a line, with its 95 % interval:
/// examples are drawn again with replacement, and the maximum is taken inside each resample. `values[k]` [n]
/// are those of the examples at position t[k]; t begins with 0 and ends with 1. Examples are drawn in blocks,
/// at most 256 of them, so the cost does not grow with their number.
Interval sampled_barrier(std::span<const double> t, std::span<const std::vector<double>> values,
                         std::uint64_t seed, std::int64_t resamples = 1000);

}  // namespace nwedge::experiment
