#pragma once
#include <string>

namespace nwedge::cli {

/// Where a study's run goes and how its summary is printed.
struct StudyOutput {
  std::string folder;   ///< of the run
  bool resume = false;  ///< also continue a run of an earlier version of the study
  bool as_json = false;
};

/// Runs a study given as text (`place` names it in errors), writes its report, and prints the summary.
void run_study(const std::string& text, const std::string& place, const StudyOutput& output);

}  // namespace nwedge::cli
