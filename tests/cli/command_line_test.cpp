#include <gtest/gtest.h>

#include <sstream>

#include "nwedge/io/atomic_file.hpp"
#include "tests/cli/program.hpp"

namespace nwedge::test {
namespace {

/// The commands that `nwedge --help` lists.
std::vector<std::string> commands() {
  std::istringstream help(run_program({"--help"}).output);
  std::vector<std::string> names;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (listed && line.rfind("  ", 0) == 0) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    listed = (listed || line == "Subcommands:") && !(listed && line.empty());
  }
  return names;
}

TEST(CommandLine, TellsItsVersion) {
  const Finished finished = run_program({"--version"});
  EXPECT_EQ(finished.code, 0);
  EXPECT_EQ(finished.output.rfind("nwedge ", 0), 0u) << finished.output;
}

TEST(CommandLine, EveryCommandExplainsItselfWithAnExample) {
  ASSERT_GE(commands().size(), 3u);
  for (const std::string& command : commands()) {
    const Finished finished = run_program({command, "--help"});
    EXPECT_EQ(finished.code, 0) << command;
    EXPECT_NE(finished.output.find("Example:\n  nwedge " + command), std::string::npos) << finished.output;
    EXPECT_NE(finished.output.find("--threads"), std::string::npos) << command;
  }
}

/// One line on stderr, nothing on stdout, exit 2.
void expect_user_error(const std::vector<std::string>& arguments, const std::string& line) {
  const Finished finished = run_program(arguments);
  EXPECT_EQ(finished.code, 2);
  EXPECT_EQ(finished.output, "");
  EXPECT_EQ(finished.message, "nwedge: " + line + "\n");
}

TEST(CommandLine, MistakesAreOneLineWithTheNearestWord) {
  expect_user_error({}, "[command line] a command is required; see nwedge --help");
  expect_user_error({"stduy"},
                    "[command line] unknown command \"stduy\"; did you mean \"study\"?; see nwedge --help");
  expect_user_error(
      {"study", "a.toml", "--resmue"},
      "[nwedge study] unknown option \"--resmue\"; did you mean \"--resume\"?; see nwedge study --help");
  expect_user_error({"study"}, "[nwedge study] FILE is required; see nwedge study --help");
  expect_user_error({"study", "a.toml", "b.toml"},
                    "[nwedge study] unexpected argument \"b.toml\"; see nwedge study --help");
  expect_user_error({"study", "a.toml", "-o"},
                    "[nwedge study] --output needs a value; see nwedge study --help");
  expect_user_error({"study", "a.toml", "--threads", "0"}, "[threads] must be at least 1, is 0");
  expect_user_error({"study", "no-such.toml"}, "[no-such.toml] cannot read: No such file or directory");
  expect_user_error({"study", "/"}, "[/] cannot read: Is a directory");
}

TEST(CommandLine, OutputThatCannotBeWrittenIsAnError) {
  Program::Surroundings full;
  full.output_file = "/dev/full";
  const Finished finished = run_program({"options"}, full);
  EXPECT_EQ(finished.code, 2);
  EXPECT_EQ(finished.message, "nwedge: [system] cannot write to file: No space left on device\n");
}

TEST(CommandLine, StudyDocumentListsEveryOption) {
  const std::string document = io::read_text(std::string(NWEDGE_SOURCE_DIR) + "/docs/studies.md");
  const std::string tables = run_program({"options"}).output;
  EXPECT_NE(document.find(tables), std::string::npos) << "run tools/update-docs";
}

}  // namespace
}  // namespace nwedge::test
