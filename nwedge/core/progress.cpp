#include "nwedge/core/progress.hpp"

#include <algorithm>
#include <numeric>

namespace nwedge {

Progress::Progress(Monitor& whole, std::span<const double> costs) : whole_(whole) {
  const double sum = std::accumulate(costs.begin(), costs.end(), 0.0);
  for (const double cost : costs) parts_.emplace_back(*this, cost / sum);
}

void Progress::Part::do_checkpoint(double fraction) {
  fraction_.store(fraction, std::memory_order_relaxed);
  double done = 0;
  for (const Part& part : parent_.parts_) done += part.done();
  parent_.whole_.checkpoint(std::min(done, 1.0));
}

}  // namespace nwedge
