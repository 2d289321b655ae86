#include <gtest/gtest.h>

#include <cstdlib>

#include "nwedge/io/atomic_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

bool installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

TEST(Help, OfACommandIsItsOwn) {
  for (const std::string command : {"study", "evaluate", "barriers", "help"}) {
    const Finished help = run_program({"help", command});
    EXPECT_EQ(help.code, 0);
    EXPECT_EQ(help.output, run_program({command, "--help"}).output);
  }
  EXPECT_EQ(run_program({"help"}).output, run_program({"--help"}).output);
  const Finished unknown = run_program({"help", "stduy"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_EQ(unknown.message, "nwedge: [nwedge help] unknown command \"stduy\"; did you mean \"study\"?\n");
}

TEST(Completion, NamesEveryCommandAndOption) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Finished script = run_program({"completion", shell});
    EXPECT_EQ(script.code, 0);
    for (const char* word : {"barriers", "predict", "half-width", "train-epochs", "trajectory"})
      EXPECT_NE(script.output.find(word), std::string::npos) << word << " for " << shell;
  }
  EXPECT_EQ(run_program({"completion", "csh"}).code, 2);
}

TEST(Completion, IsTakenByTheShells) {
  const TemporaryFolder folder;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const std::string script = folder / shell;
    ASSERT_EQ(run_program({"completion", shell, "-o", script}).code, 0);
    if (installed(shell)) {
      EXPECT_EQ(std::system((shell + " -n " + script).c_str()), 0) << shell;
    }
  }
  const std::string lines = "source " + std::string(folder / "bash") + "\n" + R"--(
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nwedge; echo "${COMPREPLY[*]}"; }
[ "$(complete_words nwedge stu)" = study ] || exit 1
[ "$(complete_words nwedge train --traj)" = --trajectory ] || exit 2
[ "$(complete_words nwedge --quiet evaluate --grad)" = --gradient ] || exit 3
[ "$(complete_words nwedge help pred)" = predict ] || exit 4
[ "$(complete_words nwedge completion zs)" = zsh ] || exit 5
)--";
  io::write_atomically(folder / "check", lines);
  EXPECT_EQ(std::system(("bash " + std::string(folder / "check")).c_str()), 0);
}

TEST(Manual, HoldsEveryCommandAndIsTroff) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_program({"man", "-o", folder / "nwedge.1"}).code, 0);
  const std::string page = io::read_text(folder / "nwedge.1");
  EXPECT_EQ(page.rfind(".TH NWEDGE 1", 0), 0u);
  for (const char* part : {".SS \\&straight\\-line", "\\-\\-half\\-width", ".SH EXIT STATUS"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  if (installed("groff")) {
    const std::string check = "groff -man -Tutf8 -ww " + std::string(folder / "nwedge.1") + " 2>" +
                              std::string(folder / "warnings") + " >/dev/null";
    EXPECT_EQ(std::system(check.c_str()), 0);
    EXPECT_EQ(io::read_text(folder / "warnings"), "");
  }
}

}  // namespace
}  // namespace nwedge::test
