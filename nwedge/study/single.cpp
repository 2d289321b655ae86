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

/// Of everything that determines the result, the given points too.
std::string digest_of(const SingleExperiment& single, const Study& study, FileDigests& files) {
  const json document = {{"format", kRecordFormat},
                         {"nwedge", version()},
                         {"kind", single.kind},
                         {"numerics", kNumericsRevision},
                         {"landscape", landscape_identity(single.landscape, files)},
                         {"options", study.experiments[0].options},
                         {"seed", single.seed}};
  const std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
  std::vector<std::span<const std::uint8_t>> parts;
  const auto add = [&](const auto& values) {
    parts.emplace_back(reinterpret_cast<const std::uint8_t*>(values.data()),
                       values.size() * sizeof(values[0]));
  };
  add(text);
  for (const optimize::Result& optimum : single.optima)
    for (const std::vector<float>* points : {&optimum.initial, &optimum.point, &optimum.trajectory})
      add(*points);
  return digest(parts);
}

Cell cell_of(const SingleExperiment& single, const Study& study, FileDigests& files) {
  Cell cell;
  cell.id = single.kind + "." + single.landscape.name;
  cell.name = cell.kind = single.kind;
  cell.experiment = 0;
  cell.seeds = study.seeds;
  cell.digest = digest_of(single, study, files);
  return cell;
}

}  // namespace

SingleRun run_single(const SingleExperiment& single, const Landscape& landscape,
                     experiment::LandscapeFactory vary, const std::filesystem::path& folder,
                     Monitor& monitor) {
  const Study study = study_of(single);
  FileDigests files(digests_path(folder));
  const std::vector<Cell> cells = {cell_of(single, study, files)};
  single.experiment->validate_for(
      {landscape, single.landscape.kind, single.landscape.training, std::ssize(single.optima), false},
      "nwedge " + single.kind);
  const json plan = plan_document(study, cells, files);
  check_run_folder(folder, plan, false);
  io::require_writable(folder / "plan.json");

  const std::string started = utc_now();
  const auto begin = std::chrono::steady_clock::now();
  const experiment::Input input{landscape, single.landscape.training, single.optima, single.seed,
                                std::move(vary)};
  Outcome outcome;
  outcome.record = single.experiment->run(input, monitor);
  outcome.record.result.update(single.facts);
  if (json statistics = statistics_of(landscape); !statistics.is_null())
    outcome.record.result["statistics"] = std::move(statistics);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  files.require_unchanged();
  open_run(folder, "", plan, false);
  files.save();
  Store(folder).write(study, cells, cells[0], outcome, {started, seconds});
  return {cells[0].id, std::move(outcome.record), seconds};
}

}  // namespace nwedge::study
