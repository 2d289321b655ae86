#include "nwedge/study/plan.hpp"

#include <fmt/core.h>

#include <unordered_map>

#include "nwedge/core/digest.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/core/version.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

/// Lays out the cells of one study.
class Planner {
 public:
  Planner(const Study& study, FileDigests& files) : study_(study), files_(files) {
    for (std::size_t i = 0; i < study.seeds.size(); ++i) seed_index_[study.seeds[i]] = i;
    for (const LandscapeSpec& landscape : study.landscapes)
      landscapes_.push_back({dump(landscape_identity(landscape, files)), dump(landscape.match),
                             dump(to_json_object(landscape.training))});
    for (const ExperimentSpec& experiment : study.experiments) options_.push_back(dump(experiment.options));
  }

  std::vector<Cell> plan() {
    for (std::size_t i = 0; i < study_.landscapes.size(); ++i)
      for (std::size_t k = 0; k < study_.seeds.size(); ++k) add_training(i, k);
    for (std::size_t i = 0; i < study_.experiments.size(); ++i) {
      const ExperimentSpec& spec = study_.experiments[i];
      if (spec.experiment->grain() == experiment::Grain::all_optima)
        add_experiment(i, spec.seeds, "");
      else
        for (const std::uint64_t seed : spec.seeds) add_experiment(i, {seed}, fmt::format(".seed-{}", seed));
    }
    return std::move(cells_);
  }

 private:
  void add_training(std::size_t landscape, std::size_t seed_index) {
    const LandscapeSpec& spec = study_.landscapes[landscape];
    Cell cell;
    cell.id = fmt::format("{}.{}.seed-{}", kTraining, spec.name, study_.seeds[seed_index]);
    cell.name = cell.kind = kTraining;
    cell.landscape = landscape;
    cell.seeds = {study_.seeds[seed_index]};
    if (!spec.optima.empty()) cell.optimum = spec.optima[seed_index];
    add(std::move(cell));
  }

  void add_experiment(std::size_t index, std::vector<std::uint64_t> seeds, const std::string& suffix) {
    const ExperimentSpec& spec = study_.experiments[index];
    Cell cell;
    cell.id = fmt::format("{}.{}{}", spec.name, study_.landscapes[spec.landscape].name, suffix);
    cell.name = spec.name;
    cell.kind = spec.kind;
    cell.landscape = spec.landscape;
    cell.experiment = index;
    cell.seeds = std::move(seeds);
    for (const std::uint64_t seed : cell.seeds)
      cell.inputs.push_back(spec.landscape * study_.seeds.size() + seed_index_.at(seed));
    add(std::move(cell));
  }

  /// Digests everything that determines the cell's result; names in the study are not part of it. The text is
  /// that of a JSON object, put together from parts, as there may be a million cells.
  void add(Cell cell) {
    json inputs;
    for (const std::size_t input : cell.inputs) inputs.push_back(cells_[input].digest);
    const OfLandscape& landscape = landscapes_[cell.landscape];
    const bool given = !cell.optimum.empty();
    std::string text;
    const auto member = [&](std::string_view key, const std::string& value) {
      text += fmt::format("{}\"{}\":{}", text.empty() ? '{' : ',', key, value);
    };
    member("format", dump(kRecordFormat));
    if (!inputs.empty()) member("inputs", dump(inputs));
    member("kind", dump(cell.kind));
    member("landscape", landscape.identity);
    if (given) member("match", landscape.match);
    member("numerics", dump(kNumericsRevision));
    member("nwedge", dump(version()));
    if (given) member("optimum", dump(files_.of(cell.optimum)));
    if (cell.experiment != Cell::kNone) member("options", options_[cell.experiment]);
    member("seeds", dump(cell.seeds));
    member("training", landscape.training);
    if (const json about = added_document(study_, cell); !about.is_null())
      member("version", dump(about.at("version")));
    cell.digest = digest(text + "}");
    cells_.push_back(std::move(cell));
  }

  static std::string dump(const json& document) {
    return document.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  const Study& study_;
  FileDigests& files_;
  std::unordered_map<std::uint64_t, std::size_t> seed_index_;
  struct OfLandscape {
    std::string identity;
    std::string match;
    std::string training;
  };
  std::vector<OfLandscape> landscapes_;  // what of each enters its cells' digests, as JSON
  std::vector<std::string> options_;     // of each experiment
  std::vector<Cell> cells_;
};

/// The files that determine results on a landscape, with their digests.
json files_of(const LandscapeSpec& spec, FileDigests& files) {
  json document = json::object();
  if (spec.maker)
    for (const std::filesystem::path& file : spec.maker->files()) document[file.string()] = files.of(file);
  for (const std::string& file : spec.optima) document[file] = files.of(file);
  return document;
}

}  // namespace

json landscape_identity(const LandscapeSpec& landscape, FileDigests& files) {
  json contents = json::array();
  if (landscape.maker)
    for (const std::filesystem::path& file : landscape.maker->files()) contents.push_back(files.of(file));
  return {{"kind", landscape.kind}, {"options", landscape.options}, {"files", std::move(contents)}};
}

json added_document(const Study& study, const Cell& cell) {
  if (cell.experiment == Cell::kNone) return nullptr;
  const experiment::Experiment& experiment = *study.experiments[cell.experiment].experiment;
  const std::string version = experiment.version();
  return version.empty() ? json() : json{{"title", experiment.title()}, {"version", version}};
}

json training_document(const LandscapeSpec& landscape) {
  const bool trains = landscape.training.epochs > 0 || landscape.training.steps > 0;
  return trains ? to_json_object(landscape.training) : json();
}

std::vector<Cell> make_plan(const Study& study, FileDigests& files) { return Planner(study, files).plan(); }

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

json plan_document(const Study& study, const std::vector<Cell>& cells, FileDigests& files) {
  json document = {{"format", kRecordFormat}, {"nwedge", version()},         {"title", study.title},
                   {"seeds", study.seeds},    {"landscapes", json::array()}, {"cells", json::array()}};
  for (const LandscapeSpec& spec : study.landscapes)
    document["landscapes"].push_back({{"name", spec.name},
                                      {"kind", spec.kind},
                                      {"control", spec.control},
                                      {"options", spec.options},
                                      {"training", training_document(spec)},
                                      {"optima", spec.optima},
                                      {"files", files_of(spec, files)}});
  for (const Cell& cell : cells) {
    json entry = {{"id", cell.id},       {"experiment", cell.kind},
                  {"name", cell.name},   {"landscape", study.landscapes[cell.landscape].name},
                  {"seeds", cell.seeds}, {"digest", cell.digest}};
    if (json about = added_document(study, cell); !about.is_null()) entry["added"] = std::move(about);
    document["cells"].push_back(std::move(entry));
  }
  return document;
}

}  // namespace nwedge::study
