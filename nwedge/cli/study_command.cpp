#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/progress.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/cli/verdicts.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/report/report.hpp"
#include "nwedge/study/run.hpp"
#include "nwedge/study/runner.hpp"

namespace nwedge::cli {
namespace {

using nlohmann::json;

struct StudyArguments {
  std::string file;
  std::string run;
  bool resume = false;
  bool as_json = false;
};

json to_json(const study::RunSummary& summary) {
  json failed = json::array();
  for (const auto& cell : summary.failed) failed.push_back({{"id", cell.id}, {"reason", cell.reason}});
  return {{"cells", summary.cells},
          {"reused", summary.reused},
          {"computed", summary.computed},
          {"failed", failed},
          {"seconds", summary.seconds}};
}

void run_study_command(StudyArguments arguments) {
  const std::string text = io::read_text(arguments.file);
  const study::Study study = study::parse_study(text, arguments.file);
  if (arguments.run.empty())
    arguments.run = (std::filesystem::path("runs") / std::filesystem::path(arguments.file).stem()).string();
  settings().resume =
      fmt::format("nwedge study {} -o {}", shell_word(arguments.file), shell_word(arguments.run));
  study::RunSummary summary;
  {
    const auto progress = make_progress(settings().quiet);
    summary = study::run_study(study, text, arguments.run, arguments.resume, *progress, stop_monitor());
  }
  const study::Run run = study::read_run(arguments.run);
  const std::vector<ClaimVerdict> verdicts = claim_verdicts(run);
  const std::string report = report::write_report(arguments.run).string();
  if (arguments.as_json) {
    json document = to_json(summary);
    document["run"] = arguments.run;
    document["report"] = report;
    document["claims"] = to_json(verdicts);
    print_json(document);
  } else {
    fmt::print("{}", table(verdicts));
    if (!summary.failed.empty())
      fmt::print("{} of {} cells failed; their records and the report say why\n", summary.failed.size(),
                 summary.cells);
    fmt::print("Records: {}\nReport:  {}\n", (std::filesystem::path(arguments.run) / "records").string(),
               report);
  }
  if (summary.bug) throw std::runtime_error("a cell broke, see the failures above");
}

}  // namespace

void add_study_command(CLI::App& program) {
  CLI::App& command = add_command(
      program, "study", "Run a study file: train, experiment, report. Continues where it was stopped.",
      "nwedge study studies/quick.toml -o runs/quick");
  const auto arguments = std::make_shared<StudyArguments>();
  command.add_option("FILE", arguments->file, "study file (TOML)")->required();
  command.add_option("-o,--output", arguments->run, "folder of the run (default: runs/ and the file's name)");
  command.add_flag("--resume", arguments->resume,
                   "also continue a run of an earlier version of this study file; what is unchanged is kept");
  command.add_flag("--json", arguments->as_json, "print the summary as JSON");
  command.callback([arguments] { run_study_command(*arguments); });
}

}  // namespace nwedge::cli
