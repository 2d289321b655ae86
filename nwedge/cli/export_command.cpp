#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/study/export.hpp"

namespace nwedge::cli {
namespace {

struct ExportArguments {
  std::string run;
  std::string folder;
  bool as_json = false;
};

void run_export_command(const ExportArguments& arguments) {
  std::filesystem::path folder = arguments.folder;
  if (folder.empty()) folder = std::filesystem::path(arguments.run) / "export";
  const study::Run run = study::read_run(arguments.run);
  if (!settings().quiet)
    for (const std::string& problem : run.problems) note_line(problem, "(left out)");
  const auto files = study::export_run(run, folder, stop_monitor());
  if (!arguments.as_json) return fmt::print("{} files in {}\n", files.size(), folder.string());
  nlohmann::json names = nlohmann::json::array();
  for (const auto& file : files) names.push_back(file.filename().string());
  print_json({{"folder", folder.string()}, {"files", names}});
}

}  // namespace

void add_export_command(CLI::App& program) {
  CLI::App& command = add_command(program, "export", "Write a run's results as CSV tables and VTK files.",
                                  "nwedge export runs/poster -o tables");
  const auto arguments = std::make_shared<ExportArguments>();
  command.add_option("RUN", arguments->run, "folder of the run")->required();
  command.add_option("-o,--output", arguments->folder, "folder to write to (default: RUN/export)");
  command.add_flag("--json", arguments->as_json, "print the files' names as JSON");
  command.callback([arguments] { run_export_command(*arguments); });
}

}  // namespace nwedge::cli
