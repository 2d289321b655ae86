#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace nwedge::study {

/// Makes `folder` the place of a run of the study whose file reads `text` and whose plan document is `plan`,
/// and writes both there. Errors: the folder holds other things, or another study; with `resume` a changed
/// study is let in when some of its cells are those of the run that is there.
void open_run(const std::filesystem::path& folder, std::string_view text, const nlohmann::json& plan,
              bool resume);

}  // namespace nwedge::study
