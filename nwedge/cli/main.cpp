#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/version.hpp"

namespace nwedge::cli {
namespace {

// From sysexits.h: an internal software error.
constexpr int kBug = 70;
constexpr int kUserError = 2;

void add_commands(CLI::App& program) {
  add_study_command(program);
  add_report_command(program);
  add_check_command(program);
  add_train_command(program);
  add_evaluate_command(program);
  add_section_command(program);
  add_export_command(program);
  add_wedges_command(program);
  add_predict_command(program);
  add_options_command(program);
  add_experiment_commands(program);
}

int run(int argc, char** argv) {
  CLI::App program{
      "Large-scale structure of loss landscapes: the n-wedge model and real networks, side by side."};
  add_general_options(program);
  program.set_version_flag("--version", fmt::format("nwedge {}", version()))->group("General");
  program.require_subcommand(1, 1);
  program.footer("\nEach command explains itself: nwedge COMMAND --help");
  add_commands(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);
    fmt::print(stderr, "nwedge: {}\n", describe(program, error));
    return kUserError;
  }
  if (std::fflush(stdout) != 0)
    throw Error("standard output", fmt::format("cannot write: {}", std::strerror(errno)));
  return 0;
}

int stopped() {
  const std::string& resume = settings().resume;
  if (resume.empty())
    fmt::print(stderr, "nwedge: stopped on request; the same command begins again\n");
  else
    fmt::print(stderr, "nwedge: stopped on request; finished work is kept, continue with\n  {}\n", resume);
  return 128 + stop_signal();
}

}  // namespace
}  // namespace nwedge::cli

int main(int argc, char** argv) {
  using namespace nwedge;
  cli::install_stop_signals();
  try {
    return cli::run(argc, argv);
  } catch (const Cancelled&) {
    return cli::stopped();
  } catch (const Error& error) {
    fmt::print(stderr, "nwedge: {}\n", error.what());
    return cli::kUserError;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr,
               "nwedge: [memory] not enough memory; choose a smaller dimension, grid or number of points\n");
    return cli::kUserError;
  } catch (const std::system_error& error) {  // a full stdout, a folder that went away, no more threads
    fmt::print(stderr, "nwedge: [system] {}\n", error.what());
    return cli::kUserError;
  } catch (const std::exception& error) {
    fmt::print(
        stderr,
        "nwedge: internal error: {}\nThis is a bug in nwedge {}. Please report it at the project's issue "
        "tracker with this line, the command and the study file.\n",
        error.what(), version());
    return cli::kBug;
  }
}
