#pragma once
#include <string>

#include "nwedge/study/company.hpp"
#include "nwedge/study/study_file.hpp"

namespace nwedge::cli {

/// Where a study's run goes and how its summary is printed.
struct StudyOutput {
  std::string folder;   ///< of the run
  bool resume = false;  ///< also continue a run of an earlier version of the study
  bool as_json = false;
  const study::Company* company = nullptr;  ///< the processes that share the work; null: this one alone
};

/// Runs a study, writes its report, and prints the summary; `text` is the study as a file. Cells that failed
/// make the program's exit code 3.
void run_study(const study::Study& study, const std::string& text, const StudyOutput& output);

}  // namespace nwedge::cli
