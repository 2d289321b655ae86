#include "nwedge/report/contents.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "nwedge/core/version.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/report/arrays.hpp"
#include "nwedge/report/claims.hpp"
#include "nwedge/report/wedge_figure.hpp"

namespace nwedge::report {
namespace {

using nlohmann::json;
using study::RunRecord;

// Enough for a curve on any screen; a surface of 512 x 512 points still turns smoothly.
constexpr std::int64_t kAxisLimit = 512;
// Four bytes a value, a third more as base64: at most 9.6 MB, so that the page stays below 15 MB.
constexpr std::int64_t kMostValues = 1'800'000;

bool is_experiment(const std::string& name) {
  const std::vector<std::string> known = experiment::experiment_names();
  return std::find(known.begin(), known.end(), name) != known.end();
}

/// Training, then the registry's order, then those that users added, in the order of the plan.
json experiments(const study::Run& run) {
  std::set<std::string> present;
  json added = json::array();
  for (const json& cell : run.plan.at("cells")) {
    const auto name = cell.at("experiment").get<std::string>();
    if (present.insert(name).second && cell.contains("added"))
      added.push_back({{"name", name}, {"title", cell.at("added").at("title")}});
  }
  json list = json::array();
  if (present.count(study::kTraining)) list.push_back({{"name", study::kTraining}, {"title", "The optima"}});
  for (const std::string& name : experiment::experiment_names())
    if (present.count(name))
      list.push_back({{"name", name}, {"title", experiment::make_experiment(name, "report")->title()}});
  for (json& one : added)
    if (!is_experiment(one.at("name").get<std::string>())) list.push_back(std::move(one));
  return list;
}

/// The only wedge model needs no other name than that.
std::string label(const json& landscape, const json& all) {
  const auto is_wedge = [](const json& other) { return other.at("kind") == "wedge"; };
  std::string name = landscape.at("name");
  if (!is_wedge(landscape)) return name;
  return std::count_if(all.begin(), all.end(), is_wedge) == 1 ? "Wedge model" : name;
}

json landscapes(const study::Run& run) {
  json list = json::array();
  const json& planned = run.plan.at("landscapes");
  for (const json& landscape : planned) {
    json entry = landscape;
    entry["label"] = label(landscape, planned);
    for (const RunRecord& record : run.records) {
      if (record.stored.landscape != landscape.at("name")) continue;
      const bool trains = record.stored.experiment == study::kTraining;
      for (const std::string_view key : {"dimension", "examples", "statistics", "outside"})
        if ((trains || key == "statistics" || key == "outside") && record.stored.result.contains(key))
          entry[key] = record.stored.result[key];
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::vector<DrawnArray> drawn_arrays(const study::Run& run, const RunRecord& record) {
  std::vector<DrawnArray> arrays;
  for (const io::Tensor& tensor : run.arrays(record).tensors) arrays.push_back(thin(tensor, kAxisLimit));
  return arrays;
}

json cell(const RunRecord& record, std::span<const DrawnArray> arrays) {
  return {{"id", record.id},
          {"experiment", record.stored.experiment},
          {"name", record.stored.name},
          {"landscape", record.stored.landscape},
          {"seeds", record.stored.seeds},
          {"lost_seeds", record.document.value("lost-seeds", json::array())},
          {"options", record.stored.options},
          {"result", record.document.at("result")},
          {"failure", record.stored.failure},
          {"seconds", record.document.at("provenance").at("seconds")},
          {"arrays", pack(arrays)}};
}

/// Each value once, joined by commas: records of one run may come from several machines.
json distinct(const study::Run& run, const char* key) {
  std::vector<std::string> values;
  for (const RunRecord& record : run.records) {
    const json& value = record.document.at("provenance").at(key);
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (std::find(values.begin(), values.end(), text) == values.end()) values.push_back(text);
  }
  std::string joined;
  for (const std::string& value : values) joined += (joined.empty() ? "" : ", ") + value;
  return joined;
}

json provenance(const study::Run& run) {
  double seconds = 0;
  std::string first;
  for (const RunRecord& record : run.records) {
    const json& own = record.document.at("provenance");
    seconds += own.at("seconds").get<double>();
    const std::string started = own.at("started");
    if (first.empty() || started < first) first = started;
  }
  return {{"version", distinct(run, "nwedge")},
          {"processor", distinct(run, "processor")},
          {"threads", distinct(run, "threads")},
          {"started", first},
          {"seconds", seconds}};
}

json study_file(const study::Run& run) {
  const std::filesystem::path path = run.folder / "study.toml";
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return nullptr;
  const std::vector<std::uint8_t> text = io::read_regular(path);
  return {{"name", "study.toml"}, {"text", std::string(text.begin(), text.end())}};
}

bool has_wedge_model(const study::Run& run) {
  const json& planned = run.plan.at("landscapes");
  return std::any_of(planned.begin(), planned.end(),
                     [](const json& one) { return one.at("kind") == "wedge"; });
}

}  // namespace

json page_contents(const study::Run& run) {
  std::vector<std::vector<DrawnArray>> arrays;
  for (const RunRecord& record : run.records) arrays.push_back(drawn_arrays(run, record));
  const std::int64_t limit = fit(arrays, kAxisLimit, kMostValues);
  json cells = json::array();
  for (std::size_t i = 0; i < run.records.size(); ++i) cells.push_back(cell(run.records[i], arrays[i]));
  return {{"title", run.plan.value("title", "Study")},
          {"version", version()},
          {"claims", claims_table(study::findings(run))},
          {"experiments", experiments(run)},
          {"wedge_figure", has_wedge_model(run) ? wedge_figure() : json()},
          {"landscapes", landscapes(run)},
          {"cells", std::move(cells)},
          {"missing", run.missing},
          {"problems", run.problems},
          {"study", study_file(run)},
          {"provenance", provenance(run)},
          {"drawing", {{"axis_limit", limit}}}};
}

}  // namespace nwedge::report
