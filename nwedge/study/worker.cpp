#include "nwedge/study/worker.hpp"

#include <fmt/core.h>

#include <chrono>
#include <new>
#include <optional>
#include <stdexcept>

#include "nwedge/core/error.hpp"
#include "nwedge/study/training.hpp"

namespace nwedge::study {

Worker::Worker(const Study& study, std::vector<Cell> cells, const FileDigests& files,
               const std::filesystem::path& folder)
    : study_(study),
      cells_(std::move(cells)),
      files_(files),
      store_(folder),
      parts_(folder),
      landscapes_(study.landscapes.size()),
      trainings_(study.landscapes.size() * study.seeds.size()) {}

const Landscape& Worker::landscape(std::size_t index) {
  Made& made = landscapes_[index];
  std::call_once(made.once, [&] {
    const LandscapeSpec& spec = study_.landscapes[index];
    made.landscape = spec.maker->make(data_, spec.place);
  });
  return *made.landscape;
}

void Worker::fail(std::size_t index, Failure failure, const std::string& reason) {
  Training& training = trainings_[index];
  std::call_once(training.loaded, [&] {
    training.failure = failure;
    training.reason = reason;
  });
}

Done Worker::carry_out(const Errand& errand, Monitor& monitor) {
  const Cell& cell = cells_[errand.cell];
  monitor.checkpoint(0);
  if (errand.part != Errand::kWhole) return carry_out_part(errand, monitor);
  const std::string started = utc_now();
  const auto begin = std::chrono::steady_clock::now();
  Done done;
  Outcome outcome = guarded(
      [&] {
        Outcome computed = compute(errand, monitor);
        files_.require_unchanged();
        return computed;
      },
      done.bug);
  done.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  write(cell, outcome, {started, done.seconds}, done.bug);
  if (errand.cell < trainings_.size()) keep(errand.cell, outcome);
  done.failure = outcome.failure;
  done.reason = outcome.reason;
  return done;
}

/// What `work` gives; all that it throws but a request to stop is an outcome too.
template <class Work>
Outcome Worker::guarded(Work work, bool& bug) {
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
    bug = true;
  }
  outcome.failure = Failure::error;
  return outcome;
}

Outcome Worker::compute(const Errand& errand, Monitor& monitor) {
  const Cell& cell = cells_[errand.cell];
  if (cell.experiment != Cell::kNone) {
    if (errand.parts == 1) return compute_experiment(errand, this_process(), monitor);
    ComputedParts parts(parts_.read(cell, errand.parts));
    return compute_experiment(errand, parts, monitor);
  }
  const LandscapeSpec& spec = study_.landscapes[cell.landscape];
  if (!cell.optimum.empty())
    return take_optimum(landscape(cell.landscape), cell.optimum, spec.match, cell.seeds.front());
  return train(landscape(cell.landscape), spec.training, cell.seeds.front(), monitor);
}

/// Writes the cell's record. A disk that cannot be written ends the run; an outcome that makes no record
/// becomes a failure of its cell.
void Worker::write(const Cell& cell, Outcome& outcome, const Provenance& provenance, bool& bug) const {
  std::optional<Error> disk;
  Outcome instead = guarded(
      [&] {
        try {
          store_.write(study_, cells_, cell, outcome, provenance);
        } catch (const Error& error) {
          disk = error;
        }
        return Outcome();
      },
      bug);
  if (disk) throw *disk;
  if (instead.failure == Failure::none) return;
  outcome = std::move(instead);
  store_.write(study_, cells_, cell, outcome, provenance);
}

/// Gathers the optima that a cell works on; the outcome of a cell that cannot.
std::optional<Outcome> Worker::without_optima(const Cell& cell, std::vector<optimize::Result>& optima,
                                              std::vector<std::uint64_t>& lost_seeds) {
  for (std::size_t i = 0; i < cell.inputs.size(); ++i) {
    const Training& input = training(cell.inputs[i]);
    if (input.failure == Failure::error)
      return Outcome{
          {}, Failure::error, fmt::format("{} failed: {}", cells_[cell.inputs[i]].id, input.reason), {}};
    if (input.failure == Failure::diverged)
      lost_seeds.push_back(cell.seeds[i]);
    else
      optima.push_back(input.result);
  }
  if (!optima.empty()) return std::nullopt;
  return Outcome{{},
                 Failure::diverged,
                 "no optimum to work on: " + training(cell.inputs.front()).reason,
                 std::move(lost_seeds)};
}

experiment::Input Worker::input_of(const Cell& cell, std::span<const optimize::Result> optima, Parts& parts) {
  const LandscapeSpec& spec = study_.landscapes[cell.landscape];
  return {landscape(cell.landscape),
          spec.training,
          optima,
          cell.seeds.front(),
          landscape_factory(*spec.maker, data_, spec.place),
          spec.optima.empty(),
          parts,
          landscapes_[cell.landscape].landscape};
}

Outcome Worker::compute_experiment(const Errand& errand, Parts& parts, Monitor& monitor) {
  const Cell& cell = cells_[errand.cell];
  std::vector<optimize::Result> optima;
  Outcome outcome;
  if (std::optional<Outcome> failed = without_optima(cell, optima, outcome.lost_seeds))
    return *std::move(failed);
  outcome.record =
      study_.experiments[cell.experiment].experiment->run(input_of(cell, optima, parts), monitor);
  return outcome;
}

/// A part that fails leaves nothing: the cell meets the same fault, and says so.
Done Worker::carry_out_part(const Errand& errand, Monitor& monitor) {
  SomeParts parts(static_cast<std::int64_t>(errand.part), static_cast<std::int64_t>(errand.parts));
  bool bug = false;
  bool computed = false;
  guarded(
      [&] {
        try {
          return compute_experiment(errand, parts, monitor);
        } catch (const PartDone&) {
          files_.require_unchanged();
          computed = true;
          return Outcome();
        }
      },
      bug);
  if (computed) parts_.write(cells_[errand.cell], errand.part, errand.parts, parts.items());
  return {};
}

std::vector<std::filesystem::path> Worker::files_before(const Errand& errand) const {
  std::vector<std::filesystem::path> files;
  for (const std::size_t input : cells_[errand.cell].inputs)
    for (const std::filesystem::path& file : Store::files(cells_[input].id)) files.push_back(file);
  if (errand.part == Errand::kWhole && errand.parts > 1)
    for (std::size_t part = 0; part < errand.parts; ++part)
      files.push_back(PartStore::file(cells_[errand.cell], part, errand.parts));
  return files;
}

std::vector<std::filesystem::path> Worker::files_after(const Errand& errand) const {
  if (errand.part == Errand::kWhole) return Store::files(cells_[errand.cell].id);
  return {PartStore::file(cells_[errand.cell], errand.part, errand.parts)};
}

/// A finished training. One that this worker did not compute is read from its record at the first use.
const Worker::Training& Worker::training(std::size_t index) {
  Training& training = trainings_[index];
  std::call_once(training.loaded, [&] {
    const Cell& cell = cells_[index];
    const Store::Found found = store_.find(cell.id, cell.digest);
    if (found.state != Store::Found::State::whole)
      throw Error(cell.id,
                  "its record has gone from the run's folder, or this machine does not see it: start "
                  "the command again, with --collect where machines share no folder");
    training.failure = found.failure;
    if (found.failure == Failure::none)
      training.result = restore_training(store_.arrays(cell.id), cell.seeds.front(), cell.id);
    else
      training.reason = found.document.at("failure").at("reason").get<std::string>();
  });
  return training;
}

void Worker::keep(std::size_t index, const Outcome& outcome) {
  if (outcome.failure != Failure::none) return fail(index, outcome.failure, outcome.reason);
  Training& training = trainings_[index];
  std::call_once(training.loaded, [&] {
    training.result =
        restore_training({outcome.record.arrays, {}}, cells_[index].seeds.front(), cells_[index].id);
  });
}

}  // namespace nwedge::study
