#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/report/report.hpp"

namespace nwedge::cli {
namespace {

struct ReportArguments {
  std::string run;
  bool as_json = false;
};

void run_report_command(const ReportArguments& arguments) {
  const std::filesystem::path path = report::write_report(arguments.run);
  if (arguments.as_json)
    print_json({{"report", path.string()}, {"bytes", std::filesystem::file_size(path)}});
  else
    fmt::print("Report: {}\n", path.string());
}

}  // namespace

void add_report_command(CLI::App& program) {
  CLI::App& command = add_command(program, "report", "Write RUN/report.html from the records of a run alone.",
                                  "nwedge report runs/poster");
  const auto arguments = std::make_shared<ReportArguments>();
  command.add_option("RUN", arguments->run, "folder of the run")->required();
  command.add_flag("--json", arguments->as_json, "print the path as JSON");
  command.callback([arguments] { run_report_command(*arguments); });
}

}  // namespace nwedge::cli
