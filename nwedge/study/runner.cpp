#include "nwedge/study/runner.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>

#include "nwedge/command_landscape.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/study/landscapes.hpp"
#include "nwedge/study/price.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/run_folder.hpp"
#include "nwedge/study/training.hpp"

namespace nwedge::study {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// A training as the experiments that need it see it.
struct Training {
  std::once_flag loaded;
  optimize::Result result;  // when failure is none
  Failure failure = Failure::none;
  std::string reason;
};

class Runner {
 public:
  Runner(const Study& study, std::vector<Cell> cells, const FileDigests& files,
         const std::filesystem::path& folder, RunObserver& observer, Monitor& monitor)
      : study_(study),
        cells_(std::move(cells)),
        files_(files),
        store_(folder),
        observer_(observer),
        monitor_(monitor),
        landscapes_(study.landscapes.size()),
        trainings_(study.landscapes.size() * study.seeds.size()),
        finished_(cells_.size()),
        seconds_(cells_.size()),
        fraction_(cells_.size()) {}

  /// Finds what is there and makes the landscapes that are needed: all that can be wrong with the input shows
  /// here, and nothing is written yet.
  void prepare() {
    look_up();
    make_landscapes();
  }

  RunSummary run() {
    const auto begin = Clock::now();
    observer_.begins(cells_.size(), summary_.reused, expected_seconds_);
    run_all([&](const Cell& cell) { return cell.experiment == Cell::kNone; });
    run_all([&](const Cell& cell) { return cell.experiment != Cell::kNone; });
    summary_.cells = cells_.size();
    summary_.seconds = seconds_since(begin);
    return std::move(summary_);
  }

 private:
  class CellMonitor;

  /// Finds out which cells have a record that counts.
  void look_up() {
    std::vector<Store::Found> found(cells_.size());
    parallel_for(std::ssize(cells_), [&](std::int64_t i) {
      const auto index = static_cast<std::size_t>(i);
      found[index] = store_.find(cells_[index].id, cells_[index].digest);
    });
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (found[i].state == Store::Found::State::damaged)
        observer_.notes(fmt::format("{}; computing it again", found[i].problem));
      finished_[i] = found[i].state == Store::Found::State::whole && found[i].failure != Failure::error;
      if (!finished_[i]) continue;
      ++summary_.reused;
      if (found[i].failure == Failure::none) continue;
      const auto reason = found[i].document.at("failure").at("reason").get<std::string>();
      summary_.failed.push_back({cells_[i].id, reason});
      if (i < trainings_.size()) fail(trainings_[i], found[i].failure, reason);
    }
  }

  static void fail(Training& training, Failure failure, const std::string& reason) {
    std::call_once(training.loaded, [] {});
    training.failure = failure;
    training.reason = reason;
  }

  /// Makes the landscapes that unfinished cells need, checks and prices those cells.
  void make_landscapes() {
    for (std::size_t k = 0; k < study_.landscapes.size(); ++k) {
      const LandscapeSpec& spec = study_.landscapes[k];
      double price = 0;
      for (std::size_t i = 0; i < cells_.size(); ++i) {
        if (finished_[i] || cells_[i].landscape != k) continue;
        monitor_.checkpoint(0);
        if (!landscapes_[k]) {
          landscapes_[k] = spec.maker->make(data_, spec.place);
          price = seconds_per_evaluation(*landscapes_[k], spec.training);
          tell_notes(*landscapes_[k]);
        }
        validate(study_, cells_[i], *landscapes_[k]);
        if (!cells_[i].optimum.empty())  // a file that does not fit is refused before anything runs
          for (const std::string& note : read_optimum(*landscapes_[k], cells_[i].optimum, spec.match).notes)
            observer_.notes(note);
        seconds_[i] = price * evaluations(study_, cells_[i], *landscapes_[k]) +
                      seconds_per_record(study_, cells_[i], *landscapes_[k]);
        expected_seconds_ += seconds_[i] / thread_count();
      }
    }
  }

  void tell_notes(const Landscape& landscape) {
    if (const auto* network = dynamic_cast<const network::Network*>(&landscape))
      for (const std::string& note : network->notes()) observer_.notes(note);
    if (const auto* command = dynamic_cast<const CommandLandscape*>(&landscape))
      for (const auto* lines : {&command->introduction().printed, &command->introduction().notes})
        for (const std::string& line : *lines) observer_.notes(line);
  }

  /// Runs the unfinished cells that `chosen` picks, most expensive first.
  template <class Choice>
  void run_all(Choice chosen) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < cells_.size(); ++i)
      if (!finished_[i] && chosen(cells_[i])) order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return seconds_[a] > seconds_[b]; });
    std::atomic<std::size_t> next = 0;
    parallel_for(std::ssize(order), [&](std::int64_t) {
      if (stopping_) return;
      try {
        run_one(order[next++]);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!stopped_by_) stopped_by_ = std::current_exception();
        stopping_ = true;
      }
    });
    if (stopped_by_) std::rethrow_exception(stopped_by_);
  }

  void run_one(std::size_t index);
  template <class Work>
  Outcome guarded(Work work);
  Outcome compute(std::size_t index, Monitor& monitor);
  Outcome compute_experiment(const Cell& cell, Monitor& monitor);
  const Training& training(std::size_t index);
  void write(const Cell& cell, Outcome& outcome, const Provenance& provenance);
  void keep(std::size_t index, const Outcome& outcome);
  void advance(std::size_t index, double fraction);

  const Study& study_;
  const std::vector<Cell> cells_;
  const FileDigests& files_;
  const Store store_;
  RunObserver& observer_;
  Monitor& monitor_;
  DataSets data_;
  std::vector<std::unique_ptr<const Landscape>> landscapes_;
  std::vector<Training> trainings_;  // by cell index: trainings come first in a plan
  std::vector<char> finished_;
  std::vector<double> seconds_;  // expected, of one thread
  std::vector<std::atomic<double>> fraction_;
  double expected_seconds_ = 0;
  RunSummary summary_;
  std::mutex mutex_;  // guards summary_, observer_ and stopped_by_ while cells run
  std::atomic<bool> stopping_ = false;
  std::exception_ptr stopped_by_;
};

class Runner::CellMonitor final : public Monitor {
 public:
  CellMonitor(Runner& runner, std::size_t index) : runner_(runner), index_(index) {}

 private:
  void do_checkpoint(double fraction) override {
    if (runner_.stopping_) throw Cancelled();
    runner_.monitor_.checkpoint(fraction);
    runner_.advance(index_, fraction);
  }
  void do_note(std::string_view line) override {
    const std::lock_guard lock(runner_.mutex_);
    runner_.observer_.notes(fmt::format("{}: {}", runner_.cells_[index_].id, line));
  }

  Runner& runner_;
  std::size_t index_;
};

void Runner::advance(std::size_t index, double fraction) {
  fraction_[index] = fraction;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;  // another thread is just telling the observer
  double done = 0;
  double all = 0;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    done += seconds_[i] * fraction_[i];
    all += seconds_[i];
  }
  observer_.advances(all > 0 ? done / all : 1);
}

void Runner::run_one(std::size_t index) {
  const Cell& cell = cells_[index];
  monitor_.checkpoint(0);
  {
    const std::lock_guard lock(mutex_);
    observer_.cell_begins(cell);
  }
  const std::string started = utc_now();
  const auto begin = Clock::now();
  CellMonitor monitor(*this, index);
  Outcome outcome = guarded([&] {
    Outcome computed = compute(index, monitor);
    files_.require_unchanged();
    return computed;
  });
  const double seconds = seconds_since(begin);
  write(cell, outcome, {started, seconds});
  if (index < trainings_.size()) keep(index, outcome);
  const std::lock_guard lock(mutex_);
  fraction_[index] = 1;
  ++summary_.computed;
  if (outcome.failure != Failure::none) summary_.failed.push_back({cell.id, outcome.reason});
  observer_.cell_ends(cell, outcome, seconds);
}

/// What `work` gives; all that it throws but a request to stop is an outcome too.
template <class Work>
Outcome Runner::guarded(Work work) {
  Outcome outcome;
  try {
    return work();
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    outcome.reason = error.what();
  } catch (const std::bad_alloc&) {
    outcome.reason = "not enough memory";
  } catch (const std::length_error&) {  // of a container that no memory could hold
    outcome.reason = "not enough memory";
  } catch (const std::exception& error) {
    outcome.reason = fmt::format("internal error: {}", error.what());
    const std::lock_guard lock(mutex_);
    summary_.bug = true;
  }
  outcome.failure = Failure::error;
  return outcome;
}

Outcome Runner::compute(std::size_t index, Monitor& monitor) {
  const Cell& cell = cells_[index];
  if (cell.experiment != Cell::kNone) return compute_experiment(cell, monitor);
  const LandscapeSpec& spec = study_.landscapes[cell.landscape];
  if (!cell.optimum.empty())
    return take_optimum(*landscapes_[cell.landscape], cell.optimum, spec.match, cell.seeds.front());
  return train(*landscapes_[cell.landscape], spec.training, cell.seeds.front(), monitor);
}

/// Writes the cell's record. A disk that cannot be written ends the run; an outcome that makes no record
/// becomes a failure of its cell.
void Runner::write(const Cell& cell, Outcome& outcome, const Provenance& provenance) {
  std::optional<Error> disk;
  Outcome instead = guarded([&] {
    try {
      store_.write(study_, cells_, cell, outcome, provenance);
    } catch (const Error& error) {
      disk = error;
    }
    return Outcome();
  });
  if (disk) throw *disk;
  if (instead.failure == Failure::none) return;
  outcome = std::move(instead);
  store_.write(study_, cells_, cell, outcome, provenance);
}

Outcome Runner::compute_experiment(const Cell& cell, Monitor& monitor) {
  const ExperimentSpec& spec = study_.experiments[cell.experiment];
  const LandscapeSpec& landscape = study_.landscapes[cell.landscape];
  Outcome outcome;
  std::vector<optimize::Result> optima;
  for (std::size_t i = 0; i < cell.inputs.size(); ++i) {
    const Training& input = training(cell.inputs[i]);
    if (input.failure == Failure::error)
      return {{}, Failure::error, fmt::format("{} failed: {}", cells_[cell.inputs[i]].id, input.reason), {}};
    if (input.failure == Failure::diverged)
      outcome.lost_seeds.push_back(cell.seeds[i]);
    else
      optima.push_back(input.result);
  }
  if (optima.empty()) {
    outcome.failure = Failure::diverged;
    outcome.reason = "no optimum to work on: " + training(cell.inputs.front()).reason;
    return outcome;
  }
  const experiment::Input input{*landscapes_[cell.landscape],
                                landscape.training,
                                optima,
                                cell.seeds.front(),
                                landscape_factory(*landscape.maker, data_, landscape.place),
                                landscape.optima.empty()};
  outcome.record = spec.experiment->run(input, monitor);
  return outcome;
}

/// A finished training, read from its record at the first use when an earlier run computed it.
const Training& Runner::training(std::size_t index) {
  Training& training = trainings_[index];
  std::call_once(training.loaded, [&] {
    const Cell& cell = cells_[index];
    training.result = restore_training(store_.arrays(cell.id), cell.seeds.front(), cell.id);
  });
  return training;
}

void Runner::keep(std::size_t index, const Outcome& outcome) {
  Training& training = trainings_[index];
  if (outcome.failure != Failure::none) return fail(training, outcome.failure, outcome.reason);
  std::call_once(training.loaded, [&] {
    training.result =
        restore_training({outcome.record.arrays, {}}, cells_[index].seeds.front(), cells_[index].id);
  });
}

}  // namespace

RunSummary run_study(const Study& study, std::string_view text, const std::filesystem::path& folder,
                     bool resume, RunObserver& observer, Monitor& monitor) {
  FileDigests files(digests_path(folder));
  std::vector<Cell> cells = make_plan(study, files);
  const nlohmann::json plan = plan_document(study, cells, files);
  check_run_folder(folder, plan, resume);
  Runner runner(study, std::move(cells), files, folder, observer, monitor);
  runner.prepare();
  files.require_unchanged();
  open_run(folder, text, plan, resume);
  files.save();
  return runner.run();
}

}  // namespace nwedge::study
