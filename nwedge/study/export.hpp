#pragma once
#include <filesystem>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/study/run.hpp"

namespace nwedge::study {

/// Writes the results of a run in formats that other programs read (docs/records.md): results.csv with every
/// number of every record; for each group of arrays of one record with a common prefix and shape a CSV table,
/// and, where it has one to three dimensions, a VTK file. Points of weight space are left out. Returns the
/// files written.
std::vector<std::filesystem::path> export_run(const Run& run, const std::filesystem::path& folder,
                                              Monitor& monitor);

}  // namespace nwedge::study
