#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>

#include "nwedge/io/atomic_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

namespace fs = std::filesystem;

const std::string kQuick = std::string(NWEDGE_SOURCE_DIR) + "/studies/quick.toml";

/// Many short trainings: a signal in the middle finds some finished and some not.
constexpr std::string_view kLong = R"(
seeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
[landscape.model]
kind = "wedge"
dimension = 500
wedges = 10
short-directions = 20
[landscape.model.training]
steps = 20000
record-points = 3
)";

/// Every file of a run's records; of the JSON files all but the provenance.
std::map<std::string, std::string> records(const fs::path& run) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(run / "records")) {
    if (entry.path().filename().string().front() == '.') continue;  // what kill -9 left half written
    std::string text = io::read_text(entry.path());
    if (entry.path().extension() == ".json") {
      auto document = nlohmann::json::parse(text);
      document.erase("provenance");
      text = document.dump();
    }
    all[entry.path().filename().string()] = text;
  }
  return all;
}

std::size_t finished_cells(const fs::path& run) {
  std::size_t count = 0;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(run / "records", code))
    count += entry.path().extension() == ".json";
  return count;
}

class StudyCommand : public testing::Test {
 protected:
  StudyCommand() { surroundings_.folder = folder_.path(); }

  Finished run(const std::vector<std::string>& arguments) { return run_program(arguments, surroundings_); }

  /// Runs kLong into "run", sends `signal` once the first record is there, and waits.
  Finished interrupt(int signal) {
    io::write_atomically(folder_ / "long.toml", kLong);
    Program program({"study", "long.toml", "-o", "run"}, surroundings_);
    while (finished_cells(folder_ / "run") == 0) ::usleep(1000);
    program.send(signal);
    return program.wait();
  }

  void expect_continues_as_if_never_stopped() {
    const std::size_t before = finished_cells(folder_ / "run");
    ASSERT_LT(before, 20u);
    const Finished again = run({"study", "long.toml", "-o", "run", "--json"});
    ASSERT_EQ(again.code, 0) << again.message;
    EXPECT_EQ(nlohmann::json::parse(again.output)["reused"], before);
    ASSERT_EQ(run({"study", "long.toml", "-o", "whole"}).code, 0);
    EXPECT_EQ(records(folder_ / "run"), records(folder_ / "whole"));
  }

  TemporaryFolder folder_;
  Program::Surroundings surroundings_;
};

TEST_F(StudyCommand, RunsTheQuickStudyAndRunsItOnlyOnce) {
  const Finished first = run({"study", kQuick, "-o", "run"});
  ASSERT_EQ(first.code, 0) << first.message;
  EXPECT_EQ(first.message.find("failed"), std::string::npos) << first.message;
  EXPECT_NE(first.output.find("Averaging needs one wedge"), std::string::npos) << first.output;
  const auto before = records(folder_ / "run");
  const Finished second = run({"study", kQuick, "-o", "run", "--json"});
  ASSERT_EQ(second.code, 0) << second.message;
  const auto summary = nlohmann::json::parse(second.output);
  EXPECT_EQ(summary["computed"], 0);
  EXPECT_EQ(summary["reused"], summary["cells"]);
  EXPECT_EQ(records(folder_ / "run"), before);
}

TEST_F(StudyCommand, GivesTheSameBytesOnAnyNumberOfThreads) {
  ASSERT_EQ(run({"study", kQuick, "-o", "one", "--threads", "1"}).code, 0);
  ASSERT_EQ(run({"study", kQuick, "-o", "three", "--threads", "3"}).code, 0);
  EXPECT_EQ(records(folder_ / "one"), records(folder_ / "three"));
}

TEST_F(StudyCommand, QuietSaysNothingWhenAllIsWell) {
  EXPECT_EQ(run({"study", kQuick, "--quiet"}).message, "");
  EXPECT_TRUE(fs::exists(folder_ / "runs/quick/plan.json")) << "the folder's name comes from the file's";
}

TEST_F(StudyCommand, InterruptKeepsWhatIsFinishedAndSaysHowToContinue) {
  const Finished stopped = interrupt(SIGINT);
  EXPECT_EQ(stopped.code, 130);
  EXPECT_NE(stopped.message.find("continue with\n  nwedge study long.toml -o run\n"), std::string::npos)
      << stopped.message;
  expect_continues_as_if_never_stopped();
}

TEST_F(StudyCommand, SurvivesBeingKilled) {
  EXPECT_EQ(interrupt(SIGKILL).code, 128 + SIGKILL);
  expect_continues_as_if_never_stopped();
}

TEST_F(StudyCommand, TerminationIsAnInterrupt) { EXPECT_EQ(interrupt(SIGTERM).code, 128 + SIGTERM); }

TEST_F(StudyCommand, FullDiskIsAnErrorAndLosesNothing) {
  io::write_atomically(folder_ / "two.toml", R"(
seeds = [0]
[landscape.small]
kind = "wedge"
dimension = 100
[landscape.small.training]
steps = 100
[landscape.large]
kind = "wedge"
dimension = 100000
[landscape.large.training]
steps = 100
)");
  surroundings_.file_limit = 100000;
  const Finished full = run({"study", "two.toml", "-o", "run", "--threads", "2"});
  EXPECT_EQ(full.code, 2);
  EXPECT_NE(full.message.find("train.large.seed-0.safetensors] cannot write: File too large\n"),
            std::string::npos)
      << full.message;
  surroundings_.file_limit = -1;
  ASSERT_EQ(run({"study", "two.toml", "-o", "run"}).code, 0);
  ASSERT_EQ(run({"study", "two.toml", "-o", "whole"}).code, 0);
  EXPECT_EQ(records(folder_ / "run"), records(folder_ / "whole"));
}

TEST_F(StudyCommand, FolderThatCannotBeWrittenIsAnError) {
  const Finished finished = run({"study", kQuick, "-o", "/proc/run"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_EQ(finished.message.rfind("nwedge: [/proc/run] cannot make the folder", 0), 0u) << finished.message;
}

TEST_F(StudyCommand, UnknownKeyIsOneLineWithFileLineAndNearestKey) {
  io::write_atomically(folder_ / "s.toml", "title = \"x\"\nsedes = [0]\n");
  const Finished finished = run({"study", "s.toml"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_EQ(finished.message, "nwedge: [s.toml:2] unknown key \"sedes\"; did you mean \"seeds\"?\n");
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
}

TEST_F(StudyCommand, CheckShowsThePlanAndItsPrice) {
  const Finished finished = run({"check", kQuick, "--json"});
  ASSERT_EQ(finished.code, 0) << finished.message;
  const auto plan = nlohmann::json::parse(finished.output);
  EXPECT_EQ(plan["landscapes"].size(), 2u);
  EXPECT_EQ(plan["cells"][0]["experiment"], "train");
  EXPECT_EQ(plan["cells"][0]["count"], 3);
  EXPECT_GT(plan["seconds"], 0);
  EXPECT_EQ(run({"check", kQuick}).code, 0);
  EXPECT_FALSE(fs::exists(folder_ / "runs")) << "check computes nothing";
}

TEST(Studies, EveryStudyInTheRepositoryIsValid) {
  for (const auto& entry : fs::directory_iterator(std::string(NWEDGE_SOURCE_DIR) + "/studies"))
    EXPECT_EQ(run_program({"check", entry.path().string(), "--quiet"}).code, 0) << entry.path();
}

}  // namespace
}  // namespace nwedge::test
