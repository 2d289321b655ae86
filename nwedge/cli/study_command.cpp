#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/ranks.hpp"
#include "nwedge/cli/run_study.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/io/atomic_file.hpp"

namespace nwedge::cli {
namespace {

struct StudyArguments {
  std::string file;
  StudyOutput output;
  bool collect = false;
  bool threads_given = false;
};

void run_here(const StudyArguments& arguments) {
  const std::string text = io::read_text(arguments.file);
  run_study(study::parse_study(text, arguments.file), text, arguments.output);
}

/// Rank 0 does what one process would do, with the others' hands; the others serve it in silence.
void run_together(StudyArguments arguments) {
  const std::unique_ptr<JoinedRanks> ranks = join_ranks();
  if (ranks->rank() > 0) {
    continue_with("");
    study::serve(*ranks, stop_monitor());
    return ranks->leave();
  }
  const study::Company company{*ranks, arguments.file, arguments.collect};
  arguments.output.company = &company;
  std::exception_ptr thrown;
  try {
    run_here(arguments);
  } catch (const Cancelled&) {
    throw;  // the launcher stops the others
  } catch (...) {
    thrown = std::current_exception();
  }
  study::dismiss(*ranks);
  ranks->leave();
  if (thrown) std::rethrow_exception(thrown);
}

void run_study_command(StudyArguments arguments) {
  std::string& folder = arguments.output.folder;
  if (folder.empty())
    folder = (std::filesystem::path("runs") / std::filesystem::path(arguments.file).stem()).string();
  const int processes = processes_started_together();
  continue_with(
      fmt::format("{}nwedge study {} -o {}{}", processes > 1 ? fmt::format("mpirun -n {} ", processes) : "",
                  shell_word(arguments.file), shell_word(folder), arguments.collect ? " --collect" : ""));
  if (processes == 1) {
    if (arguments.collect)
      throw Error("--collect", "belongs to many processes, there is one; start them with mpirun or srun");
    return run_here(arguments);
  }
  if (!arguments.threads_given) set_thread_count(1);  // a rank for each processor is what launchers expect
  run_together(std::move(arguments));
}

}  // namespace

void add_study_command(CLI::App& program) {
  CLI::App& command = add_command(
      program, "study",
      "Run a study file: train, experiment, report. Continues where it was stopped. Under mpirun or srun all "
      "processes share the work.",
      "nwedge study studies/quick.toml -o runs/quick");
  const auto arguments = std::make_shared<StudyArguments>();
  command.add_option("FILE", arguments->file, "study file (TOML)")->required();
  command.add_option("-o,--output", arguments->output.folder,
                     "folder of the run (default: runs/ and the file's name)");
  command.add_flag("--resume", arguments->output.resume,
                   "also continue a run of an earlier version of this study file; what is unchanged is kept");
  command.add_flag("--json", arguments->output.as_json, "print the summary as JSON");
  command.add_flag("--collect", arguments->collect,
                   "of many processes: only the first writes into the folder; where machines share none");
  command.callback([&program, &command, arguments] {
    arguments->threads_given = program.count("--threads") + command.count("--threads") > 0;
    run_study_command(*arguments);
  });
}

}  // namespace nwedge::cli
