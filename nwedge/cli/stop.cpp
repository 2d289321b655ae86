#include "nwedge/cli/stop.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "nwedge/core/error.hpp"

namespace nwedge::cli {
namespace {

std::atomic<int> requested = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler writes it");

void request_stop(int signal) {
  if (requested.exchange(signal) != 0) ::_exit(128 + signal);
}

class StopMonitor final : public Monitor {
  void do_checkpoint(double) override {
    if (stop_signal() != 0) throw Cancelled();
  }
};

}  // namespace

void install_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = request_stop;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a reader of stderr that goes away stops no work; of stdout: see main
  std::signal(SIGXFSZ, SIG_IGN);  // a file over its size limit is an Error from write(), as a full disk is
}

int stop_signal() { return requested; }

Monitor& stop_monitor() {
  static StopMonitor monitor;
  return monitor;
}

}  // namespace nwedge::cli
