#include "nwedge/study/run.hpp"

#include <fmt/core.h>

#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/study/documents.hpp"
#include "nwedge/study/option_reader.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

StoredPlan plan_of(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "plan.json";
  std::error_code code;
  if (std::filesystem::exists(path, code)) return read_plan(path);
  throw Error(folder.string(),
              "holds no run (plan.json is missing); make one with: nwedge study FILE -o " + folder.string());
}

/// A record that the store found whole.
RunRecord as_record(const std::string& id, json document, Failure failure) {
  RunRecord record;
  record.id = id;
  record.stored.experiment = document.at("experiment").get<std::string>();
  record.stored.name = document.at("name").get<std::string>();
  record.stored.landscape = document.at("landscape").at("name").get<std::string>();
  record.stored.landscape_kind = document.at("landscape").at("kind").get<std::string>();
  record.stored.seeds = document.at("seeds").get<std::vector<std::uint64_t>>();
  record.stored.options = document.at("options");
  record.stored.added = document.contains("added");
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
  const std::string place = fmt::format("record of {} on {}", record.name, record.landscape);
  const OptionTable options = option_table(record.options, place);
  read_options(*made, options);
  made->validate(place);
  return made;
}

}  // namespace

Run read_run(const std::filesystem::path& folder) {
  StoredPlan plan = plan_of(folder);
  Run run;
  run.folder = folder;
  const Store store(folder);
  for (const StoredPlan::Cell& cell : plan.cells) {
    Store::Found found = store.find(cell.id, cell.digest);
    try {
      if (found.state == Store::Found::State::whole) {
        RunRecord record = as_record(cell.id, std::move(found.document), found.failure);
        record.stored.control = plan.controls[record.stored.landscape];
        if (record.stored.experiment != kTraining && !record.stored.added)
          experiment_of(record.stored);  // an Error if it is none
        run.records.push_back(std::move(record));
        continue;
      }
    } catch (const Error& error) {
      found.problem = error.what();
    }
    run.missing.push_back(cell.id);
    if (!found.problem.empty()) run.problems.push_back(found.problem);
  }
  run.plan = std::move(plan.document);
  return run;
}

std::vector<experiment::Finding> findings(const Run& run) {
  std::vector<experiment::Finding> all;
  std::set<std::pair<std::string, std::string>> judged;  // name in the study, landscape
  for (const RunRecord& record : run.records) {
    const experiment::StoredRecord& first = record.stored;
    if (first.experiment == kTraining || first.added || !judged.emplace(first.name, first.landscape).second)
      continue;
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
