#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/study/plan.hpp"

namespace nwedge::study {

/// Why a cell has no result.
enum class Failure {
  none,
  diverged,  ///< training left the finite numbers: a measurement, the same every time
  error      ///< the experiment refused or broke; tried again by the next run
};

/// What a cell gave.
struct Outcome {
  experiment::Record record;  ///< of a diverged training: what there is of it
  Failure failure = Failure::none;
  std::string reason;                     ///< of the failure
  std::vector<std::uint64_t> lost_seeds;  ///< whose training failed; the experiment went on without them
};

/// When, where and how long a cell was computed: the only part of a record that differs between runs.
struct Provenance {
  std::string started;  ///< UTC, "2024-05-01T12:00:00Z"
  double seconds = 0;
};

/// The time now as `Provenance` writes it.
std::string utc_now();

/// The name of the processor as Linux gives it, "unknown" where it gives none. `root`: the folder that holds
/// proc.
std::string processor_name(const std::filesystem::path& root = "/");

/// The instruction set that a whole record was computed with, "avx2": records of two agree but for last
/// digits, and for what trainings make of these.
std::string instruction_set_of(const nlohmann::json& record);

/// The records below RUN/records: one JSON and one safetensors file for each finished cell, each written to a
/// temporary name, fsynced and renamed, the JSON last: where there is a JSON file the record is whole. Many
/// processes may write into one folder. Safe from several threads.
class Store {
 public:
  explicit Store(const std::filesystem::path& run) : folder_(run / "records") {}

  /// What the folder holds of a cell.
  struct Found {
    enum class State { missing, whole, other, damaged } state = State::missing;  ///< other: of another digest
    std::string problem;      ///< of a damaged record: which rule it breaks
    nlohmann::json document;  ///< the JSON of a whole record
    Failure failure = Failure::none;
  };
  Found find(const std::string& id, const std::string& digest) const;

  /// Writes a cell's record. Errors: the folder cannot be written, the disk is full.
  void write(const Study& study, const std::vector<Cell>& cells, const Cell& cell, const Outcome& outcome,
             const Provenance& provenance) const;

  /// The files of a record within the run's folder, in the order in which they must be written.
  static std::vector<std::filesystem::path> files(const std::string& id) {
    return {std::filesystem::path("records") / (id + ".safetensors"),
            std::filesystem::path("records") / (id + ".json")};
  }

  /// The arrays of a whole record.
  io::TensorFile arrays(const std::string& id) const;

 private:
  std::filesystem::path json_path(const std::string& id) const { return folder_ / (id + ".json"); }
  std::filesystem::path arrays_path(const std::string& id) const { return folder_ / (id + ".safetensors"); }

  std::filesystem::path folder_;
};

}  // namespace nwedge::study
