#include <fmt/core.h>

#include <cstdint>

#include "nwedge/cli/command_list.hpp"
#include "nwedge/core/version.hpp"

namespace nwedge::cli {
namespace {

/// The character that begins at `at`, as troff names it in any locale, and moves `at` behind it.
std::string named(const std::string& text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::size_t more = byte(at) >= 0xf0 ? 3 : byte(at) >= 0xe0 ? 2 : 1;
  std::uint32_t code = byte(at++) & (0x3fu >> more);
  for (std::size_t i = 0; i < more && at < text.size(); ++i) code = code << 6 | (byte(at++) & 0x3fu);
  return fmt::format("\\[u{:04X}]", code);
}

/// Text as troff prints it: no line begins with its control characters, and a minus is one.
std::string escaped(const std::string& text) {
  std::string result = "\\&";
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<std::uint8_t>(text[at]) >= 0x80) {
      result += named(text, at);
      continue;
    }
    const char c = text[at++];
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if (c == '\n')
      result += "\n\\&";
    else
      result += c;
  }
  return result;
}

std::string heading_of(const ListedOption& option) {
  const std::string letter = option.letter.empty() ? "" : fmt::format("\\-{}, ", option.letter);
  const std::string name = option.is_argument ? escaped(option.name) : "\\-\\-" + escaped(option.name);
  const std::string type =
      option.is_argument || option.type.empty() ? "" : fmt::format(" \\fI{}\\fR", option.type);
  return fmt::format("\\fB{}{}\\fR{}", letter, name, type);
}

bool is_general(const ListedOption& option) { return option.group == "General" || option.name == "help"; }

std::string options_of(const ListedCommand& command) {
  std::string text;
  for (const ListedOption& option : command.options)
    if (!is_general(option))
      text += fmt::format(".TP\n{}\n{}\n", heading_of(option), escaped(option.meaning));
  return text;
}

}  // namespace

std::string manual_page(const std::vector<ListedCommand>& commands) {
  std::string text = fmt::format(
      ".TH NWEDGE 1 \"\" \"nwedge {}\" \"User Commands\"\n"
      ".SH NAME\nnwedge \\- large\\-scale structure of loss landscapes\n"
      ".SH SYNOPSIS\n.B nwedge\n.I COMMAND\n[\\fIOPTIONS\\fR]\n"
      ".SH DESCRIPTION\nThe n\\-wedge model of neural networks' loss landscapes and real networks, side by "
      "side: the same experiments on both, and a verdict for each claim.\n"
      ".SH GENERAL OPTIONS\nEvery command has these.\n",
      version());
  if (!commands.empty())
    for (const ListedOption& option : commands.front().options)
      if (is_general(option))
        text += fmt::format(".TP\n{}\n{}\n", heading_of(option), escaped(option.meaning));
  text += ".SH COMMANDS\n";
  for (const ListedCommand& command : commands)
    text += fmt::format(".SS {}\n{}\n.PP\n.nf\n.RS\n{}\n.RE\n.fi\n{}", escaped(command.name),
                        escaped(command.summary), escaped(command.example), options_of(command));
  return text +
         ".SH EXIT STATUS\n.TP\n.B 0\nsuccess\n.TP\n.B 2\na mistake in the input: one line on standard error "
         "says which\n.TP\n.B 3\nfinished, but cells failed: the output says which and why\n.TP\n.B 70\na "
         "bug\n"
         ".TP\n.B 128 + signal\nstopped by that signal\n";
}

}  // namespace nwedge::cli
