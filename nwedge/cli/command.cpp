#include "nwedge/cli/command.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/text.hpp"

namespace nwedge::cli {
namespace {

/// The command that was given, or the program itself.
const CLI::App& chosen(const CLI::App& program) {
  const std::vector<CLI::App*> commands = program.get_subcommands();
  return commands.empty() ? program : *commands.front();
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

/// What is wrong with an argument that nothing takes.
std::string describe_unexpected(const CLI::App& program, const std::string& argument) {
  const CLI::App& command = chosen(program);
  if (argument.rfind('-', 0) == 0) {
    const std::string name = argument.substr(0, argument.find('='));
    return fmt::format("unknown option \"{}\"{}", name, did_you_mean(name, option_names(command)));
  }
  if (&command == &program)
    return fmt::format("unknown command \"{}\"{}", argument, did_you_mean(argument, command_names(program)));
  return fmt::format("unexpected argument \"{}\"", argument);
}

std::string describe_mismatch(const std::string& text) {
  const std::string name = text.substr(0, text.find(':'));
  return text.find("missing") != std::string::npos ? name + " needs a value"
                                                   : name + " must be given once, is given more often";
}

}  // namespace

Settings& settings() {
  static Settings instance;
  return instance;
}

void add_general_options(CLI::App& command) {
  command.set_help_flag("-h,--help", "show this help");
  command.option_defaults()->group("General");
  command
      .add_option_function<int>("--threads", set_thread_count,
                                "threads to use (default: one per processor); results do not depend on it")
      ->type_name("WHOLE");
  command.add_flag("--quiet", settings().quiet, "print nothing on stderr but errors");
  command.option_defaults()->group("Options");
}

CLI::App& add_command(CLI::App& program, const std::string& name, const std::string& summary,
                      const std::string& example) {
  CLI::App& command = *program.add_subcommand(name, summary);
  add_general_options(command);
  command.footer("\nExample:\n  " + example);
  return command;
}

std::string describe(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& command = chosen(program);
  const bool none = &command == &program;
  const std::string name = none ? "nwedge" : "nwedge " + command.get_name();
  const std::vector<std::string> unexpected = program.remaining(true);
  std::string problem = error.what();
  if (!unexpected.empty())
    problem = describe_unexpected(program, unexpected.front());
  else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error))
    problem = describe_mismatch(problem);
  else if (none && dynamic_cast<const CLI::RequiredError*>(&error))
    problem = "a command is required";
  return fmt::format("[{}] {}; see {} --help", none ? "command line" : name, problem, name);
}

std::string shell_word(const std::string& argument) {
  const std::string plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@";
  if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) return argument;
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

void note(std::string_view text) noexcept {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void note_line(std::string_view begin, std::string_view end) noexcept {
  try {
    const std::string text = fmt::format("{}{}{}", begin, end.empty() ? "" : " ", end);
    note(fmt::format("nwedge: {}\n", one_line(text)));
  } catch (const std::exception&) {  // no memory for a copy
    for (const std::string_view part :
         {std::string_view("nwedge: "), begin, std::string_view(" "), end, std::string_view("\n")})
      note(part);
  }
}

void say_unless_quiet(std::string_view line) noexcept {
  if (!line.empty() && !settings().quiet) note_line(line);
}

void refuse_group(const CLI::App& command, const std::string& other, const std::string& kind) {
  for (const CLI::Option* option : command.get_options())
    if (option->get_group() == other && option->count() > 0)
      throw Error(option->get_name(), fmt::format("does not go with {}; leave it out", kind));
}

void print_json(const nlohmann::json& value) {
  fmt::print("{}\n", value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace nwedge::cli
