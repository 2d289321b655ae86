#include "nwedge/study/single.hpp"

#include <chrono>
#include <utility>

#include "nwedge/core/digest.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/core/version.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/study/plan.hpp"
#include "nwedge/study/run_folder.hpp"
#include "nwedge/study/store.hpp"
#include "nwedge/study/training.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

/// The study with this experiment alone.
Study study_of(const SingleExperiment& single) {
  Study study;
  study.title = single.title;
  if (single.trained)
    for (const optimize::Result& optimum : single.optima) study.seeds.push_back(optimum.seed);
  else
    study.seeds = {single.seed};
  study.landscapes = {single.landscape};
  ExperimentSpec spec;
  spec.name = spec.kind = single.kind;
  spec.seeds = study.seeds;
  JsonOptionWriter writer(spec.options = json::object());
  single.experiment->visit(writer);
  spec.experiment = single.experiment;
  study.experiments = {std::move(spec)};
  return study;
}

std::string digest_of(const SingleExperiment& single) {
  std::vector<std::span<const std::uint8_t>> parts;
  for (const optimize::Result& optimum : single.optima)
    for (const std::vector<float>* points : {&optimum.initial, &optimum.point, &optimum.trajectory})
      parts.emplace_back(reinterpret_cast<const std::uint8_t*>(points->data()),
                         points->size() * sizeof(float));
  const json seed = {{"seed", single.seed}};
  const std::string text = seed.dump();
  parts.emplace_back(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return digest(parts);
}

/// All that is known before it runs.
SingleRun begin(const SingleExperiment& single) {
  SingleRun run;
  run.id = single.kind + "." + single.landscape.name;
  run.study = study_of(single);
  run.inputs_digest = digest_of(single);
  return run;
}

/// How the optima were trained, as far as they show it themselves where nothing else is known.
optimize::Options training_shown(const SingleExperiment& single) {
  optimize::Options training = single.landscape.training;
  const optimize::Result& first = single.optima.front();
  if (training.epochs > 0 || training.steps > 0 || first.trajectory_steps.empty()) return training;
  training.steps = first.trajectory_steps.back();
  training.record_points = std::ssize(first.trajectory_steps) - 1;
  return training;
}

void compute(SingleRun& run, const SingleExperiment& single, const Landscape& landscape,
             experiment::LandscapeFactory vary, Monitor& monitor) {
  single.experiment->validate_for(
      {landscape, single.landscape.kind, training_shown(single), std::ssize(single.optima), single.trained},
      "nwedge " + single.kind);
  run.started = utc_now();
  const auto started = std::chrono::steady_clock::now();
  const experiment::Input input{landscape,   single.landscape.training, single.optima,
                                single.seed, std::move(vary),           single.trained};
  run.record = single.experiment->run(input, monitor);
  run.record.result.update(single.facts);
  add_facts(run.record.result, landscape);
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

/// The one cell. Its digest is of everything that determines the result, the given points too.
Cell cell_of(const SingleRun& run, FileDigests& files) {
  const ExperimentSpec& spec = run.study.experiments.front();
  Cell cell;
  cell.id = run.id;
  cell.name = cell.kind = spec.kind;
  cell.experiment = 0;
  cell.seeds = spec.seeds;
  json document = {{"format", kRecordFormat},
                   {"nwedge", version()},
                   {"kind", spec.kind},
                   {"numerics", kNumericsRevision},
                   {"landscape", landscape_identity(run.study.landscapes.front(), files)},
                   {"training", training_document(run.study.landscapes.front())},
                   {"options", spec.options},
                   {"inputs", run.inputs_digest}};
  if (const std::string own = spec.experiment->version(); !own.empty()) document["version"] = own;
  cell.digest = digest(document.dump(-1, ' ', false, json::error_handler_t::replace));
  return cell;
}

/// Where a run is to be written: its plan, checked against what the folder holds.
struct Destination {
  std::filesystem::path folder;
  FileDigests files;
  std::vector<Cell> cells;
  json plan;

  Destination(const SingleRun& run, const std::filesystem::path& run_folder)
      : folder(run_folder),
        files(digests_path(folder)),
        cells{cell_of(run, files)},
        plan(plan_document(run.study, cells, files)) {
    check_run_folder(folder, plan, false);
    io::require_writable(folder / "plan.json");
  }

  void write(const SingleRun& run) {
    files.require_unchanged();
    open_run(folder, "", plan, false);
    files.save();
    Outcome outcome;
    outcome.record = run.record;
    Store(folder).write(run.study, cells, cells.front(), outcome, {run.started, run.seconds});
  }
};

}  // namespace

SingleRun compute_single(const SingleExperiment& single, const Landscape& landscape,
                         experiment::LandscapeFactory vary, Monitor& monitor) {
  SingleRun run = begin(single);
  compute(run, single, landscape, std::move(vary), monitor);
  return run;
}

void write_single(const SingleRun& run, const std::filesystem::path& folder) {
  Destination(run, folder).write(run);
}

SingleRun run_single(const SingleExperiment& single, const Landscape& landscape,
                     experiment::LandscapeFactory vary, const std::filesystem::path& folder,
                     Monitor& monitor) {
  SingleRun run = begin(single);
  Destination destination(run, folder);
  compute(run, single, landscape, std::move(vary), monitor);
  destination.write(run);
  return run;
}

std::vector<experiment::Finding> findings(const SingleRun& run) {
  const ExperimentSpec& spec = run.study.experiments.front();
  experiment::StoredRecord record;
  record.experiment = record.name = spec.kind;
  record.landscape = run.study.landscapes.front().name;
  record.landscape_kind = run.study.landscapes.front().kind;
  record.seeds = spec.seeds;
  record.options = spec.options;
  record.result = run.record.result;
  return spec.experiment->judge(std::span(&record, 1));
}

}  // namespace nwedge::study
