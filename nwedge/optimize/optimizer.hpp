#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/landscape.hpp"

namespace nwedge::optimize {

/// How to descend: a direction (method) times a schedule. Set exactly one of `epochs` and `steps`.
struct Options {
  std::string method = "sgd";        ///< "sgd" or "adam" [kingma2015]
  double learning_rate = 0.05;       ///< > 0; at the start of the schedule, after warm-up
  double momentum = 0.9;             ///< in [0, 1]: SGD's momentum; Adam's beta_1
  bool nesterov = false;             ///< SGD only, as PyTorch defines it
  double second_momentum = 0.999;    ///< in [0, 1]: Adam's beta_2
  double weight_decay = 0.0;         ///< >= 0: L2, adds weight_decay * theta to the gradient
  double clip_norm = 0.0;            ///< >= 0: scales a gradient of larger norm down to it; 0: never
  std::string schedule = "cosine";   ///< "constant", "step", "cosine" or "cyclic"
  double final_fraction = 0.0;       ///< cosine: last rate / first rate; cyclic: lowest / highest
  double step_factor = 0.1;          ///< step: multiplies the rate at each milestone
  std::vector<double> milestones = {0.5, 0.75};  ///< step: fractions of the steps
  std::int64_t cycle_steps = 0;      ///< cyclic: steps of one cycle (>= 1 there)
  std::int64_t batch_size = 128;     ///< >= 1
  std::int64_t epochs = 0;           ///< passes over the training split
  std::int64_t steps = 0;            ///< or steps
  std::int64_t record_points = 0;    ///< trajectory points to keep besides the last one, evenly spaced; 0: none

  void visit(OptionVisitor& visitor);
  /// Throws unless every field is in range and exactly one of epochs and steps is set.
  void validate(std::string_view place) const;
  /// Steps in all for this landscape.
  std::int64_t total_steps(const Landscape& landscape) const;
};

/// The learning rate at step `step` of `total`.
double learning_rate(const Options& options, std::int64_t step, std::int64_t total);

enum class Termination { finished, diverged };  ///< diverged: the loss or the point is no longer finite

/// Where a descent began, went and ended.
struct Result {
  std::uint64_t seed = 0;
  std::vector<float> initial;            ///< [D]
  std::vector<float> point;              ///< [D], the last one
  std::vector<std::int64_t> trajectory_steps;  ///< [n]
  std::vector<float> trajectory;         ///< [n, D], beginning with the initial point, ending with the last
  std::vector<double> batch_losses;      ///< [steps], the minibatch loss before each step
  Termination termination = Termination::finished;
};

/// Called after each step with (step from 1, point); for weight averages and snapshots.
using StepObserver = std::function<void(std::int64_t step, std::span<const float> point)>;

/// Descends from `start`. `seed` names the order of the examples and all noise. Deterministic: the same bits on any
/// number of threads. Cost: total_steps gradients and about five passes over D floats a step.
Result minimize(const Landscape& landscape, std::span<const float> start, const Options& options, std::uint64_t seed,
                Monitor& monitor, const StepObserver& observer = {});

}  // namespace nwedge::optimize
