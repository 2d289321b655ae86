#include "nwedge/experiment/ensemble_sets.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/optimize/average.hpp"

namespace nwedge::experiment {
namespace {

bool finite(std::span<const float> point) {
  return std::all_of(point.begin(), point.end(), [](float x) { return std::isfinite(x); });
}

/// One way of going on from one training run.
struct Task {
  std::string kind;
  double height;
  const optimize::Result* run;
};

std::vector<float> start_of(const optimize::Result& run, double fraction) {
  if (fraction >= 1.0 || run.trajectory_steps.empty()) return run.point;
  const double wanted = fraction * static_cast<double>(run.trajectory_steps.back());
  std::size_t best = 0;
  for (std::size_t i = 0; i < run.trajectory_steps.size(); ++i)
    if (std::abs(static_cast<double>(run.trajectory_steps[i]) - wanted) <
        std::abs(static_cast<double>(run.trajectory_steps[best]) - wanted))
      best = i;
  const std::size_t dimension = run.point.size();
  return {run.trajectory.begin() + static_cast<std::ptrdiff_t>(best * dimension),
          run.trajectory.begin() + static_cast<std::ptrdiff_t>((best + 1) * dimension)};
}

class SetMaker {
 public:
  SetMaker(const Ensemble& options, const Input& input, Monitor& monitor)
      : options_(options), input_(input), monitor_(monitor) {}

  MemberSet make(const Task& task) const {
    MemberSet set;
    set.kind = task.kind;
    set.height = task.height;
    set.start_seed = task.run->seed;
    const std::uint64_t seed =
        derive_seed(input_.seed, fmt::format("{} {}", task.kind, task.height), task.run->seed);
    if (task.kind == "kick")
      kick(set, task, seed);
    else if (task.kind == "restarts")
      restart(set, task, seed);
    else
      go_on(set, task, seed);
    return set;
  }

 private:
  std::int64_t cycle_steps() const {
    if (options_.cycle_steps > 0) return options_.cycle_steps;
    if (input_.landscape.examples(Split::train) == 0)  // no epochs: a fifth of the training
      return std::max<std::int64_t>(1, input_.training.total_steps(input_.landscape) / 5);
    return (input_.landscape.examples(Split::train) + input_.training.batch_size - 1) /
           input_.training.batch_size;
  }

  optimize::Options continued(double height) const {
    optimize::Options training = input_.training;
    training.learning_rate = height;
    training.clip_norm = options_.clip_norm;
    training.epochs = 0;
    training.warmup = 0;
    training.final_fraction = 0;
    training.cycle_steps = 0;
    training.record_points = 0;
    return training;
  }

  static void add(MemberSet& set, std::span<const float> point) {
    if (finite(point))
      set.members.emplace_back(point.begin(), point.end());
    else
      ++set.diverged;
  }

  void go_on(MemberSet& set, const Task& task, std::uint64_t seed) const {
    optimize::Options training = continued(task.height);
    training.schedule = task.kind;
    if (task.kind == "cyclic") {
      training.final_fraction = options_.low_fraction;
      training.cycle_steps = cycle_steps();
    }
    training.steps = options_.snapshots * cycle_steps();
    set.cycle_steps = cycle_steps();
    auto average = optimize::WeightAverage::exponential(options_.average_decay);
    const auto observer = [&](std::int64_t step, std::span<const float> point) {
      average(step, point);
      if (step % cycle_steps() == 0) add(set, point);
    };
    optimize::minimize(input_.landscape, start_of(*task.run, options_.start_fraction), training, seed,
                       monitor_, observer);
    set.diverged = options_.snapshots - static_cast<std::int64_t>(set.members.size());
    if (set.diverged == 0) set.exponential_average = average.point();
  }

  void restart(MemberSet& set, const Task& task, std::uint64_t seed) const {
    optimize::Options training = continued(task.height);
    training.schedule = "cosine";
    training.steps = cycle_steps();
    std::vector<float> point = start_of(*task.run, options_.start_fraction);
    for (std::int64_t cycle = 0; cycle < options_.snapshots; ++cycle) {
      point = optimize::minimize(input_.landscape, point, training,
                                 derive_seed(seed, "cycle", static_cast<std::uint64_t>(cycle)), monitor_)
                  .point;
      add(set, point);
    }
  }

  void kick(MemberSet& set, const Task& task, std::uint64_t seed) const {
    optimize::Options training = input_.training;
    training.record_points = 0;
    const double rho = task.height;
    const double fresh = std::sqrt(1 - rho * rho);
    for (std::int64_t i = 0; i < options_.snapshots; ++i) {
      const std::uint64_t member = derive_seed(seed, "kick", static_cast<std::uint64_t>(i));
      std::vector<float> point = input_.landscape.initial_point(member);
      for (std::size_t j = 0; j < point.size(); ++j)
        point[j] = static_cast<float>(rho * task.run->point[j] + fresh * point[j]);
      add(set, optimize::minimize(input_.landscape, point, training, member, monitor_).point);
    }
  }

  const Ensemble& options_;
  const Input& input_;
  Monitor& monitor_;
};

/// The ways of going on that `options` asks for, start by start.
std::vector<Task> tasks_of(const Ensemble& options, const Input& input) {
  std::vector<Task> tasks;
  if (!input.trained && !options.continue_given) return tasks;
  const auto runs =
      std::min<std::size_t>(static_cast<std::size_t>(options.continue_from), input.optima.size());
  for (std::size_t r = 0; r < runs; ++r) {
    for (const std::string& schedule : options.schedules)
      for (const double height : options.heights) tasks.push_back({schedule, height, &input.optima[r]});
    for (const double rho : options.kicks) tasks.push_back({"kick", rho, &input.optima[r]});
  }
  return tasks;
}

MemberSet optima_of(const Input& input) {
  MemberSet set;
  set.kind = input.trained ? "seeds" : "given";
  for (const optimize::Result& optimum : input.optima) {
    if (finite(optimum.point))
      set.members.push_back(optimum.point);
    else
      ++set.diverged;
  }
  return set;
}

/// Two points with the norms of an optimum's filters, neurons and biases, and nothing else of it.
MemberSet random_points(const Input& input, std::uint64_t draw) {
  MemberSet set;
  set.kind = "random";
  const std::vector<ParameterGroup> groups = input.landscape.parameter_groups();
  for (const std::uint64_t i : {2 * draw, 2 * draw + 1}) {
    const std::vector<float>& optimum = input.optima[i % input.optima.size()].point;
    RandomStream stream(input.seed, "random members", i);
    std::vector<float> point(optimum.size());
    stream.fill_normal(point);
    for (const ParameterGroup& group : groups) {
      const double size = group_norm(point, group);
      scale_group(point, group, size > 0 ? group_norm(optimum, group) / size : 0);
    }
    if (finite(point)) set.members.push_back(std::move(point));
  }
  return set;
}

}  // namespace

std::vector<MemberSetMaker> member_set_makers(const Ensemble& options, const Input& input, Monitor& monitor) {
  std::vector<MemberSetMaker> makers;
  for (const Task& task : tasks_of(options, input))
    makers.push_back(
        [&options, &input, &monitor, task] { return SetMaker(options, input, monitor).make(task); });
  makers.insert(input.trained ? makers.end() : makers.begin(), [&input] { return optima_of(input); });
  for (std::uint64_t draw = 0; draw < kRandomSets; ++draw)
    makers.push_back([&input, draw] { return random_points(input, draw); });
  return makers;
}

}  // namespace nwedge::experiment
