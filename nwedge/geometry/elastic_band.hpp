#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/geometry/paths.hpp"
#include "nwedge/optimize/options.hpp"

namespace nwedge::geometry {

/// How an elastic band is trained.
struct ElasticBandOptions {
  std::int64_t pivots = 3;        ///< >= 1: inner points of the band at the start, on the straight line
  std::int64_t most_pivots = 15;  ///< >= pivots: no pivot is inserted beyond
  std::int64_t cycles = 4;        ///< >= 1: trainings, with insertion between them
  double insertion_excess =
      0.2;                    ///< > 0: insert where the loss exceeds the straight interpolation between two
                              ///< pivots by more than this part of the spread of the loss over the band
  std::int64_t samples = 3;   ///< >= 1: points in each piece at which that is looked for
  optimize::Options descent;  ///< of all cycles together; `steps` counts the steps of every pivot

  /// Throws unless every field is in range; `descent` must count steps.
  void validate(std::string_view place) const;
};

struct ElasticBand {
  Path path;                         ///< a chain through the pivots
  std::vector<std::int64_t> pivots;  ///< inner pivots in each cycle
  bool diverged = false;  ///< a loss or a pivot is no longer finite; the path is the last finite one
};

/// Trains a band of pivots between two points: the automated nudged elastic band of [draxler2018, algorithms
/// 1 and 2]. Before each step the pivots are spread evenly over the length of the band; a pivot then steps
/// along the minibatch gradient without its part along the band's tangent, which points to the neighbour of
/// higher loss. Between cycles a pivot is inserted in each piece at its highest sampled loss where that
/// exceeds the interpolation by `insertion_excess`. Where we deviate: rates follow the schedule of `descent`
/// over all cycles, momentum starts from 0 in each cycle, and `samples` and the number of cycles are options.
/// Cost: steps x pivots minibatch gradients, and (cycles - 1) x pieces x samples evaluations of the split.
/// Deterministic: the same bits on any number of threads; threads share the pivots.
ElasticBand train_elastic_band(const Landscape& landscape, std::span<const float> begin,
                               std::span<const float> end, const ElasticBandOptions& options,
                               std::uint64_t seed, Monitor& monitor);

}  // namespace nwedge::geometry
