#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <map>

#include "bench/machine.hpp"
#include "bench/row.hpp"

namespace nwedge::bench {
namespace {

std::map<std::string, Row>& rows() {
  static std::map<std::string, Row> all;
  return all;
}

double bound_of(const Row& row) {
  if (row.bound == Bound::peak) return machine().peak;
  return row.bound == Bound::read ? machine().read : 0;
}

/// Prints one Markdown row a benchmark: the median of its repetitions.
class TableReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override {
    const Machine& m = machine();
    fmt::print(
        "{} threads; FMA peak {:.1f} GFLOP/s (one thread {:.1f}); read {:.1f} GB/s (one thread {:.1f}); "
        "copy {:.1f} GB/s\n",
        m.threads, m.peak / 1e9, m.peak_one / 1e9, m.read / 1e9, m.read_one / 1e9, m.copy / 1e9);
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
      print(run.run_name.function_name, rows()[run.report_label], run.counters.at("rate"),
            run.counters.at("processor"));
    }
    std::fflush(stdout);
  }

 private:
  static void print(const std::string& name, const Row& row, double rate, double processor_seconds) {
    const double bound = bound_of(row);
    const char* of = row.bound == Bound::peak ? "of peak" : "of read bandwidth";
    const std::string share = bound > 0 ? fmt::format("{:.2f} {}", rate * row.cost / bound, of) : "";
    const std::string aim = row.target > 0 ? fmt::format("{:.2f}", row.target) : "";
    const std::string own_share =
        row.bound == Bound::peak
            ? fmt::format("{:.2f}", row.items * row.cost / processor_seconds / machine().peak_core)
            : "";
    fmt::print("| {} | {} {} | {} | {} | {} | {} |\n", name,
               rate >= 1000 ? fmt::format("{:.0f}", rate) : fmt::format("{:.3g}", rate), row.unit, share,
               own_share, aim, row.note);
  }
};

}  // namespace

void measure(benchmark::State& state, const Row& row, const std::function<void()>& body) {
  const double begin = process_seconds();
  for (auto _ : state) body();
  state.counters["processor"] = (process_seconds() - begin) / static_cast<double>(state.iterations());
  state.counters["rate"] = benchmark::Counter(row.items, benchmark::Counter::kIsIterationInvariantRate);
  const std::string key = fmt::format("{}|{}|{}", row.unit, row.cost, row.note);
  rows()[key] = row;
  state.SetLabel(key);
}

}  // namespace nwedge::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  nwedge::bench::TableReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
