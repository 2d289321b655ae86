#pragma once
#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace nwedge::cli {

/// An option as help, completion and manual name it.
struct ListedOption {
  std::string name;     ///< "output": without dashes; of an argument in its place, "FILE"
  std::string letter;   ///< "o", or empty
  std::string type;     ///< "TEXT"; empty: it takes no value
  std::string meaning;  ///< one line
  std::string group;    ///< heading in --help
  bool is_argument = false;
};

struct ListedCommand {
  std::string name;
  std::string summary;
  std::string example;  ///< one or more lines
  std::vector<ListedOption> options;
};

/// The program's commands with their options, in the order of `nwedge --help`, from the definitions that the
/// command line is parsed by.
std::vector<ListedCommand> list_commands(const CLI::App& program);

/// What a shell (bash, zsh or fish) completes the program's command line with.
std::string completion_script(const std::vector<ListedCommand>& commands, const std::string& shell);

/// The manual page nwedge(1), in troff's man macros.
std::string manual_page(const std::vector<ListedCommand>& commands);

}  // namespace nwedge::cli
