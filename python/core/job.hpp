#pragma once
#include <functional>

#include "convert.hpp"
#include "nwedge/core/monitor.hpp"

namespace nwedge::python {

/// Runs `work` on a thread of its own, without the GIL, while the calling thread waits for it, listens for
/// Ctrl-C and calls `report(fraction, notes)` about ten times a second unless it is None. What `work` throws
/// is thrown here. After Ctrl-C, or an exception of `report`, the work stops at its next checkpoint; one that
/// reaches none within half a second is left to stop alone, so `work` must own all that it uses.
void run_job(std::function<void(Monitor&)> work, const nb::object& report);

/// While it lives, this thread is one of the library's, with a user's experiment on it: its jobs are done on
/// it, as one of another thread would wait for this one's place. They stop when `poll` throws, and so does
/// the experiment, by a KeyboardInterrupt, once its study was left to stop. Made and let go of with the GIL.
class Enclosing {
 public:
  explicit Enclosing(std::function<void()> poll);
  ~Enclosing();
  Enclosing(const Enclosing&) = delete;
  Enclosing& operator=(const Enclosing&) = delete;

 private:
  std::function<void()> poll_;
  const std::function<void()>* outer_;
  unsigned long thread_;
};

/// Stops what was left to stop alone and waits for it: before the interpreter ends.
void finish_jobs();

}  // namespace nwedge::python
