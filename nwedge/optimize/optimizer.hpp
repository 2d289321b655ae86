#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/landscape.hpp"
#include "nwedge/optimize/options.hpp"
#include "nwedge/optimize/schedule.hpp"

namespace nwedge::optimize {

enum class Termination { finished, diverged };  ///< diverged: the loss or the point is no longer finite

/// Where a descent began, went and ended.
struct Result {
  std::uint64_t seed = 0;
  std::vector<float> initial;                  ///< [D]
  std::vector<float> point;                    ///< [D], the last one
  std::vector<std::int64_t> trajectory_steps;  ///< [n], steps taken so far: 0, …, the last one
  std::vector<float> trajectory;     ///< [n, D], beginning with the initial point, ending with the last
  std::vector<double> batch_losses;  ///< [steps], the minibatch loss before each step
  Termination termination = Termination::finished;
};

/// Called after each step with (step from 1, point); for weight averages and snapshots.
using StepObserver = std::function<void(std::int64_t step, std::span<const float> point)>;

/// Descends from `start`. `seed` names the order of the examples and all noise. Deterministic: the same bits
/// on any number of threads. A descent that diverges ends there, after a loss that is not finite before its
/// step, after a point that is not finite behind it. With record_points = N the trajectory holds the initial
/// point, those after about n^(k/N) of n steps, k = 1, …, N - 1, each step once, and the last one. Cost:
/// total_steps gradients, one pass over 3D (Adam 4D) floats a step, one more over D with clipping; no memory
/// is allocated between steps.
Result minimize(const Landscape& landscape, std::span<const float> start, const Options& options,
                std::uint64_t seed, Monitor& monitor, const StepObserver& observer = {});

}  // namespace nwedge::optimize
