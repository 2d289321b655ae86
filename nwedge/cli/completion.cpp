#include <fmt/core.h>

#include "nwedge/cli/command_list.hpp"
#include "nwedge/core/error.hpp"

namespace nwedge::cli {
namespace {

/// Single-quoted for a shell; `special` is escaped by a backslash.
std::string quoted(const std::string& text, const std::string& special = "") {
  std::string result = "'";
  for (const char c : text) {
    if (special.find(c) != std::string::npos) result += '\\';
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return result + "'";
}

std::string quoted_for_fish(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string words_of(const ListedCommand& command) {
  std::string words;
  for (const ListedOption& option : command.options) {
    if (option.is_argument) continue;
    words += (words.empty() ? "--" : " --") + option.name;
    if (!option.letter.empty()) words += " -" + option.letter;
  }
  return words;
}

std::string bash(const std::vector<ListedCommand>& commands) {
  std::string names;
  std::string cases;
  for (const ListedCommand& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command.name, words_of(command));
  }
  return fmt::format(R"(# bash completion for nwedge
_nwedge() {{
  local word command="" words="--help --version --threads --quiet"
  local current=${{COMP_WORDS[COMP_CWORD]}}
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word == -* ]] || {{ command=$word; break; }}
  done
  case $command in
    "") [[ $current == -* ]] || words="{0}" ;;
    help) words="{0}" ;;
    completion) [[ $current == -* ]] || words="bash zsh fish" ;;
{1}  esac
  if [[ $current == -* || -z $command || $command == help || $command == completion ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _nwedge nwedge
)",
                     names, cases);
}

std::string zsh(const std::vector<ListedCommand>& commands) {
  std::string names;
  std::string cases;
  for (const ListedCommand& command : commands) {
    names += fmt::format("    {}:{}\n", command.name, quoted(command.summary, ":\\"));
    cases += fmt::format("    {})\n      options=(\n", command.name);
    for (const ListedOption& option : command.options)
      if (!option.is_argument)
        cases +=
            fmt::format("        {}\n", quoted("--" + option.name) + ":" + quoted(option.meaning, ":\\"));
    cases += "      ) ;;\n";
  }
  return fmt::format(R"(#compdef nwedge
_nwedge() {{
  local -a commands options
  commands=(
{}  )
  if (( CURRENT == 2 )) || [[ ${{words[2]}} == help ]]; then
    _describe -t commands 'command' commands
    return
  fi
  if [[ ${{words[2]}} == completion && $PREFIX != -* ]]; then
    compadd bash zsh fish
    return
  fi
  case ${{words[2]}} in
{}  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o -t options 'option' options
  else
    _files
  fi
}}
_nwedge "$@"
)",
                     names, cases);
}

std::string fish(const std::vector<ListedCommand>& commands) {
  std::string text =
      "# fish completion for nwedge\n"
      "complete -c nwedge -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n";
  std::string names;
  for (const ListedCommand& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    text += fmt::format("complete -c nwedge -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                        quoted_for_fish(command.summary));
    for (const ListedOption& option : command.options)
      if (!option.is_argument)
        text += fmt::format("complete -c nwedge -n '__fish_seen_subcommand_from {}' -l {}{}{} -d {}\n",
                            command.name, option.name, option.letter.empty() ? "" : " -s " + option.letter,
                            option.type.empty() ? "" : " -r", quoted_for_fish(option.meaning));
  }
  return text + fmt::format("complete -c nwedge -n '__fish_seen_subcommand_from help' -f -a '{}'\n", names);
}

}  // namespace

std::string completion_script(const std::vector<ListedCommand>& commands, const std::string& shell) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  throw Error("nwedge completion", fmt::format("the shell must be bash, zsh or fish, is \"{}\"", shell));
}

}  // namespace nwedge::cli
