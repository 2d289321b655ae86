#include "bench/machine.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#include "bench/machine_loops.hpp"
#include "nwedge/core/large_pages.hpp"
#include "nwedge/core/parallel.hpp"

namespace nwedge::bench {
namespace {

constexpr std::size_t kFloats = std::size_t{1} << 26;  // 256 MB: several times a large last-level cache
constexpr int kRepeats = 5;                            // the best counts: anything else is a disturbance

/// Runs body(thread) on `threads` threads at once; the least of several wall times, in seconds.
double best_time(int threads, const std::function<void(int)>& body) {
  double best = 1e30;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(body, t);
    body(0);
    for (std::thread& other : others) other.join();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

double peak(int threads) {
  double flop = 0;
  const double seconds = best_time(threads, [&](int thread) {
    const double own = multiply_add(thread);
    if (thread == 0) flop = own;
  });
  return flop * threads / seconds;
}

/// The greatest FMA rate per second of processor time of several tries.
double core_peak() {
  double best = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const double begin = process_seconds();
    best = std::max(best, multiply_add(0) / (process_seconds() - begin));
  }
  return best;
}

double read_bandwidth(int threads, std::span<const float> memory) {
  std::vector<float> totals(static_cast<std::size_t>(threads) * 64);
  const double seconds = best_time(threads, [&](int thread) {
    const std::size_t share = memory.size() / static_cast<std::size_t>(threads) / 64 * 64;
    const float* values = memory.data() + static_cast<std::size_t>(thread) * share;
    totals[static_cast<std::size_t>(thread) * 64] = read_through(values, share);
  });
  return 4.0 * static_cast<double>(memory.size()) / seconds;
}

double copy_bandwidth(int threads, std::vector<float>& memory) {
  const std::size_t half = memory.size() / 2;
  const std::size_t share = half / static_cast<std::size_t>(threads);
  const double seconds = best_time(threads, [&](int thread) {
    const std::size_t begin = static_cast<std::size_t>(thread) * share;
    std::memcpy(memory.data() + half + begin, memory.data() + begin, share * sizeof(float));
  });
  return 2 * 4.0 * static_cast<double>(half) / seconds;
}

Machine measure() {
  Machine machine;
  machine.threads = thread_count();
  std::vector<float> memory(kFloats, 1.0f);
  machine.peak_one = peak(1);
  machine.peak = peak(machine.threads);
  machine.peak_core = core_peak();
  machine.read_one = read_bandwidth(1, memory);
  machine.read = read_bandwidth(machine.threads, memory);
  machine.copy = copy_bandwidth(machine.threads, memory);
  memory = {};
  const LargeArray<float> large(kFloats, 1.0f);
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const double begin = process_seconds();
    machine.read_large = std::max(machine.read_large, read_bandwidth(machine.threads, large));
    machine.read_large_core = std::max(
        machine.read_large_core, kRepeats * 4.0 * static_cast<double>(kFloats) / (process_seconds() - begin));
  }
  return machine;
}

}  // namespace

double process_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

const Machine& machine() {
  static const Machine measured = measure();
  return measured;
}

}  // namespace nwedge::bench
