#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/study/store.hpp"

namespace nwedge::study {

/// A record as readers of a run see it: the report, verdicts, exports.
struct RunRecord {
  std::string id;
  experiment::StoredRecord stored;
  nlohmann::json document;  ///< the whole JSON file: docs/records.md
};

/// A run's folder, read.
struct Run {
  std::filesystem::path folder;
  nlohmann::json plan;                ///< RUN/plan.json: docs/records.md
  std::vector<RunRecord> records;     ///< in the order of the plan
  std::vector<std::string> missing;   ///< ids of cells that have no record yet
  std::vector<std::string> problems;  ///< one line for each damaged record

  /// The arrays of one record; read when asked for.
  io::TensorFile arrays(const RunRecord& record) const { return Store(folder).arrays(record.id); }
};

/// Reads a run. An `Error` when the folder holds none.
Run read_run(const std::filesystem::path& folder);

/// What the records of a run say about the poster's claims, experiment by experiment, landscape by landscape,
/// in the order of the plan; last, for each wedge model, whether all claims are reproduced on it.
std::vector<experiment::Finding> findings(const Run& run);

}  // namespace nwedge::study
