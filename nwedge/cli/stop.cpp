#include "nwedge/cli/stop.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <string>

#include "nwedge/core/error.hpp"
#include "nwedge/io/child_process.hpp"

namespace nwedge::cli {
namespace {

std::atomic<int> requested = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler writes it");

// Written before there is work, read by a handler that may not take memory.
constexpr std::size_t kLongestText = 8192;
constexpr std::string_view kBeginsAgain = "nwedge: stopped on request; the same command begins again\n";
char text[kLongestText];
std::size_t text_size = 0;
bool silent = false;

void say_stopped() noexcept {
  if (silent) return;
  const std::string_view said = text_size > 0 ? std::string_view(text, text_size) : kBeginsAgain;
  if (::write(STDERR_FILENO, said.data(), said.size()) < 0) return;  // nobody is there to read it
}

void set_timer(long microseconds) noexcept {
  const itimerval once = {{0, 0}, {0, microseconds}};
  ::setitimer(ITIMER_REAL, &once, nullptr);
}

void request_stop(int signal) {
  if (requested.exchange(signal) != 0) {
    io::kill_children();
    ::_exit(128 + signal);
  }
  set_timer(700'000);
}

void end_now(int) {
  io::kill_children();
  say_stopped();
  ::_exit(128 + requested);
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
  action.sa_handler = end_now;
  ::sigaction(SIGALRM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a reader of stderr that goes away stops no work; of stdout: see main
  std::signal(SIGXFSZ, SIG_IGN);  // a file over its size limit is an Error from write(), as a full disk is
}

void continue_with(std::string_view command_line) {
  silent = command_line.empty();
  const std::string whole = "nwedge: stopped on request; finished work is kept, continue with\n  " +
                            std::string(command_line) + "\n";
  text_size = std::min(whole.size(), kLongestText);
  std::copy_n(whole.begin(), text_size, text);
}

int end_stopped() noexcept {
  set_timer(0);
  say_stopped();
  return 128 + requested;
}

int stop_signal() { return requested; }

Monitor& stop_monitor() {
  static StopMonitor monitor;
  return monitor;
}

}  // namespace nwedge::cli
