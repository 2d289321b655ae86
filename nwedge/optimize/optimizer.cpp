#include "nwedge/optimize/optimizer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/memory.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/optimize/blocks.hpp"
#include "nwedge/optimize/direction.hpp"

namespace nwedge::optimize {
namespace {

/// The factor that brings a gradient of larger norm down to `bound`, else 1. `sums`: one per block.
double clip_factor(std::span<const float> gradient, double bound, std::vector<double>& sums) {
  for_each_block(gradient.size(), [&](std::size_t block, std::size_t begin, std::size_t end) {
    const std::span<const float> part = gradient.subspan(begin, end - begin);
    sums[block] = dot(part, part);
  });
  double square = 0;
  for (const double sum : sums) square += sum;
  const double norm = std::sqrt(square);
  return norm > bound ? bound / norm : 1.0;
}

/// Steps after which the trajectory keeps the point, besides the last one: 0, then evenly spaced in the
/// logarithm of the step, as most of a loss falls early.
std::vector<std::int64_t> recorded_steps(std::int64_t points, std::int64_t total) {
  std::vector<std::int64_t> steps;
  for (std::int64_t k = 0; k < points; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(points);
    const auto wanted = static_cast<std::int64_t>(std::llround(std::pow(static_cast<double>(total), share)));
    const std::int64_t step = steps.empty() ? 0 : std::max(steps.back() + 1, wanted);
    if (step >= total) break;
    steps.push_back(step);
  }
  return steps;
}

/// Memory for first point, point, gradient, the method's state, and the trajectory.
MemoryClaim claim(const Options& options, std::int64_t dimension, std::int64_t total) {
  const std::int64_t recorded = std::ssize(recorded_steps(options.record_points, total));
  const std::int64_t points = 3 + most_states(options) + (recorded > 0 ? recorded + 1 : 0);
  return {points * dimension * std::int64_t{sizeof(float)}, recorded > 0 ? "record-points" : "training",
          fmt::format("a descent in {} dimensions that records {} points", dimension, recorded),
          recorded > 0 ? "record fewer" : "take a smaller landscape"};
}

/// Gathers the trajectory of a descent in its result.
class Recorder {
 public:
  Recorder(std::int64_t points, std::int64_t total, Result& result)
      : steps_(recorded_steps(points, total)), result_(result) {
    if (steps_.empty()) return;
    result_.trajectory.reserve((steps_.size() + 1) * result_.point.size());
    result_.trajectory_steps.reserve(steps_.size() + 1);
  }
  void see(std::int64_t step) {
    if (next_ == steps_.size() || steps_[next_] != step) return;
    ++next_;
    keep(step);
  }
  void finish(std::int64_t step) {
    if (!steps_.empty() && result_.trajectory_steps.back() != step) keep(step);
  }

 private:
  void keep(std::int64_t step) {
    result_.trajectory_steps.push_back(step);
    result_.trajectory.insert(result_.trajectory.end(), result_.point.begin(), result_.point.end());
  }
  std::vector<std::int64_t> steps_;
  std::size_t next_ = 0;
  Result& result_;
};

}  // namespace

Result minimize(const Landscape& landscape, std::span<const float> start, const Options& options,
                std::uint64_t seed, Monitor& monitor, const StepObserver& observer) {
  options.validate("minimize");
  if (start.size() != static_cast<std::size_t>(landscape.dimension()))
    throw Error("minimize",
                fmt::format("the start must have {} entries, has {}", landscape.dimension(), start.size()));
  const std::int64_t total = options.total_steps(landscape);
  const MemoryClaim fits = claim(options, landscape.dimension(), total);
  Result result;
  result.seed = seed;
  result.initial.assign(start.begin(), start.end());
  result.point = result.initial;
  result.batch_losses.reserve(static_cast<std::size_t>(total));
  Recorder recorder(options.record_points, total, result);
  const std::unique_ptr<Direction> direction = make_direction(options, decayed_part(options, landscape));
  std::vector<float> gradient(start.size());
  std::vector<double> sums((start.size() + kBlock - 1) / kBlock);

  std::int64_t step = 0;
  recorder.see(step);
  while (step < total && result.termination == Termination::finished) {
    monitor.checkpoint(static_cast<double>(step) / static_cast<double>(total));
    const double loss = landscape.batch_gradient(result.point, {seed, step, options.batch_size}, gradient);
    result.batch_losses.push_back(loss);
    if (!std::isfinite(loss)) {
      result.termination = Termination::diverged;
      break;
    }
    const double scale = options.clip_norm > 0 ? clip_factor(gradient, options.clip_norm, sums) : 1.0;
    if (!direction->step(result.point, gradient, learning_rate(options, step, total), scale))
      result.termination = Termination::diverged;
    ++step;
    recorder.see(step);
    if (observer) observer(step, result.point);
  }
  recorder.finish(step);
  return result;
}

}  // namespace nwedge::optimize
