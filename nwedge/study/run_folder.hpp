#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace nwedge::study {

/// Where a run keeps the digests of its data files.
std::filesystem::path digests_path(const std::filesystem::path& folder);

/// Throws unless `folder` may become the place of a run whose plan document is `plan`: it holds other things,
/// or another study; with `resume` a changed study is let in when some of its cells are those of the run that
/// is there. A run without a plan, as a crash may leave it, or with a damaged one is known by its records.
void check_run_folder(const std::filesystem::path& folder, const nlohmann::json& plan, bool resume);

/// Checks the folder, removes what dead processes left half written, and writes the plan and `text` as
/// study.toml (where it is not empty) unless they stand there already.
void open_run(const std::filesystem::path& folder, std::string_view text, const nlohmann::json& plan,
              bool resume);

}  // namespace nwedge::study
