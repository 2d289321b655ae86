#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/run_study.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/io/atomic_file.hpp"

namespace nwedge::cli {
namespace {

struct StudyArguments {
  std::string file;
  StudyOutput output;
};

void run_study_command(StudyArguments arguments) {
  const std::string text = io::read_text(arguments.file);
  std::string& folder = arguments.output.folder;
  if (folder.empty())
    folder = (std::filesystem::path("runs") / std::filesystem::path(arguments.file).stem()).string();
  continue_with(fmt::format("nwedge study {} -o {}", shell_word(arguments.file), shell_word(folder)));
  run_study(study::parse_study(text, arguments.file), text, arguments.output);
}

}  // namespace

void add_study_command(CLI::App& program) {
  CLI::App& command = add_command(
      program, "study", "Run a study file: train, experiment, report. Continues where it was stopped.",
      "nwedge study studies/quick.toml -o runs/quick");
  const auto arguments = std::make_shared<StudyArguments>();
  command.add_option("FILE", arguments->file, "study file (TOML)")->required();
  command.add_option("-o,--output", arguments->output.folder,
                     "folder of the run (default: runs/ and the file's name)");
  command.add_flag("--resume", arguments->output.resume,
                   "also continue a run of an earlier version of this study file; what is unchanged is kept");
  command.add_flag("--json", arguments->output.as_json, "print the summary as JSON");
  command.callback([arguments] { run_study_command(*arguments); });
}

}  // namespace nwedge::cli
