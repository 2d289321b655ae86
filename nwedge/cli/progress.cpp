#include "nwedge/cli/progress.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "nwedge/cli/command.hpp"

namespace nwedge::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSecondsBetweenFrames = 0.1;
constexpr int kBarWidth = 24;
constexpr double kLongest = 100 * 365.25 * 24 * 3600;  // seconds; no estimate beyond has a meaning

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::size_t terminal_width() {
  winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string outline(std::size_t cells, std::size_t finished, double seconds) {
  const std::string kept = finished == 0 ? "" : fmt::format(", {} of them finished before", finished);
  const std::string time = finished == cells ? "" : fmt::format("; about {}", duration(seconds));
  return fmt::format("{} cells{}{}", cells, kept, time);
}

/// Failures only.
class QuietProgress : public study::RunObserver {
 public:
  void cell_ends(const study::Cell& cell, const study::Outcome& outcome, double) override {
    if (outcome.failure != study::Failure::none) print(fmt::format("{} failed: {}", cell.id, outcome.reason));
  }
  void notes(std::string_view line) override { print(std::string(line)); }

 protected:
  virtual void print(const std::string& line) { note_line(line); }
};

/// One line for each finished cell.
class LineProgress final : public QuietProgress {
 public:
  void begins(std::size_t cells, std::size_t finished, double seconds) override {
    cells_ = cells;
    finished_ = finished;
    print(outline(cells, finished, seconds));
  }
  void cell_ends(const study::Cell& cell, const study::Outcome& outcome, double seconds) override {
    ++finished_;
    const bool failed = outcome.failure != study::Failure::none;
    const std::string end = failed ? "failed: " + outcome.reason : "finished";
    print(fmt::format("[{}/{}] {} {} ({})", finished_, cells_, cell.id, end, duration(seconds)));
  }

 private:
  std::size_t cells_ = 0;
  std::size_t finished_ = 0;
};

/// One line that is drawn again and again, with lines of lasting interest above it.
class BarProgress final : public QuietProgress {
 public:
  ~BarProgress() override {
    if (drawn_) note("\r\x1b[K");
  }
  void begins(std::size_t cells, std::size_t finished, double seconds) override {
    cells_ = cells;
    finished_ = finished;
    expected_ = seconds;
    print(outline(cells, finished, seconds));
    begin_ = Clock::now();
  }
  void cell_begins(const study::Cell& cell) override {
    running_.push_back(cell.id);
    draw(true);
  }
  void advances(double fraction) override {
    fraction_ = fraction;
    draw(false);
  }
  void cell_ends(const study::Cell& cell, const study::Outcome& outcome, double seconds) override {
    ++finished_;
    running_.erase(std::remove(running_.begin(), running_.end(), cell.id), running_.end());
    QuietProgress::cell_ends(cell, outcome, seconds);
    draw(true);
  }

 private:
  void print(const std::string& line) override {
    note("\r\x1b[K");
    QuietProgress::print(line);
    draw(true);
  }

  /// The calibrated expectation at first; the measured pace once there is one.
  double seconds_left() const {
    const double elapsed = seconds_since(begin_);
    const double paced = fraction_ > 0 ? elapsed * (1 - fraction_) / fraction_ : expected_;
    const double trust = std::min(1.0, fraction_ * 10);
    return trust * paced + (1 - trust) * std::max(0.0, expected_ - elapsed);
  }

  void draw(bool now) {
    if (cells_ == 0 || (!now && drawn_ && seconds_since(last_) < kSecondsBetweenFrames)) return;
    last_ = Clock::now();
    drawn_ = true;
    const int full = static_cast<int>(std::lround(kBarWidth * fraction_));
    const std::string current = running_.empty() ? "" : running_.front();
    std::string line = fmt::format("[{}{}] {:3.0f} %  {}/{} cells  {} left  {}",
                                   std::string(static_cast<std::size_t>(full), '#'),
                                   std::string(static_cast<std::size_t>(kBarWidth - full), '.'),
                                   100 * fraction_, finished_, cells_, duration(seconds_left()), current);
    line.resize(std::min(line.size(), terminal_width() - 1));
    note(fmt::format("\r{}\x1b[K", line));
  }

  std::size_t cells_ = 0;
  std::size_t finished_ = 0;
  double expected_ = 0;
  double fraction_ = 0;
  bool drawn_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_;
  std::vector<std::string> running_;
};

}  // namespace

std::string duration(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", 1000 * seconds);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (!(seconds < kLongest)) return "more than a century";
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::unique_ptr<study::RunObserver> make_progress(bool quiet) {
  if (quiet) return std::make_unique<QuietProgress>();
  if (::isatty(STDERR_FILENO) == 1) return std::make_unique<BarProgress>();
  return std::make_unique<LineProgress>();
}

}  // namespace nwedge::cli
