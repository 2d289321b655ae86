#include "job.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/io/child_process.hpp"

namespace nwedge::python {
namespace {

constexpr auto kListen = std::chrono::milliseconds(50);
constexpr auto kReport = std::chrono::milliseconds(100);
constexpr auto kPatience = std::chrono::milliseconds(500);

class Job final : public Monitor {
 public:
  void run(std::function<void(Monitor&)> work) {
    std::exception_ptr thrown;
    try {
      work(*this);
    } catch (...) {
      thrown = std::current_exception();
    }
    work = {};  // lets go of what it owns before it counts as done
    const std::lock_guard lock(mutex_);
    thrown_ = std::move(thrown);
    if (!thrown_) fraction_ = 1;
    done_ = true;
    changed_.notify_all();
  }

  void stop() { stop_ = true; }

  /// Whether it is done, after at most `time`.
  bool wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [&] { return done_; });
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_; });
  }

  double fraction() const { return fraction_; }
  std::vector<std::string> take_notes() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notes_, {});
  }
  void rethrow() {
    std::exception_ptr thrown;
    {
      const std::lock_guard lock(mutex_);
      thrown = std::exchange(thrown_, nullptr);
    }
    if (thrown) std::rethrow_exception(thrown);
  }

 private:
  void do_checkpoint(double fraction) override {
    if (stop_) throw Cancelled();
    fraction_ = fraction;
  }
  void do_note(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    notes_.emplace_back(line);
  }

  std::atomic<bool> stop_ = false;
  std::atomic<double> fraction_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::exception_ptr thrown_;
  std::vector<std::string> notes_;
};

/// Those that were left to stop alone.
struct Left {
  std::mutex mutex;
  std::vector<std::shared_ptr<Job>> jobs;
};
Left& left() {
  static Left* const all = new Left;  // outlives every thread
  return *all;
}

thread_local const std::function<void()>* enclosing = nullptr;

/// The threads that users' experiments run on, and how each finds out whether to stop; used with the GIL.
std::map<unsigned long, const std::function<void()>*>& enclosed() {
  static auto* const all = new std::map<unsigned long, const std::function<void()>*>;
  return *all;
}

/// Interrupts the users' experiments that are to stop, wherever they are in Python; with the GIL.
void interrupt_enclosed() {
  for (const auto& [thread, poll] : enclosed()) try {
      (*poll)();
    } catch (const Cancelled&) {
      PyThreadState_SetAsyncExc(thread, PyExc_KeyboardInterrupt);
    }
}

/// A job on the thread that asks for it, whose loops run on others too.
class Inner final : public Monitor {
 public:
  explicit Inner(const nb::object& report) : report_(report) {}

  void tell(double fraction) {
    const nb::gil_scoped_acquire gil;
    if (!report_.is_none()) report_(fraction, nb::list());
  }

 private:
  void do_checkpoint(double fraction) override {
    poll_();
    std::unique_lock lock(mutex_, std::try_to_lock);
    const auto now = std::chrono::steady_clock::now();
    if (!lock || now - told_ < kReport) return;
    told_ = now;
    tell(fraction);
  }

  const std::function<void()>& poll_ = *enclosing;
  const nb::object& report_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

/// Asks the job to stop; with the GIL.
void abandon(const std::shared_ptr<Job>& job) {
  job->stop();
  interrupt_enclosed();
  const nb::gil_scoped_release release;
  if (job->wait(kPatience)) return;
  const std::lock_guard lock(left().mutex);
  left().jobs.push_back(job);
}

void tell(Job& job, const nb::object& report) {
  if (report.is_none()) return;
  nb::list notes;
  for (const std::string& note : job.take_notes()) notes.append(nb::str(note.c_str()));
  report(job.fraction(), notes);
}

}  // namespace

Enclosing::Enclosing(std::function<void()> poll)
    : poll_(std::move(poll)), outer_(std::exchange(enclosing, &poll_)), thread_(PyThread_get_thread_ident()) {
  enclosed()[thread_] = &poll_;
}

Enclosing::~Enclosing() {
  enclosing = outer_;
  if (outer_ != nullptr)
    enclosed()[thread_] = outer_;
  else
    enclosed().erase(thread_);
  PyThreadState_SetAsyncExc(thread_, nullptr);  // what came too late
}

void run_job(std::function<void(Monitor&)> work, const nb::object& report) {
  if (enclosing != nullptr) {
    Inner inner(report);
    const nb::gil_scoped_release release;
    work(inner);
    return inner.tell(1);
  }
  const auto job = std::make_shared<Job>();
  std::thread([job, work = std::move(work)]() mutable { job->run(std::move(work)); }).detach();
  auto told = std::chrono::steady_clock::now();
  try {
    for (bool done = false; !done;) {
      {
        const nb::gil_scoped_release release;
        done = job->wait(kListen);
      }
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      const auto now = std::chrono::steady_clock::now();
      if (!done && now - told < kReport) continue;
      told = now;
      tell(*job, report);
    }
  } catch (...) {
    abandon(job);
    throw;
  }
  job->rethrow();
}

void finish_jobs() {
  std::vector<std::shared_ptr<Job>> jobs;
  {
    const std::lock_guard lock(left().mutex);
    jobs = std::exchange(left().jobs, {});
  }
  for (const auto& job : jobs) job->stop();
  interrupt_enclosed();
  const nb::gil_scoped_release release;
  if (!jobs.empty()) io::kill_children();  // one may wait for the answer of another program
  for (const auto& job : jobs) job->wait();
}

}  // namespace nwedge::python
