#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/study/plan.hpp"
#include "nwedge/study/store.hpp"
#include "nwedge/study/study_file.hpp"

namespace nwedge::study {

struct Company;

/// Sees a study run. The runner calls one member at a time, from any thread.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// `seconds`: the expected time of all the work there is left.
  virtual void begins(std::size_t /*cells*/, std::size_t /*finished*/, double /*seconds*/) {}
  virtual void cell_begins(const Cell&) {}
  /// `fraction`: of all the expected work; cells may report at any rate.
  virtual void advances(double /*fraction*/) {}
  virtual void cell_ends(const Cell&, const Outcome&, double /*seconds*/) {}
  virtual void notes(std::string_view /*line*/) {}
};

/// What a run of a study did.
struct RunSummary {
  struct FailedCell {
    std::string id;
    std::string reason;
  };
  std::size_t cells = 0;
  std::size_t reused = 0;    ///< finished before
  std::size_t computed = 0;  ///< by this run, failed ones too
  std::vector<FailedCell> failed;
  bool bug = false;  ///< a failure that is no `Error`: worth a report
  double seconds = 0;
};

/// Runs the cells of a study that `folder` does not hold yet, those that most depends on first, over all
/// threads of this process, or over the processes of a `company` that this one leads, and writes a record of
/// each. A cell that fails is recorded as failed and stops no other; a training that diverged is left out of
/// the experiments over all optima. Also writes plan.json and study.toml, the text of the study file.
///
/// A folder that holds a run of the same study is continued. One that holds a run of a changed study is
/// continued when `resume` is set and at least one record still counts; else it is an `Error`, as is a folder
/// with other things in it. Throws `Cancelled` when `monitor` asks to stop: running cells stop at their next
/// checkpoint, the finished ones are kept. Throws `Error` when a record cannot be written.
RunSummary run_study(const Study& study, std::string_view text, const std::filesystem::path& folder,
                     bool resume, RunObserver& observer, Monitor& monitor, const Company* company = nullptr);

}  // namespace nwedge::study
