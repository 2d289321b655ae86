#include "nwedge/study/run_folder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/json_reader.hpp"
#include "nwedge/study/documents.hpp"

namespace nwedge::study {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using CellSet = std::set<std::pair<std::string, std::string>>;  // (id, digest)

/// What a run's folder may hold besides hidden temporary files of the same.
const std::vector<std::string> kNames = {"study.toml", "study.toml.old", "plan.json",   "digests.json",
                                         "records",    "parts",          "report.html", "export"};

std::string text_of(const json& plan) {
  return plan.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

CellSet cells_of(const StoredPlan& plan) {
  CellSet cells;
  for (const StoredPlan::Cell& cell : plan.cells) cells.emplace(cell.id, cell.digest);
  return cells;
}

/// The cells whose records lie in a run's folder, as far as they can be read.
CellSet recorded_cells(const fs::path& folder) {
  CellSet cells;
  std::error_code code;
  for (auto entry = fs::directory_iterator(folder / "records", code);
       !code && entry != fs::directory_iterator(); entry.increment(code)) {
    if (entry->path().extension() != ".json" || entry->path().filename().string().front() == '.') continue;
    try {
      const std::vector<std::uint8_t> bytes = io::read_regular(entry->path());
      const json record = parse_record({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                       entry->path().string(), entry->path().stem().string());
      cells.emplace(record.at("id").get<std::string>(), record.at("digest").get<std::string>());
    } catch (const Error&) {  // damaged: it counts for no study
    }
  }
  return cells;
}

/// " (the content of FILE has changed)" for data and given weights of both plans; else empty.
std::string changed_files(const StoredPlan& there, const StoredPlan& plan) {
  for (const auto& [file, digest] : plan.files) {
    const auto before = there.files.find(file);
    if (before != there.files.end() && before->second != digest)
      return fmt::format(" (the content of {} is another)", file);
  }
  return "";
}

/// Whether a folder with the cells `old_cells` may go on as a run of `new_cells`.
void check_cells(const fs::path& folder, const CellSet& old_cells, const CellSet& new_cells,
                 const std::string& whose, const std::string& why, bool resume) {
  std::size_t shared = 0;
  for (const auto& cell : new_cells) shared += old_cells.count(cell);
  if (shared == 0)
    throw Error(folder.string(), fmt::format("holds a run of another study or version ({}){}; give another "
                                             "folder with -o, or remove this one",
                                             whose, why));
  if (!resume)
    throw Error(folder.string(),
                fmt::format("holds a run of this study as it was before a change{}; --resume keeps the {} "
                            "of {} cells that are the same, -o gives another folder",
                            why, shared, new_cells.size()));
}

/// A run known by its records alone, because its plan is missing or damaged: one plan's records may all lie
/// there, or none.
void check_records(const fs::path& folder, const CellSet& new_cells, const std::string& whose, bool resume) {
  const CellSet recorded = recorded_cells(folder);
  if (!std::includes(new_cells.begin(), new_cells.end(), recorded.begin(), recorded.end()))
    check_cells(folder, recorded, new_cells, whose, "", resume);
}

void require_nothing_else(const fs::path& folder) {
  std::error_code code;
  auto entry = fs::directory_iterator(folder, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    std::string name = entry->path().filename().string();
    const std::string temporary = io::temporary_of(name);
    if (!temporary.empty()) name = temporary;
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      throw Error(folder.string(), "is not empty and holds no run; give another folder with -o");
  }
  if (code)
    throw Error(folder.string(), fmt::format("cannot be used as the folder of a run: {}", code.message()));
}

/// Writes a file unless it stands there already: a finished run may lie on a disk that nobody can write.
void write_if_new(const fs::path& path, std::string_view text) {
  std::error_code code;
  if (fs::is_regular_file(path, code) && io::read_text(path) == text) return;
  io::remove_irregular(path);
  io::write_atomically(path, text);
}

/// Removes what dead processes left half written.
void clean_up(const fs::path& folder, const json& plan) {
  io::remove_abandoned(folder, kNames);
  std::vector<std::string> records;
  for (const json& cell : plan.at("cells"))
    for (const char* ending : {".json", ".safetensors"})
      records.push_back(cell.at("id").get<std::string>() + ending);
  std::sort(records.begin(), records.end());
  io::remove_abandoned(folder / "records", records);
}

}  // namespace

fs::path digests_path(const fs::path& folder) { return folder / "digests.json"; }

void check_run_folder(const fs::path& folder, const json& plan, bool resume) {
  std::error_code code;
  if (!fs::exists(folder, code)) return;
  if (!fs::is_directory(folder, code)) throw Error(folder.string(), "is a file, must be the folder of a run");
  const StoredPlan ours = parse_plan(text_of(plan), "the plan");
  const CellSet new_cells = cells_of(ours);
  const fs::path plan_path = folder / "plan.json";
  if (!fs::exists(plan_path, code)) {
    require_nothing_else(folder);
    return check_records(folder, new_cells, "its plan.json is missing", resume);
  }
  std::optional<StoredPlan> there;
  try {
    there = read_plan(plan_path);
  } catch (const Error&) {
    return check_records(folder, new_cells, "its plan.json is damaged", resume);
  }
  if (cells_of(*there) != new_cells)
    check_cells(folder, cells_of(*there), new_cells,
                fmt::format("\"{}\", nwedge {}", there->title, there->version), changed_files(*there, ours),
                resume);
}

void open_run(const fs::path& folder, std::string_view text, const json& plan, bool resume) {
  check_run_folder(folder, plan, resume);
  clean_up(folder, plan);
  std::error_code code;
  const bool is_new = !fs::exists(folder / "plan.json", code);
  write_if_new(folder / "plan.json", text_of(plan));
  if (text.empty()) return;
  const fs::path study = folder / "study.toml";
  if (is_new && fs::is_regular_file(study, code) &&
      io::read_text(study) != text)  // whoever wrote it may miss it
    fs::rename(study, folder / "study.toml.old", code);
  write_if_new(study, text);
}

}  // namespace nwedge::study
