#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace nwedge::study {

/// Throws unless `folder` may become the place of a run whose plan document is `plan`: it holds other things,
/// or another study; with `resume` a changed study is let in when some of its cells are those of the run that
/// is there.
void check_run_folder(const std::filesystem::path& folder, const nlohmann::json& plan, bool resume);

/// Checks the folder, and writes `text` there as study.toml (where it is not empty) and the plan.
void open_run(const std::filesystem::path& folder, std::string_view text, const nlohmann::json& plan,
              bool resume);

}  // namespace nwedge::study
