#include "nwedge/study/price.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <fstream>

#include "nwedge/callback_landscape.hpp"
#include "nwedge/core/parallel.hpp"

namespace nwedge::study {
namespace {

constexpr double kSecondsPerRecord = 1e-3;  // two files written, synced, renamed
constexpr double kBytesPerSecond = 3e8;     // of points written, read back and hashed
constexpr double kGradient = 3;             // losses: one pass forward, two as long backward

double examples_of_batch(const Landscape& landscape, const optimize::Options& training) {
  const std::int64_t examples = landscape.examples(Split::train);
  return examples == 0 ? 1 : static_cast<double>(std::min(examples, training.batch_size));
}

/// Processor time of this process: other processes do not disturb it.
double processor_seconds() {
  timespec time = {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

double seconds_per_evaluation(const Landscape& landscape, const optimize::Options& training,
                              double budget_seconds) {
  using Clock = std::chrono::steady_clock;
  const std::vector<float> point = landscape.initial_point(0);
  std::atomic<std::int64_t> calls = 0;
  const auto call_until = [&](Clock::time_point end) {
    std::vector<float> gradient(point.size());
    do landscape.batch_gradient(point, {0, calls++, training.batch_size}, gradient);
    while (Clock::now() < end);
  };
  // Every thread calls at once, as it will; the first calls make scratch and do not count.
  const auto call_on_all = [&](double seconds) {
    const auto end =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    parallel_for(thread_count(), [&](std::int64_t) { call_until(end); });
  };
  call_on_all(0);
  calls = 0;
  // Functions are called one at a time, and another program's time is none of this process.
  const bool functions = dynamic_cast<const CallbackLandscape*>(&landscape) != nullptr;
  const auto began = Clock::now();
  const double begin = processor_seconds();
  call_on_all(budget_seconds);
  const double seconds = functions
                             ? thread_count() * std::chrono::duration<double>(Clock::now() - began).count()
                             : processor_seconds() - begin;
  return seconds / (static_cast<double>(calls) * kGradient * examples_of_batch(landscape, training));
}

double evaluations(const Study& study, const Cell& cell, const Landscape& landscape) {
  const optimize::Options& training = study.landscapes[cell.landscape].training;
  if (cell.experiment != Cell::kNone)
    return study.experiments[cell.experiment].experiment->cost(landscape, training, std::ssize(cell.inputs));
  if (!cell.optimum.empty()) return 4 * static_cast<double>(landscape.examples(Split::train));
  return kGradient * static_cast<double>(training.total_steps(landscape)) *
         examples_of_batch(landscape, training);
}

double seconds_per_record(const Study& study, const Cell& cell, const Landscape& landscape) {
  if (cell.experiment != Cell::kNone) return kSecondsPerRecord;
  const double bytes = bytes_of_optima(study, cell.landscape, landscape.dimension());
  return kSecondsPerRecord + bytes / static_cast<double>(study.seeds.size()) / kBytesPerSecond;
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
