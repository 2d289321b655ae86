#pragma once
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/core/parts.hpp"
#include "nwedge/study/landscapes.hpp"
#include "nwedge/study/parts.hpp"
#include "nwedge/study/plan.hpp"
#include "nwedge/study/store.hpp"
#include "nwedge/study/study_file.hpp"

namespace nwedge::study {

/// A piece of work that one worker carries out: a cell or, of a cell that is split, one of its parts. A cell
/// comes after its parts and joins what they left.
struct Errand {
  static constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

  std::size_t cell = 0;
  std::size_t parts = 1;      ///< that the cell is split into
  std::size_t part = kWhole;  ///< which of them; kWhole: the cell
};

/// What became of an errand. What it gave is written: a cell's record, a part's values.
struct Done {
  Failure failure = Failure::none;
  std::string reason;
  bool bug = false;  ///< the failure is no `Error`: worth a report
  double seconds = 0;
};

/// Computes cells of a study and writes their records, whoever asks for them: a thread of this process or
/// another process. Landscapes are made and trainings read at their first use. Safe from several threads.
class Worker {
 public:
  /// `study` and `files` must outlive it.
  Worker(const Study& study, std::vector<Cell> cells, const FileDigests& files,
         const std::filesystem::path& folder);

  const std::vector<Cell>& cells() const { return cells_; }
  const Store& store() const { return store_; }
  const PartStore& parts() const { return parts_; }
  const Landscape& landscape(std::size_t index);
  /// Lets a training count as failed, as its record says.
  void fail(std::size_t training, Failure failure, const std::string& reason);

  /// Computes a cell, whose inputs have records, and writes its record; or a part, and writes its values. A
  /// cell that fails is recorded as failed; a part that fails is left to its cell, which meets the same
  /// fault. Throws `Cancelled` as `monitor` does; `Error` when a file cannot be written.
  Done carry_out(const Errand& errand, Monitor& monitor);

  /// What another folder needs to do an errand (`before`), or to have what it gave: paths within the run's
  /// folder, in the order in which they must be written.
  std::vector<std::filesystem::path> files_before(const Errand& errand) const;
  std::vector<std::filesystem::path> files_after(const Errand& errand) const;

 private:
  /// A training as the experiments that need it see it.
  struct Training {
    std::once_flag loaded;
    optimize::Result result;  // when failure is none
    Failure failure = Failure::none;
    std::string reason;
  };
  struct Made {
    std::once_flag once;
    std::shared_ptr<const Landscape> landscape;
  };

  template <class Work>
  static Outcome guarded(Work work, bool& bug);
  Outcome compute(const Errand& errand, Monitor& monitor);
  Outcome compute_experiment(const Errand& errand, Parts& parts, Monitor& monitor);
  Done carry_out_part(const Errand& errand, Monitor& monitor);
  std::optional<Outcome> without_optima(const Cell& cell, std::vector<optimize::Result>& optima,
                                        std::vector<std::uint64_t>& lost_seeds);
  experiment::Input input_of(const Cell& cell, std::span<const optimize::Result> optima, Parts& parts);
  const Training& training(std::size_t index);
  void keep(std::size_t index, const Outcome& outcome);
  void write(const Cell& cell, Outcome& outcome, const Provenance& provenance, bool& bug) const;

  const Study& study_;
  const std::vector<Cell> cells_;
  const FileDigests& files_;
  const Store store_;
  const PartStore parts_;
  DataSets data_;
  std::vector<Made> landscapes_;
  std::vector<Training> trainings_;  // by cell index: trainings come first in a plan
};

}  // namespace nwedge::study
