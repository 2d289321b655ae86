#pragma once
#include <benchmark/benchmark.h>

#include <functional>
#include <string>

namespace nwedge::bench {

/// What a workload is compared with: the processor's arithmetic, reading memory in ordinary or in large
/// pages, the same items of a plainer workload that takes turns with it, or nothing that is measured.
enum class Bound { peak, read, read_large, other, none };

/// One row of the table.
struct Row {
  std::string unit;  ///< of the rate: "points/s"; "s" shows the time of an item instead
  double items = 1;  ///< of one iteration, in that unit
  Bound bound = Bound::none;
  double cost = 0;    ///< FLOP or bytes of one item; for `other` FLOP, whose share of the peak joins the note
  double target = 0;  ///< share of the bound that is aimed at; 0: none
  std::string note;   ///< shown as it is
  std::string other_name = {};       ///< for `other`: "training one network"
  std::function<void()> other = {};  ///< for `other`: as many items as one iteration
};

/// Runs `body` as a benchmark and says what its iterations were: the rate, and its ratio to what the machine
/// can do.
void measure(benchmark::State& state, const Row& row, const std::function<void()>& body);

}  // namespace nwedge::bench
