#include "nwedge/study/schedule.hpp"

#include <algorithm>
#include <queue>
#include <stdexcept>

namespace nwedge::study {
namespace {

std::vector<std::vector<std::size_t>> consumers_of(std::span<const Task> tasks) {
  std::vector<std::vector<std::size_t>> consumers(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i)
    for (const std::size_t input : tasks[i].inputs) consumers.at(input).push_back(i);
  return consumers;
}

}  // namespace

std::vector<double> chain_seconds(std::span<const Task> tasks) {
  const auto consumers = consumers_of(tasks);
  std::vector<double> chains(tasks.size());
  std::vector<std::size_t> left(tasks.size());
  std::vector<std::size_t> known;  // tasks whose consumers' chains are all known
  for (std::size_t i = 0; i < tasks.size(); ++i)
    if ((left[i] = consumers[i].size()) == 0) known.push_back(i);
  for (std::size_t k = 0; k < known.size(); ++k) {
    const std::size_t task = known[k];
    for (const std::size_t consumer : consumers[task])
      chains[task] = std::max(chains[task], chains[consumer]);
    chains[task] += tasks[task].seconds;
    for (const std::size_t input : tasks[task].inputs)
      if (--left[input] == 0) known.push_back(input);
  }
  if (known.size() < tasks.size()) throw std::logic_error("tasks wait for each other in a circle");
  return chains;
}

Schedule::Schedule(std::span<const Task> tasks, std::span<const char> finished)
    : chains_(chain_seconds(tasks)), waiting_(consumers_of(tasks)), missing_(tasks.size()) {
  const auto is_finished = [&](std::size_t i) { return !finished.empty() && finished[i] != 0; };
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (is_finished(i)) continue;
    ++unfinished_;
    for (const std::size_t input : tasks[i].inputs) missing_[i] += !is_finished(input);
    if (missing_[i] == 0) ready_.emplace(-chains_[i], i);
  }
}

std::optional<std::size_t> Schedule::next() {
  if (ready_.empty()) return std::nullopt;
  return ready_.extract(ready_.begin()).value().second;
}

void Schedule::finish(std::size_t task) {
  --unfinished_;
  for (const std::size_t other : waiting_[task])
    if (--missing_[other] == 0) ready_.emplace(-chains_[other], other);
}

Simulation simulate(std::span<const Task> tasks, std::size_t ranks, double seconds_per_task) {
  using End = std::pair<double, std::size_t>;  // (time, task)
  std::priority_queue<End, std::vector<End>, std::greater<>> running;
  Schedule schedule(tasks);
  double now = 0;
  double work = 0;
  while (!schedule.done()) {
    while (running.size() < ranks) {
      const std::optional<std::size_t> task = schedule.next();
      if (!task) break;
      work += tasks[*task].seconds;
      running.emplace(now + tasks[*task].seconds + seconds_per_task, *task);
    }
    now = running.top().first;
    schedule.finish(running.top().second);
    running.pop();
  }
  return {now, now > 0 ? work / (now * static_cast<double>(ranks)) : 1};
}

std::vector<std::size_t> longest_chain(std::span<const Task> tasks) {
  const std::vector<double> chains = chain_seconds(tasks);
  const auto consumers = consumers_of(tasks);
  std::vector<std::size_t> chain;
  if (tasks.empty()) return chain;
  const auto shorter = [&](std::size_t a, std::size_t b) { return chains[a] < chains[b]; };
  chain.push_back(static_cast<std::size_t>(std::max_element(chains.begin(), chains.end()) - chains.begin()));
  while (!consumers[chain.back()].empty()) {
    const auto& next = consumers[chain.back()];
    chain.push_back(*std::max_element(next.begin(), next.end(), shorter));
  }
  return chain;
}

}  // namespace nwedge::study
