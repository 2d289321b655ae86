#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

TEST(ExperimentCommands, RunOneExperimentOnOneLandscape) {
  const TemporaryFolder folder;
  const std::string run = (folder.path() / "run").string();
  const Finished outcome =
      run_program({"barriers", "--landscape", "wedge", "--dimension", "60", "--short-directions", "10",
                   "--optima", "2", "--points", "5", "-o", run, "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.message;
  const auto summary = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(summary["cells"], 3);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "run" / "report.html"));
}

TEST(ExperimentCommands, NameTheNearestOption) {
  const Finished outcome = run_program({"barriers", "--poinst", "5"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.message.find("--points"), std::string::npos) << outcome.message;
}

}  // namespace
}  // namespace nwedge::test
