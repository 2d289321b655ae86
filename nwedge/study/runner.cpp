#include "nwedge/study/runner.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>

#include "nwedge/command_landscape.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/instruction_set.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/study/company.hpp"
#include "nwedge/study/errands.hpp"
#include "nwedge/study/ledger.hpp"
#include "nwedge/study/price.hpp"
#include "nwedge/study/run_folder.hpp"
#include "nwedge/study/training.hpp"
#include "nwedge/study/worker.hpp"

namespace nwedge::study {
namespace {

/// A run that goes on with another instruction set than it began with.
void tell_instruction_sets(const std::vector<Store::Found>& found, const std::vector<char>& finished,
                           RunObserver& observer) {
  if (std::find(finished.begin(), finished.end(), 0) == finished.end()) return;
  std::map<std::string, std::size_t> others;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (finished[i]) ++others[instruction_set_of(found[i].document)];
  others.erase(std::string(name_of(instruction_set())));
  for (const auto& [name, count] : others)
    observer.notes(fmt::format(
        "{} of {} records were computed with {}, the rest will be with {}: last digits differ, and "
        "trainings more; NWEDGE_INSTRUCTION_SET={}, on a processor that has it, keeps to one",
        count, found.size(), name, name_of(instruction_set()), name));
}

/// Finds out which cells have a record that counts; the summary counts them.
std::vector<char> finished_cells(Worker& worker, std::size_t trainings, RunObserver& observer,
                                 RunSummary& summary) {
  const std::vector<Cell>& cells = worker.cells();
  std::vector<Store::Found> found(cells.size());
  parallel_for(std::ssize(cells), [&](std::int64_t i) {
    const auto index = static_cast<std::size_t>(i);
    found[index] = worker.store().find(cells[index].id, cells[index].digest);
  });
  std::vector<char> finished(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (found[i].state == Store::Found::State::damaged)
      observer.notes(fmt::format("{}; computing it again", found[i].problem));
    finished[i] = found[i].state == Store::Found::State::whole && found[i].failure != Failure::error;
    if (!finished[i]) continue;
    ++summary.reused;
    if (found[i].failure == Failure::none) continue;
    const auto reason = found[i].document.at("failure").at("reason").get<std::string>();
    summary.failed.push_back({cells[i].id, reason});
    if (i < trainings) worker.fail(i, found[i].failure, reason);
  }
  tell_instruction_sets(found, finished, observer);
  return finished;
}

void tell_notes(const Landscape& landscape, RunObserver& observer) {
  if (const auto* network = dynamic_cast<const network::Network*>(&landscape))
    for (const std::string& note : network->notes()) observer.notes(note);
  if (const auto* command = dynamic_cast<const CommandLandscape*>(&landscape))
    for (const auto* lines : {&command->introduction().printed, &command->introduction().notes})
      for (const std::string& line : *lines) observer.notes(line);
}

/// The expected seconds of each unfinished cell, of one thread. Makes the landscapes that they need: all that
/// can be wrong with the input shows here, and nothing is written yet.
std::vector<double> price_cells(const Study& study, Worker& worker, const std::vector<char>& finished,
                                RunObserver& observer, Monitor& monitor) {
  const std::vector<Cell>& cells = worker.cells();
  std::vector<double> seconds(cells.size());
  for (std::size_t k = 0; k < study.landscapes.size(); ++k) {
    const LandscapeSpec& spec = study.landscapes[k];
    double price = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (finished[i] || cells[i].landscape != k) continue;
      monitor.checkpoint(0);
      const Landscape& landscape = worker.landscape(k);
      if (price == 0) {
        price = seconds_per_evaluation(landscape, spec.training);
        tell_notes(landscape, observer);
      }
      validate(study, cells[i], landscape);
      if (!cells[i].optimum.empty())  // a file that does not fit is refused before anything runs
        for (const std::string& note : read_optimum(landscape, cells[i].optimum, spec.match).notes)
          observer.notes(note);
      seconds[i] =
          price * evaluations(study, cells[i], landscape) + seconds_per_record(study, cells[i], landscape);
    }
  }
  return seconds;
}

/// Carries out the errands on the threads of this process.
class Threads {
 public:
  Threads(Worker& worker, const Errands& errands, Ledger& ledger, Monitor& monitor)
      : worker_(worker),
        errands_(errands),
        ledger_(ledger),
        monitor_(monitor),
        schedule_(errands.tasks, errands.finished) {}

  /// A round lasts while each thread finds an errand whose inputs are there. When one does not, it helps
  /// inside the others' errands until these end, and what has become ready begins with all threads.
  void run() {
    while (!schedule_.done()) {
      short_of_work_ = false;
      parallel_for(std::ssize(errands_.list), [&](std::int64_t) { run_next(); });
      if (stopped_by_) std::rethrow_exception(stopped_by_);
    }
  }

 private:
  class CellMonitor final : public Monitor {
   public:
    CellMonitor(Threads& threads, std::size_t cell) : threads_(threads), cell_(cell) {}

   private:
    void do_checkpoint(double fraction) override {
      if (threads_.stopping_) throw Cancelled();
      threads_.monitor_.checkpoint(fraction);
      threads_.ledger_.advances(cell_, fraction);
    }
    void do_note(std::string_view line) override {
      threads_.ledger_.notes(fmt::format("{}: {}", threads_.worker_.cells()[cell_].id, line));
    }

    Threads& threads_;
    std::size_t cell_;
  };

  void run_next() {
    if (stopping_ || short_of_work_) return;
    std::unique_lock lock(mutex_);
    const std::optional<std::size_t> next = schedule_.next();
    if (!next) short_of_work_ = true;
    lock.unlock();
    if (!next) return;
    try {
      carry_out(errands_.list[*next]);
      lock.lock();
      schedule_.finish(*next);
    } catch (...) {
      if (!lock) lock.lock();
      if (!stopped_by_) stopped_by_ = std::current_exception();
      stopping_ = true;
    }
  }

  void carry_out(const Errand& errand) {
    monitor_.checkpoint(0);
    const bool whole = errand.part == Errand::kWhole;
    if (whole) ledger_.begins(errand.cell);
    CellMonitor monitor(*this, errand.cell);
    const Done done = worker_.carry_out(errand, monitor);
    if (!whole) return;
    if (errand.parts > 1) worker_.parts().remove(worker_.cells()[errand.cell], errand.parts);
    ledger_.ends(errand.cell, done);
  }

  Worker& worker_;
  const Errands& errands_;
  Ledger& ledger_;
  Monitor& monitor_;
  Schedule schedule_;
  std::mutex mutex_;  // guards schedule_ and stopped_by_
  std::atomic<bool> short_of_work_ = false;
  std::atomic<bool> stopping_ = false;
  std::exception_ptr stopped_by_;
};

}  // namespace

RunSummary run_study(const Study& study, std::string_view text, const std::filesystem::path& folder,
                     bool resume, RunObserver& observer, Monitor& monitor, const Company* company) {
  FileDigests files(digests_path(folder));
  std::vector<Cell> planned = make_plan(study, files);
  const nlohmann::json plan = plan_document(study, planned, files);
  check_run_folder(folder, plan, resume);
  Worker worker(study, std::move(planned), files, folder);
  RunSummary found;
  const std::size_t trainings = study.landscapes.size() * study.seeds.size();
  Workload workload;
  workload.finished = finished_cells(worker, trainings, observer, found);
  workload.seconds = price_cells(study, worker, workload.finished, observer, monitor);
  workload.parts = worker.parts().left_behind();
  workload.landscape = [&](std::size_t k) -> const Landscape& { return worker.landscape(k); };
  files.require_unchanged();
  open_run(folder, text, plan, resume);
  files.save();

  const auto begin = std::chrono::steady_clock::now();
  const int ranks = company == nullptr ? 1 : company->ranks.count();
  Errands errands = make_errands(study, worker.cells(), workload, static_cast<std::size_t>(ranks));
  for (std::size_t i = worker.cells().size(); i < errands.list.size(); ++i) {
    const Errand& part = errands.list[i];
    errands.finished[i] = worker.parts().has(worker.cells()[part.cell], part.part, part.parts);
  }
  Ledger ledger(worker.cells(), workload.seconds, observer);
  ledger.summary = std::move(found);
  double seconds = 0;
  for (const double cell : workload.seconds) seconds += cell;
  observer.begins(worker.cells().size(), ledger.summary.reused, seconds / (thread_count() * ranks));
  if (company == nullptr)
    Threads(worker, errands, ledger, monitor).run();
  else
    lead(*company, text, folder, worker, errands, ledger, monitor);
  worker.parts().remove_all();
  ledger.summary.cells = worker.cells().size();
  ledger.summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return std::move(ledger.summary);
}

}  // namespace nwedge::study
