#pragma once
#include <filesystem>

namespace nwedge::report {

/// Writes RUN/report.html from the records of a run alone, whole or not at all (docs/report.md); returns its
/// path. The page opens offline and stays below 15 MB. Cells that failed or are not computed yet are shown as
/// such. Errors: the folder holds no run, cannot be written.
std::filesystem::path write_report(const std::filesystem::path& run);

}  // namespace nwedge::report
