#include "nwedge/cli/run_study.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/output_files.hpp"
#include "nwedge/cli/progress.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/cli/verdicts.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/text.hpp"
#include "nwedge/report/claims.hpp"
#include "nwedge/report/report.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"

namespace nwedge::cli {
namespace {

using nlohmann::json;

constexpr int kCellsFailed = 3;  // the exit code of a run that is finished but for these

json to_json(const study::RunSummary& summary) {
  json failed = json::array();
  for (const auto& cell : summary.failed) failed.push_back({{"id", cell.id}, {"reason", cell.reason}});
  return {{"cells", summary.cells},
          {"reused", summary.reused},
          {"computed", summary.computed},
          {"failed", failed},
          {"seconds", summary.seconds}};
}

/// Which cells failed, and why.
void print_failures(const study::RunSummary& summary) {
  constexpr std::size_t kShown = 20;
  if (summary.failed.empty()) return;
  fmt::print("{} of {} cells failed:\n", summary.failed.size(), summary.cells);
  for (std::size_t i = 0; i < std::min(kShown, summary.failed.size()); ++i)
    fmt::print("  {}\n", one_line(fmt::format("{}: {}", summary.failed[i].id, summary.failed[i].reason)));
  if (summary.failed.size() > kShown)
    fmt::print("  and {} more: see their records\n", summary.failed.size() - kShown);
}

/// Writes the report. Where a finished run lies on a disk that cannot be written, the one of before serves.
std::string make_report(const study::RunSummary& summary, const std::filesystem::path& folder) {
  const std::filesystem::path before = folder / "report.html";
  std::error_code code;
  try {
    return report::write_report(folder).string();
  } catch (const Error& error) {
    if (summary.computed > 0 || !std::filesystem::exists(before, code)) throw;
    note_line(error.what(), "(the report is that of before)");
    return before.string();
  }
}

void print_summary(const study::RunSummary& summary, const StudyOutput& output,
                   const std::vector<experiment::Finding>& findings, const std::string& report) {
  if (output.as_json) {
    json document = to_json(summary);
    document["run"] = output.folder;
    document["report"] = report;
    document["claims"] = report::claims_table(findings);
    return print_json(document);
  }
  fmt::print("{}", cli::summary(findings));
  print_failures(summary);
  fmt::print("Records: {}\nReport:  {}\n", (std::filesystem::path(output.folder) / "records").string(),
             report);
}

/// The files that the study reads.
std::vector<NamedFile> inputs_of(const study::Study& study) {
  std::vector<NamedFile> inputs;
  for (const study::LandscapeSpec& landscape : study.landscapes) {
    for (const std::string& path : landscape.optima) inputs.push_back({"--weights", path});
    const auto data = landscape.options.find("data");
    if (data != landscape.options.end() && data->is_string()) inputs.push_back({"--data", *data});
  }
  return inputs;
}

}  // namespace

void run_study(const study::Study& study, const std::string& text, const StudyOutput& output) {
  require_outside({"--output", output.folder}, inputs_of(study));
  study::RunSummary summary;
  {
    const auto progress = make_progress(settings().quiet);
    summary = study::run_study(study, text, output.folder, output.resume, *progress, stop_monitor(),
                               output.company);
  }
  const std::vector<experiment::Finding> findings = study::findings(study::read_run(output.folder));
  print_summary(summary, output, findings, make_report(summary, output.folder));
  if (summary.bug) throw std::runtime_error("a cell broke, see the failures above");
  if (!summary.failed.empty()) settings().exit_code = kCellsFailed;
}

}  // namespace nwedge::cli
