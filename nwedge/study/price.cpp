#include "nwedge/study/price.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace nwedge::study {
namespace {

constexpr double kGradient = 3;  // losses: one pass forward, two as long backward

double examples_of_batch(const Landscape& landscape, const optimize::Options& training) {
  const std::int64_t examples = landscape.examples(Split::train);
  return examples == 0 ? 1 : static_cast<double>(std::min(examples, training.batch_size));
}

}  // namespace

double seconds_per_evaluation(const Landscape& landscape, const optimize::Options& training,
                              double budget_seconds) {
  using Clock = std::chrono::steady_clock;
  const std::vector<float> point = landscape.initial_point(0);
  std::vector<float> gradient(point.size());
  const auto once = [&](std::int64_t index) {
    landscape.batch_gradient(point, {0, index, training.batch_size}, gradient);
  };
  once(0);  // scratch is made by the first call
  const auto begin = Clock::now();
  std::int64_t calls = 0;
  double seconds = 0;
  do {
    once(++calls);
    seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  } while (seconds < budget_seconds);
  return seconds / (static_cast<double>(calls) * kGradient * examples_of_batch(landscape, training));
}

double evaluations(const Study& study, const Cell& cell, const Landscape& landscape) {
  const optimize::Options& training = study.landscapes[cell.landscape].training;
  if (cell.experiment != Cell::kNone)
    return study.experiments[cell.experiment].experiment->cost(landscape, training, std::ssize(cell.inputs));
  return kGradient * static_cast<double>(training.total_steps(landscape)) *
         examples_of_batch(landscape, training);
}

double bytes_of_optima(const Study& study, std::size_t landscape, std::int64_t dimension) {
  const std::int64_t recorded = study.landscapes[landscape].training.record_points;
  const double points = 2 + (recorded > 0 ? static_cast<double>(recorded) + 1 : 0);
  return static_cast<double>(study.seeds.size()) * points * static_cast<double>(dimension) * sizeof(float);
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");  // in pages: total, resident, …
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return file ? resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace nwedge::study
