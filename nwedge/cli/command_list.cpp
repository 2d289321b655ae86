#include "nwedge/cli/command_list.hpp"

#include <CLI/CLI.hpp>

namespace nwedge::cli {
namespace {

ListedOption listed(const CLI::Option& option) {
  ListedOption result;
  result.is_argument = option.get_lnames().empty() && option.get_snames().empty();
  result.name = result.is_argument            ? option.get_name()
                : option.get_lnames().empty() ? ""
                                              : option.get_lnames()[0];
  if (!option.get_snames().empty()) result.letter = option.get_snames()[0];
  if (option.get_expected_max() > 0) result.type = option.get_type_name();
  result.meaning = option.get_description();
  result.group = option.get_group();
  return result;
}

/// What stands below "Example:" at the end of the command's help.
std::string example_of(const CLI::App& command) {
  const std::string footer = command.get_footer();
  const std::size_t begin = footer.find("nwedge ");
  return begin == std::string::npos ? "" : footer.substr(begin);
}

}  // namespace

std::vector<ListedCommand> list_commands(const CLI::App& program) {
  std::vector<ListedCommand> commands;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    ListedCommand one = {command->get_name(), command->get_description(), example_of(*command), {}};
    for (const CLI::Option* option : command->get_options()) one.options.push_back(listed(*option));
    commands.push_back(std::move(one));
  }
  return commands;
}

}  // namespace nwedge::cli
