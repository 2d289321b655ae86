#include "nwedge/study/run.hpp"

#include <fmt/core.h>

#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/study/option_reader.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

struct PlannedCell {
  std::string id;
  std::string digest;
};

/// Whether the plan says that a landscape is a negative control.
bool is_control(const json& plan, const std::string& name) {
  for (const json& landscape : plan.at("landscapes"))
    if (landscape.at("name") == name) return landscape.value("control", false);
  return false;
}

[[noreturn]] void plan_is_damaged(const std::filesystem::path& folder, const json::exception& error) {
  throw Error((folder / "plan.json").string(),
              fmt::format("is damaged: {}; run the study again into this folder", error.what()));
}

json read_plan(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "plan.json";
  std::error_code code;
  if (!std::filesystem::exists(path, code))
    throw Error(folder.string(), "holds no run (plan.json is missing); make one with: nwedge study FILE -o " +
                                     folder.string());
  try {
    json plan = json::parse(io::read_text(path));
    if (plan.at("format") != kRecordFormat)
      throw Error(path.string(),
                  fmt::format("record format must be {}, is {}; read it with the version of nwedge "
                              "that wrote it",
                              kRecordFormat, plan.at("format").dump()));
    return plan;
  } catch (const json::exception& error) {
    plan_is_damaged(folder, error);
  }
}

std::vector<PlannedCell> planned_cells(const json& plan, const std::filesystem::path& folder) {
  try {
    std::vector<PlannedCell> cells;
    for (const json& cell : plan.at("cells")) cells.push_back({cell.at("id"), cell.at("digest")});
    return cells;
  } catch (const json::exception& error) {
    plan_is_damaged(folder, error);
  }
}

RunRecord as_record(const std::string& id, json document, Failure failure) {
  RunRecord record;
  record.id = id;
  record.stored.experiment = document.at("experiment").get<std::string>();
  record.stored.name = document.at("name").get<std::string>();
  record.stored.landscape = document.at("landscape").at("name").get<std::string>();
  record.stored.landscape_kind = document.at("landscape").at("kind").get<std::string>();
  record.stored.seeds = document.at("seeds").get<std::vector<std::uint64_t>>();
  record.stored.options = document.at("options");
  if (failure == Failure::none)
    record.stored.result = document.at("result");
  else
    record.stored.failure = document.at("failure").at("reason").get<std::string>();
  record.document = std::move(document);
  return record;
}

/// The experiment that made these records, with the options they were made with.
std::unique_ptr<experiment::Experiment> experiment_of(const experiment::StoredRecord& record) {
  auto made = experiment::make_experiment(record.experiment, "record");
  const OptionTable options = option_table(record.options, "record of " + record.name);
  read_options(*made, options);
  return made;
}

}  // namespace

Run read_run(const std::filesystem::path& folder) {
  Run run;
  run.folder = folder;
  run.plan = read_plan(folder);
  const Store store(folder);
  for (const PlannedCell& cell : planned_cells(run.plan, folder)) {
    Store::Found found = store.find(cell.id, cell.digest);
    if (found.state == Store::Found::State::whole) {
      run.records.push_back(as_record(cell.id, std::move(found.document), found.failure));
      experiment::StoredRecord& stored = run.records.back().stored;
      stored.control = is_control(run.plan, stored.landscape);
    } else {
      run.missing.push_back(cell.id);
    }
    if (!found.problem.empty()) run.problems.push_back(found.problem);
  }
  return run;
}

std::vector<experiment::Finding> findings(const Run& run) {
  std::vector<experiment::Finding> all;
  std::set<std::pair<std::string, std::string>> judged;  // name in the study, landscape
  for (const RunRecord& record : run.records) {
    const experiment::StoredRecord& first = record.stored;
    if (first.experiment == kTraining || !judged.emplace(first.name, first.landscape).second) continue;
    std::vector<experiment::StoredRecord> own;
    for (const RunRecord& other : run.records)
      if (other.stored.name == first.name && other.stored.landscape == first.landscape)
        own.push_back(other.stored);
    for (experiment::Finding& finding : experiment_of(first)->judge(own)) all.push_back(std::move(finding));
  }
  for (experiment::Finding& finding : experiment::replications(all)) all.push_back(std::move(finding));
  return all;
}

}  // namespace nwedge::study
