#pragma once
#include <atomic>
#include <mutex>
#include <string_view>
#include <vector>

#include "nwedge/study/runner.hpp"
#include "nwedge/study/worker.hpp"

namespace nwedge::study {

/// Keeps account of a run: tells the observer, and sums up. Safe from several threads.
class Ledger {
 public:
  /// `seconds`: expected of each cell, 0 of a finished one. `cells` and `observer` must outlive it.
  Ledger(const std::vector<Cell>& cells, std::vector<double> seconds, RunObserver& observer);

  void begins(std::size_t cell);
  void advances(std::size_t cell, double fraction);
  void ends(std::size_t cell, const Done& done);
  void notes(std::string_view line);
  RunSummary summary;

 private:
  const std::vector<Cell>& cells_;
  const std::vector<double> seconds_;
  RunObserver& observer_;
  const double all_;  ///< seconds
  std::vector<std::atomic<double>> fractions_;
  std::atomic<double> done_ = 0;  ///< seconds
  std::mutex mutex_;
};

}  // namespace nwedge::study
