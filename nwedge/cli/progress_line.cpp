#include "nwedge/cli/progress_line.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/progress.hpp"
#include "nwedge/cli/stop.hpp"

namespace nwedge::cli {
namespace {

using Clock = std::chrono::steady_clock;

class ProgressLine final : public Monitor {
 public:
  explicit ProgressLine(std::string work)
      : work_(std::move(work)), shown_(!settings().quiet && ::isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() override {
    if (shown_) cli::note("\r\x1b[K");
  }

 private:
  void do_checkpoint(double fraction) override {
    stop_monitor().checkpoint(fraction);
    if (!shown_) return;
    const std::lock_guard lock(mutex_);
    const Clock::time_point now = Clock::now();
    if (now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    const double elapsed = std::chrono::duration<double>(now - begin_).count();
    const std::string left = fraction > 0 ? duration(elapsed * (1 - fraction) / fraction) + " left" : "";
    cli::note(fmt::format("\r{} {:3.0f} %  {}\x1b[K", work_, 100 * std::clamp(fraction, 0.0, 1.0), left));
  }
  void do_note(std::string_view line) override { stop_monitor().note(line); }

  std::string work_;
  bool shown_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<Monitor> make_progress_line(std::string work) {
  return std::make_unique<ProgressLine>(std::move(work));
}

}  // namespace nwedge::cli
