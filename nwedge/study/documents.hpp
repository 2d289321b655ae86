#pragma once
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nwedge::study {

/// A plan as a run's folder holds it, with every field checked (docs/records.md).
struct StoredPlan {
  struct Cell {
    std::string id;
    std::string digest;
  };
  std::string title;
  std::string version;  ///< of the nwedge that wrote it
  std::vector<Cell> cells;
  std::map<std::string, bool> controls;      ///< whether a landscape is one, by name
  std::map<std::string, std::string> files;  ///< digests of data and given weights, by path
  nlohmann::json document;                   ///< the whole of it
};

/// Checks a plan document; `place` names it in errors: place, rule, value.
StoredPlan parse_plan(std::string_view text, std::string_view place);

/// RUN/plan.json; an `Error` when it cannot be read.
StoredPlan read_plan(const std::filesystem::path& path);

/// Whether this is the id of a cell: letters, digits, "-" and "_" in parts joined by dots. It becomes the
/// name of files.
bool is_cell_id(std::string_view id);

/// Checks the JSON of a record but for what its digests say, and that it is that of `id` (unless empty).
/// Returns it. Errors: place, rule, value.
nlohmann::json parse_record(std::string_view text, std::string_view place, std::string_view id);

}  // namespace nwedge::study
