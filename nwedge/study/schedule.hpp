#pragma once
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace nwedge::study {

/// A piece of work as the schedule sees it.
struct Task {
  double seconds = 0;               ///< expected, of one thread
  std::vector<std::size_t> inputs;  ///< the tasks that must be finished before
};

/// For each task the expected seconds of the longest chain of tasks that begins with it, itself included:
/// with any number of workers the whole takes at least the largest of them.
std::vector<double> chain_seconds(std::span<const Task> tasks);

/// Says which task comes next: of those whose inputs are finished the one that begins the longest chain.
/// Knows nothing of what carries tasks out, nor of time: the threads of one process, the ranks of many and a
/// simulation ask it alike. Not safe from several threads.
class Schedule {
 public:
  /// `finished`: which tasks are before it begins; empty: none. Inputs must form no circle.
  explicit Schedule(std::span<const Task> tasks, std::span<const char> finished = {});

  /// The next task, which is then under way; none while all that is left waits for others.
  std::optional<std::size_t> next();
  void finish(std::size_t task);
  bool done() const { return unfinished_ == 0; }

 private:
  std::vector<double> chains_;
  std::vector<std::vector<std::size_t>> waiting_;   ///< for each task, those that it is an input of
  std::vector<std::size_t> missing_;                ///< unfinished inputs of each task
  std::set<std::pair<double, std::size_t>> ready_;  ///< (-chain, task)
  std::size_t unfinished_ = 0;
};

/// What a schedule would take.
struct Simulation {
  double seconds = 0;
  double efficiency = 1;  ///< work over ranks times seconds
};

/// Carries tasks out on `ranks` workers of one thread that take exactly the expected time, with
/// `seconds_per_task` beside for handing out each. Cost: O(n log n) for n tasks.
Simulation simulate(std::span<const Task> tasks, std::size_t ranks, double seconds_per_task = 1e-3);

/// The tasks of the longest chain, in order.
std::vector<std::size_t> longest_chain(std::span<const Task> tasks);

}  // namespace nwedge::study
