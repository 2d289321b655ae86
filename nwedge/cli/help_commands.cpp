#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/command_list.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"

namespace nwedge::cli {
namespace {

/// What `nwedge NAME --help` prints; of the program where `name` is empty.
std::string help_of(const CLI::App& program, const std::string& name) {
  const auto formatter = program.get_formatter();
  if (name.empty()) return formatter->make_help(&program, program.get_name(), CLI::AppFormatMode::Normal);
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name)
      return formatter->make_help(command, program.get_name() + " " + name, CLI::AppFormatMode::Normal);
    names.push_back(command->get_name());
  }
  throw Error("nwedge help", fmt::format("unknown command \"{}\"{}", name, did_you_mean(name, names)));
}

void put(const std::string& text, const std::string& file) {
  if (file.empty())
    fmt::print("{}", text);
  else
    io::write_atomically(file, text);
}

void add_help(CLI::App& program) {
  CLI::App& command =
      add_command(program, "help", "Show what a command does, with its options.", "nwedge help study");
  const auto name = std::make_shared<std::string>();
  command.add_option("COMMAND", *name, "the command (default: the program)");
  command.callback([&program, name] { put(help_of(program, *name), ""); });
}

void add_completion(CLI::App& program) {
  CLI::App& command =
      add_command(program, "completion", "Print what a shell completes command lines with.",
                  "nwedge completion bash -o ~/.local/share/bash-completion/completions/nwedge");
  const auto shell = std::make_shared<std::string>();
  const auto file = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "bash, zsh or fish")->required();
  command.add_option("-o,--output", *file, "file to write to instead");
  command.callback(
      [&program, shell, file] { put(completion_script(list_commands(program), *shell), *file); });
}

void add_manual(CLI::App& program) {
  CLI::App& command =
      add_command(program, "man", "Print the manual page, for man(1).", "nwedge man -o nwedge.1");
  const auto file = std::make_shared<std::string>();
  command.add_option("-o,--output", *file, "file to write to instead");
  command.callback([&program, file] { put(manual_page(list_commands(program)), *file); });
}

}  // namespace

void add_help_commands(CLI::App& program) {
  add_help(program);
  add_completion(program);
  add_manual(program);
}

}  // namespace nwedge::cli
