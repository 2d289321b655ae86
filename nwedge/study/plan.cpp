#include "nwedge/study/plan.hpp"

#include <fmt/core.h>

#include "nwedge/core/digest.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/core/version.hpp"
#include "nwedge/io/atomic_file.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

/// The digest of everything that determines a cell's result; names in the study are not part of it.
std::string cell_digest(const Study& study, const std::vector<Cell>& cells, const Cell& cell) {
  const LandscapeSpec& landscape = study.landscapes[cell.landscape];
  json document = {{"format", kRecordFormat},
                   {"nwedge", version()},
                   {"kind", cell.kind},
                   {"landscape", {{"kind", landscape.kind}, {"options", landscape.options}}},
                   {"training", to_json_object(landscape.training)},
                   {"seeds", cell.seeds}};
  if (!cell.optimum.empty()) document["optimum"] = digest(io::read_text(cell.optimum));
  if (cell.experiment != Cell::kNone) document["options"] = study.experiments[cell.experiment].options;
  for (const std::size_t input : cell.inputs) document["inputs"].push_back(cells[input].digest);
  return digest(document.dump(-1, ' ', false, json::error_handler_t::replace));
}

void add_trainings(const Study& study, std::vector<Cell>& cells) {
  for (std::size_t i = 0; i < study.landscapes.size(); ++i) {
    const std::vector<std::string>& optima = study.landscapes[i].optima;
    for (std::size_t k = 0; k < study.seeds.size(); ++k) {
      const std::uint64_t seed = study.seeds[k];
      Cell cell;
      cell.id = fmt::format("{}.{}.seed-{}", kTraining, study.landscapes[i].name, seed);
      cell.name = cell.kind = kTraining;
      cell.landscape = i;
      cell.seeds = {seed};
      if (!optima.empty()) cell.optimum = optima[k];
      cell.digest = cell_digest(study, cells, cell);
      cells.push_back(std::move(cell));
    }
  }
}

/// The index of the training of `landscape` from `seed`.
std::size_t find_training(const Study& study, std::size_t landscape, std::uint64_t seed) {
  std::size_t place = 0;
  while (study.seeds[place] != seed) ++place;
  return landscape * study.seeds.size() + place;
}

Cell experiment_cell(const Study& study, const std::vector<Cell>& cells, std::size_t index,
                     std::vector<std::uint64_t> seeds, const std::string& suffix) {
  const ExperimentSpec& spec = study.experiments[index];
  Cell cell;
  cell.id = fmt::format("{}.{}{}", spec.name, study.landscapes[spec.landscape].name, suffix);
  cell.name = spec.name;
  cell.kind = spec.kind;
  cell.landscape = spec.landscape;
  cell.experiment = index;
  cell.seeds = std::move(seeds);
  for (const std::uint64_t seed : cell.seeds)
    cell.inputs.push_back(find_training(study, spec.landscape, seed));
  cell.digest = cell_digest(study, cells, cell);
  return cell;
}

}  // namespace

json training_document(const LandscapeSpec& landscape) {
  const bool trains = landscape.training.epochs > 0 || landscape.training.steps > 0;
  return trains ? to_json_object(landscape.training) : json();
}

std::vector<Cell> make_plan(const Study& study) {
  std::vector<Cell> cells;
  add_trainings(study, cells);
  for (std::size_t i = 0; i < study.experiments.size(); ++i) {
    const ExperimentSpec& spec = study.experiments[i];
    if (spec.experiment->grain() == experiment::Grain::all_optima) {
      cells.push_back(experiment_cell(study, cells, i, spec.seeds, ""));
      continue;
    }
    for (const std::uint64_t seed : spec.seeds)
      cells.push_back(experiment_cell(study, cells, i, {seed}, fmt::format(".seed-{}", seed)));
  }
  return cells;
}

void validate(const Study& study, const Cell& cell, const Landscape& landscape) {
  const LandscapeSpec& spec = study.landscapes[cell.landscape];
  const bool trained = spec.optima.empty();
  if (cell.experiment == Cell::kNone) {
    if (trained) (void)spec.training.total_steps(landscape);
    return;
  }
  const ExperimentSpec& experiment = study.experiments[cell.experiment];
  experiment.experiment->validate_for({landscape, spec.kind, spec.training, std::ssize(cell.inputs), trained},
                                      experiment.place);
}

json plan_document(const Study& study, const std::vector<Cell>& cells) {
  json document = {{"format", kRecordFormat}, {"nwedge", version()},         {"title", study.title},
                   {"seeds", study.seeds},    {"landscapes", json::array()}, {"cells", json::array()}};
  for (const LandscapeSpec& spec : study.landscapes)
    document["landscapes"].push_back({{"name", spec.name},
                                      {"kind", spec.kind},
                                      {"control", spec.control},
                                      {"options", spec.options},
                                      {"training", training_document(spec)},
                                      {"optima", spec.optima}});
  for (const Cell& cell : cells)
    document["cells"].push_back({{"id", cell.id},
                                 {"experiment", cell.kind},
                                 {"name", cell.name},
                                 {"landscape", study.landscapes[cell.landscape].name},
                                 {"seeds", cell.seeds},
                                 {"digest", cell.digest}});
  return document;
}

}  // namespace nwedge::study
