#pragma once
#include <atomic>
#include <cstdint>

#include "nwedge/core/error.hpp"
#include "nwedge/core/monitor.hpp"

namespace nwedge::test {

/// Stops the work at its n-th checkpoint.
class StoppingMonitor final : public Monitor {
 public:
  explicit StoppingMonitor(std::int64_t checkpoints) : left_(checkpoints) {}

 private:
  void do_checkpoint(double) override {
    if (--left_ < 0) throw Cancelled();
  }
  std::atomic<std::int64_t> left_;
};

}  // namespace nwedge::test
