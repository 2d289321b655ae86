#include "nwedge/cli/run_study.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/progress.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/cli/verdicts.hpp"
#include "nwedge/report/claims.hpp"
#include "nwedge/report/report.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"

namespace nwedge::cli {
namespace {

using nlohmann::json;

json to_json(const study::RunSummary& summary) {
  json failed = json::array();
  for (const auto& cell : summary.failed) failed.push_back({{"id", cell.id}, {"reason", cell.reason}});
  return {{"cells", summary.cells},
          {"reused", summary.reused},
          {"computed", summary.computed},
          {"failed", failed},
          {"seconds", summary.seconds}};
}

}  // namespace

void run_study(const std::string& text, const std::string& place, const StudyOutput& output) {
  const study::Study study = study::parse_study(text, place);
  study::RunSummary summary;
  {
    const auto progress = make_progress(settings().quiet);
    summary = study::run_study(study, text, output.folder, output.resume, *progress, stop_monitor());
  }
  const study::Run run = study::read_run(output.folder);
  const std::vector<experiment::Finding> findings = study::findings(run);
  const std::string report = report::write_report(output.folder).string();
  if (output.as_json) {
    json document = to_json(summary);
    document["run"] = output.folder;
    document["report"] = report;
    document["claims"] = report::claims_table(findings);
    print_json(document);
  } else {
    fmt::print("{}", cli::summary(findings));
    if (!summary.failed.empty())
      fmt::print("{} of {} cells failed; their records and the report say why\n", summary.failed.size(),
                 summary.cells);
    fmt::print("Records: {}\nReport:  {}\n", (std::filesystem::path(output.folder) / "records").string(),
               report);
  }
  if (summary.bug) throw std::runtime_error("a cell broke, see the failures above");
}

}  // namespace nwedge::cli
