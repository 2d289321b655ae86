#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/ranks.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/instruction_set.hpp"
#include "nwedge/core/version.hpp"

namespace nwedge::cli {
namespace {

// What the program ends with besides 0 and 128 + a signal (docs/studies.md).
constexpr int kUserError = 2;
constexpr int kBug = 70;  // from sysexits.h: an internal software error

void add_commands(CLI::App& program) {
  add_study_command(program);
  add_report_command(program);
  add_check_command(program);
  add_train_command(program);
  add_evaluate_command(program);
  add_section_command(program);
  add_align_command(program);
  add_advise_command(program);
  add_export_command(program);
  add_wedges_command(program);
  add_predict_command(program);
  add_options_command(program);
  add_experiment_commands(program);
  add_help_commands(program);
}

std::string command_line(int argc, char** argv) {
  std::string line = "nwedge";
  for (int i = 1; i < argc; ++i) line += " " + shell_word(argv[i]);
  return line;
}

/// Many processes would each do the same work, into the same files.
void require_one_process_but_for_studies(std::string_view command) {
  const int processes = processes_started_together();
  if (processes > 1 && command != "study" && !command.starts_with('-'))
    throw Error(fmt::format("nwedge {}", command),
                fmt::format("runs as one process, {} were started together; many share a study: nwedge study",
                            processes));
}

int run(int argc, char** argv) {
  settings().command_line = command_line(argc, argv);
  limit_instruction_set_by_environment();
  require_one_process_but_for_studies(argc > 1 ? argv[1] : "");
  CLI::App program{
      "Large-scale structure of loss landscapes: the n-wedge model and real networks, side by side."};
  add_general_options(program);
  program.set_version_flag("--version", fmt::format("nwedge {} ({})", version(), name_of(instruction_set())))
      ->group("General");
  program.require_subcommand(1, 1);
  program.footer("\nEach command explains itself: nwedge COMMAND --help");
  add_commands(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      note_line(describe(program, error));
      return kUserError;
    }
    program.exit(error);  // --help, --version
  }
  std::cout.flush();
  if (std::fflush(stdout) != 0 || !std::cout)
    throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
  return settings().exit_code;
}

/// What became of an exception that ends the program. Never throws: there is nobody left to tell.
int end_with(const std::exception_ptr& exception) noexcept try {
  std::rethrow_exception(exception);
} catch (const Cancelled&) {
  return end_stopped();
} catch (const Error& error) {
  note_line(error.what());
  return kUserError;
} catch (const std::bad_alloc&) {
  note("nwedge: [memory] not enough memory; choose a smaller dimension, grid or number of points\n");
  return kUserError;
} catch (const std::length_error&) {  // of a container that no memory could hold
  note("nwedge: [memory] not enough memory; choose a smaller dimension, grid or number of points\n");
  return kUserError;
} catch (const std::system_error& error) {  // a full stdout, a folder that went away, no more threads
  if (error.code().value() == EPIPE) return 128 + SIGPIPE;  // as if the signal had come
  note_line("[system]", error.what());
  return kUserError;
} catch (const std::exception& error) {
  note_line("internal error:", error.what());
  note_line("This is a bug in nwedge", version());
  note_line(
      "Please report it at the project's issue tracker with these lines, the command and the study file.");
  return kBug;
}

/// A file that is opened while a standard stream is closed takes its number, and would get what is printed.
void open_standard_streams() {
  for (const auto& [descriptor, mode] : {std::pair{STDIN_FILENO, O_RDONLY},
                                         // printing fails as it does on a closed stream
                                         {STDOUT_FILENO, O_RDONLY},
                                         {STDERR_FILENO, O_WRONLY}})
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", mode) < 0) ::_exit(kBug);
}

}  // namespace
}  // namespace nwedge::cli

int main(int argc, char** argv) {
  using namespace nwedge::cli;
  open_standard_streams();
  install_stop_signals();
  try {
    return run(argc, argv);
  } catch (...) {
    return end_with(std::current_exception());
  }
}
