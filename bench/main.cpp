#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <chrono>
#include <map>

#include "bench/machine.hpp"
#include "bench/row.hpp"
#include "nwedge/core/instruction_set.hpp"

namespace nwedge::bench {
namespace {

std::map<std::string, Row>& rows() {
  static std::map<std::string, Row> all;
  return all;
}

struct Times {
  double wall = 0;       ///< seconds
  double processor = 0;  ///< seconds of all threads
  Times& operator+=(const Times& more) {
    wall += more.wall;
    processor += more.processor;
    return *this;
  }
};

Times times_of(const std::function<void()>& body) {
  const auto begin = std::chrono::steady_clock::now();
  const double processor = process_seconds();
  body();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          process_seconds() - processor};
}

/// Prints one Markdown row a benchmark: the median of its repetitions.
class TableReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override {
    const Machine& m = machine();
    fmt::print(
        "{} threads, {}; FMA peak {:.1f} GFLOP/s (one thread {:.1f}); read {:.1f} GB/s (one thread {:.1f}); "
        "2 MB pages {:.1f} GB/s; copy {:.1f} GB/s\n",
        m.threads, name_of(instruction_set()), m.peak / 1e9, m.peak_one / 1e9, m.read / 1e9, m.read_one / 1e9,
        m.read_large / 1e9, m.copy / 1e9);
    fmt::print("FMA peak {:.1f} GFLOP/s of processor time\n\n", m.peak_core / 1e9);
    fmt::print(
        "| workload | measured | share of the bound | the same by processor time | aim | note |\n"
        "|---|---|---|---|---|---|\n");
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred)
        fmt::print("| {} | failed: {} | | | | |\n", run.run_name.function_name, run.error_message);
      if (run.run_type != Run::RT_Aggregate || run.aggregate_name != "median") continue;
      print(run.run_name.function_name, rows()[run.report_label], run.counters);
    }
    std::fflush(stdout);
  }

 private:
  static void print(const std::string& name, const Row& row, const benchmark::UserCounters& counters) {
    const double rate = counters.at("rate");
    const double peak_share = rate * row.cost / machine().peak;
    std::string share;
    std::string own_share;
    std::string note = row.note;
    const double own_rate = row.items / counters.at("processor");  // of one second of processor time
    if (row.bound == Bound::read)
      share = fmt::format("{:.2f} of read bandwidth", rate * row.cost / machine().read);
    if (row.bound == Bound::read_large) {
      share = fmt::format("{:.2f} of read bandwidth, 2 MB pages", rate * row.cost / machine().read_large);
      own_share = fmt::format("{:.2f}", own_rate * row.cost / machine().read_large_core);
    }
    if (row.bound == Bound::peak) {
      share = fmt::format("{:.2f} of peak", peak_share);
      own_share = fmt::format("{:.2f}", own_rate * row.cost / machine().peak_core);
    }
    if (row.bound == Bound::other) {
      share = fmt::format("{:.2f} of {}", static_cast<double>(counters.at("relative")), row.other_name);
      own_share = fmt::format("{:.2f}", static_cast<double>(counters.at("own relative")));
      note = fmt::format("{:.2f} of peak", peak_share);
    }
    fmt::print("| {} | {} {} | {} | {} | {} | {} |\n", name, amount(row.unit == "s" ? 1 / rate : rate),
               row.unit, share, own_share, row.target > 0 ? fmt::format("{:.2f}", row.target) : "", note);
  }

  static std::string amount(double value) {
    return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
  }
};

}  // namespace

void measure(benchmark::State& state, const Row& row, const std::function<void()>& body) {
  Times own;
  Times other;
  for (auto _ : state) {
    own += times_of(body);
    if (!row.other) continue;
    state.PauseTiming();
    other += times_of(row.other);
    state.ResumeTiming();
  }
  state.counters["processor"] = own.processor / static_cast<double>(state.iterations());
  state.counters["rate"] = benchmark::Counter(row.items, benchmark::Counter::kIsIterationInvariantRate);
  if (row.other) {
    state.counters["relative"] = other.wall / own.wall;
    state.counters["own relative"] = other.processor / own.processor;
  }
  const std::string key = fmt::format("{}|{}|{}", row.unit, row.cost, row.note);
  rows()[key] = row;
  rows()[key].other = nullptr;  // it may refer to what ends with the benchmark
  state.SetLabel(key);
}

}  // namespace nwedge::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  nwedge::limit_instruction_set_by_environment();
  nwedge::bench::TableReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
