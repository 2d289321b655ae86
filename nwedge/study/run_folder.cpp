#include "nwedge/study/run_folder.hpp"

#include <fmt/core.h>

#include <set>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

/// (id, digest) of every cell of a plan document; empty when it is none.
std::set<std::pair<std::string, std::string>> cells_of(const json& plan) {
  std::set<std::pair<std::string, std::string>> cells;
  try {
    for (const json& cell : plan.at("cells")) cells.emplace(cell.at("id"), cell.at("digest"));
  } catch (const json::exception&) {
    cells.clear();
  }
  return cells;
}

bool holds_nothing(const std::filesystem::path& folder) {
  std::error_code code;
  const bool empty = std::filesystem::is_empty(folder, code);
  if (code)
    throw Error(folder.string(), fmt::format("cannot be used as the folder of a run: {}", code.message()));
  return empty;
}

void check_against(const std::filesystem::path& folder, const json& there, const json& plan, bool resume) {
  const auto old_cells = cells_of(there);
  const auto new_cells = cells_of(plan);
  if (old_cells.empty() || old_cells == new_cells) return;
  std::size_t shared = 0;
  for (const auto& cell : new_cells) shared += old_cells.count(cell);
  if (shared == 0)
    throw Error(folder.string(),
                fmt::format("holds a run of another study or version (\"{}\", nwedge {}); give another "
                            "folder with -o, or remove this one",
                            there.value("title", ""), there.value("nwedge", "unknown")));
  if (!resume)
    throw Error(folder.string(),
                fmt::format("holds a run of this study as it was before a change; --resume keeps the {} "
                            "of {} cells that are the same, -o gives another folder",
                            shared, new_cells.size()));
}

}  // namespace

void check_run_folder(const std::filesystem::path& folder, const json& plan, bool resume) {
  const std::filesystem::path plan_path = folder / "plan.json";
  std::error_code code;
  if (std::filesystem::exists(plan_path, code)) {
    const json there = json::parse(io::read_text(plan_path), nullptr, false);
    check_against(folder, there, plan, resume);
  } else if (std::filesystem::exists(folder, code) && !holds_nothing(folder)) {
    throw Error(folder.string(), "is not empty and holds no run; give another folder with -o");
  }
}

void open_run(const std::filesystem::path& folder, std::string_view text, const json& plan, bool resume) {
  check_run_folder(folder, plan, resume);
  if (!text.empty()) io::write_atomically(folder / "study.toml", text);
  io::write_atomically(folder / "plan.json", plan.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace nwedge::study
