#pragma once
#include <CLI/App.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace nwedge::cli {

/// What the options that every command has were set to. `--threads` acts at once.
struct Settings {
  bool quiet = false;        ///< --quiet: nothing on stderr but errors
  std::string command_line;  ///< as a shell takes it
  int exit_code = 0;         ///< of a command that ends without an error
};

/// The settings of this run of the program.
Settings& settings();

/// Adds a command with the options that every command has. `example` is shown at the end of its --help.
/// The caller adds its own options and the callback that does the work.
CLI::App& add_command(CLI::App& program, const std::string& name, const std::string& summary,
                      const std::string& example);

/// Adds --threads, --quiet and --help.
void add_general_options(CLI::App& command);

/// One line that says what is wrong with the command line, with the nearest option or command where there is
/// one.
std::string describe(const CLI::App& program, const CLI::ParseError& error);

/// An argument as a shell takes it back: in quotes where it needs them.
std::string shell_word(const std::string& argument);

/// Writes on stderr. What cannot be written there is lost: a log that is full or closed stops no work.
void note(std::string_view text) noexcept;

/// "nwedge: BEGIN END" as one line of at most 300 bytes.
void note_line(std::string_view begin, std::string_view end = "") noexcept;

/// A line as `note_line` writes it, unless it is empty or --quiet was given.
void say_unless_quiet(std::string_view line) noexcept;

/// Throws when an option of the group `other` was given, which `kind` does not have.
void refuse_group(const CLI::App& command, const std::string& other, const std::string& kind);

/// Prints one JSON value, indented, on stdout; NaN and infinity become null, bytes that are no UTF-8
/// "\ufffd".
void print_json(const nlohmann::json& value);

}  // namespace nwedge::cli
