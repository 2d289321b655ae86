#include "nwedge/study/documents.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/json_reader.hpp"
#include "nwedge/study/plan.hpp"

namespace nwedge::study {
namespace {

using io::JsonReader;
using nlohmann::json;

constexpr std::size_t kLongestId = 128;

void require_format(const JsonReader& document, std::string_view what) {
  const JsonReader format = document.at("format");
  if (format.whole() != kRecordFormat)
    format.refuse(
        fmt::format("must be {}, the format of {} that this version of nwedge reads", kRecordFormat, what));
}

void require_one_of(const JsonReader& value, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value.text()) == known.end())
    value.refuse(fmt::format("must be one of {}", fmt::join(known, ", ")));
}

/// The registry names of what a cell may be.
std::vector<std::string> cell_kinds() {
  std::vector<std::string> kinds = experiment::experiment_names();
  kinds.emplace_back(kTraining);
  return kinds;
}

/// What a record's landscape may be.
std::vector<std::string> recorded_kinds() {
  std::vector<std::string> kinds = landscape_kinds();
  kinds.emplace_back(kGiven);
  return kinds;
}

/// An experiment of the registry, or one that a user added and that plan or record describe themselves.
void require_experiment(const JsonReader& document) {
  const JsonReader kind = document.at("experiment");
  if (!document.object().contains("added")) return require_one_of(kind, cell_kinds());
  document.at("added").at("title").text();
  document.at("added").at("version").text();
  if (!experiment::is_experiment_name(kind.text()) || kind.text() == kTraining)
    kind.refuse("must be a name of letters, digits, \"-\" and \"_\"");
}

std::string read_id(const JsonReader& value) {
  if (!is_cell_id(value.text()))
    value.refuse("must be letters, digits, \"-\" and \"_\" in parts joined by dots");
  return value.text();
}

void require_object_or_null(const JsonReader& value) {
  if (!value.is_null()) value.object();
}

void read_landscape(const JsonReader& landscape, StoredPlan& plan) {
  const std::string name = landscape.at("name").text();
  require_one_of(landscape.at("kind"), recorded_kinds());
  landscape.at("options").object();
  require_object_or_null(landscape.at("training"));
  landscape.at("optima").texts();
  const JsonReader control = landscape.at("control");
  if (!control.value().is_boolean()) control.refuse("must be true or false");
  for (const auto& [file, digest] : landscape.at("files").members()) plan.files[file] = digest.text();
  if (!plan.controls.emplace(name, control.value().get<bool>()).second)
    landscape.at("name").refuse("must differ from the other landscapes' names");
}

void read_cell(const JsonReader& cell, StoredPlan& plan, std::set<std::string>& ids) {
  plan.cells.push_back({read_id(cell.at("id")), cell.at("digest").text()});
  if (!ids.insert(plan.cells.back().id).second) cell.at("id").refuse("must differ from the other cells' ids");
  require_experiment(cell);
  cell.at("name").text();
  cell.at("seeds").wholes();
  if (!plan.controls.contains(cell.at("landscape").text()))
    cell.at("landscape").refuse("must be one of the plan's landscapes");
}

void require_arrays(const JsonReader& arrays) {
  for (const JsonReader& array : arrays.elements()) {
    array.at("name").text();
    array.at("shape").wholes();
  }
}

void require_provenance(const JsonReader& provenance) {
  provenance.at("nwedge").text();
  provenance.at("processor").text();
  provenance.at("threads").whole();
  provenance.at("started").text();
  provenance.at("seconds").number();
}

void require_failure(const JsonReader& failure) {
  if (failure.is_null()) return;
  require_one_of(failure.at("kind"), {"diverged", "error"});
  failure.at("reason").text();
}

}  // namespace

bool is_cell_id(std::string_view id) {
  if (id.empty() || id.size() > kLongestId || id.front() == '.' || id.back() == '.') return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!letter && (c != '.' || id[i - 1] == '.')) return false;
  }
  return true;
}

StoredPlan parse_plan(std::string_view text, std::string_view place) {
  StoredPlan plan;
  plan.document = io::parse_json(text, place);
  const JsonReader document(plan.document, std::string(place));
  require_format(document, "plans");
  plan.title = document.at("title").text();
  plan.version = document.at("nwedge").text();
  document.at("seeds").wholes();
  for (const JsonReader& landscape : document.at("landscapes").elements()) read_landscape(landscape, plan);
  std::set<std::string> ids;
  for (const JsonReader& cell : document.at("cells").elements()) read_cell(cell, plan, ids);
  return plan;
}

StoredPlan read_plan(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = io::read_regular(path);
  return parse_plan({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

json parse_record(std::string_view text, std::string_view place, std::string_view id) {
  json record = io::parse_json(text, place);
  const JsonReader document(record, std::string(place));
  require_format(document, "records");
  if (read_id(document.at("id")) != id && !id.empty())
    document.at("id").refuse(fmt::format("must be {}, as the file is called", id));
  for (const char* digest : {"digest", "arrays-digest", "content-digest"}) document.at(digest).text();
  require_experiment(document);
  document.at("name").text();
  document.at("landscape").at("name").text();
  require_one_of(document.at("landscape").at("kind"), recorded_kinds());
  document.at("landscape").at("options").object();
  require_object_or_null(document.at("training"));
  document.at("options").object();
  document.at("seeds").wholes();
  document.at("lost-seeds").wholes();
  for (const auto& [input, digest] : document.at("inputs").members()) digest.text();
  require_failure(document.at("failure"));
  document.at("result").object();
  require_arrays(document.at("arrays"));
  require_provenance(document.at("provenance"));
  return record;
}

}  // namespace nwedge::study
