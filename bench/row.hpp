#pragma once
#include <benchmark/benchmark.h>

#include <functional>
#include <string>

namespace nwedge::bench {

/// What limits a workload: the processor's arithmetic, reading memory, or nothing that is measured.
enum class Bound { peak, read, none };

/// One row of the table.
struct Row {
  std::string unit;  ///< of the rate: "points/s"
  double items = 1;  ///< of one iteration, in that unit
  Bound bound = Bound::none;
  double cost = 0;    ///< FLOP or bytes of one item
  double target = 0;  ///< share of the bound that is aimed at; 0: none
  std::string note;   ///< shown as it is
};

/// Runs `body` as a benchmark and says what its iterations were: the rate, and its ratio to what the machine
/// can do.
void measure(benchmark::State& state, const Row& row, const std::function<void()>& body);

}  // namespace nwedge::bench
