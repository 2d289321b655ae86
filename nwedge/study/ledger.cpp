#include "nwedge/study/ledger.hpp"

#include <algorithm>
#include <numeric>

namespace nwedge::study {

Ledger::Ledger(const std::vector<Cell>& cells, std::vector<double> seconds, RunObserver& observer)
    : cells_(cells),
      seconds_(std::move(seconds)),
      observer_(observer),
      all_(std::accumulate(seconds_.begin(), seconds_.end(), 0.0)),
      fractions_(cells.size()) {}

void Ledger::begins(std::size_t cell) {
  const std::lock_guard lock(mutex_);
  observer_.cell_begins(cells_[cell]);
}

void Ledger::advances(std::size_t cell, double fraction) {
  done_ += seconds_[cell] * (fraction - fractions_[cell].exchange(fraction));
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) observer_.advances(all_ > 0 ? std::min(1.0, done_ / all_) : 1);  // else another thread is telling
}

void Ledger::ends(std::size_t cell, const Done& done) {
  Outcome outcome;
  outcome.failure = done.failure;
  outcome.reason = done.reason;
  const std::lock_guard lock(mutex_);
  done_ += seconds_[cell] * (1 - fractions_[cell].exchange(1));
  ++summary.computed;
  summary.bug = summary.bug || done.bug;
  if (done.failure != Failure::none) summary.failed.push_back({cells_[cell].id, done.reason});
  observer_.cell_ends(cells_[cell], outcome, done.seconds);
}

void Ledger::notes(std::string_view line) {
  const std::lock_guard lock(mutex_);
  observer_.notes(line);
}

}  // namespace nwedge::study
