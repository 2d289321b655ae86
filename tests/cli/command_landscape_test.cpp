#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "nwedge/io/atomic_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

using nlohmann::json;

class LandscapeOfACommand : public testing::Test {
 protected:
  LandscapeOfACommand() { surroundings_.folder = folder_.path(); }

  Finished run(const std::vector<std::string>& arguments) const {
    return run_program(arguments, surroundings_);
  }
  Finished straight_line(const std::string& command) const {
    return run({"straight-line", "--landscape", "command:" + command, "--optima", "1", "--train-steps", "20",
                "--train-learning-rate", "1e-4", "-o", "run"});
  }
  json record(const std::string& id) const {
    return json::parse(std::ifstream(folder_ / ("run/records/" + id + ".json")));
  }
  /// Waits until a file has a line.
  std::string line_of(const std::string& name) const {
    std::string line;
    for (int i = 0; i < 2000 && line.empty(); ++i) {
      std::getline(std::ifstream(folder_ / name), line);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return line;
  }

  TemporaryFolder folder_;
  Program::Surroundings surroundings_;
};

TEST_F(LandscapeOfACommand, IsExperimentedOnAndRecordedAsOneFromOutside) {
  const Finished finished = straight_line(NWEDGE_VALLEY);
  ASSERT_EQ(finished.code, 0) << finished.message;
  const json trained = record("train.command.seed-0");
  EXPECT_EQ(trained["landscape"]["kind"], "command");
  EXPECT_EQ(trained["landscape"]["options"]["command"], NWEDGE_VALLEY);
  EXPECT_EQ(trained["result"]["outside"]["name"], "Rosenbrock's valley");
  EXPECT_EQ(trained["result"]["outside"]["curvature"], "central differences");
  EXPECT_LT(trained["result"]["optimum"]["train"]["loss"], 24.2);
  EXPECT_EQ(straight_line(NWEDGE_VALLEY).message.find("train.command"), std::string::npos)
      << "it is there already";
  EXPECT_EQ(run({"study", "run/study.toml", "-o", "again"}).code, 0);
}

TEST_F(LandscapeOfACommand, BelongsToTheDigestWithItsFiles) {
  std::filesystem::copy_file(NWEDGE_VALLEY, folder_ / "mine");
  const auto digest = [&] {
    EXPECT_EQ(straight_line("./mine").code, 0);
    const json found = record("straight-line.command")["digest"];
    std::filesystem::remove_all(folder_ / "run");
    return found;
  };
  const json before = digest();
  EXPECT_EQ(digest(), before);
  std::ofstream(folder_ / "mine", std::ios::app) << "another version";
  EXPECT_NE(digest(), before);
}

TEST_F(LandscapeOfACommand, StandsInAStudyBesideOthers) {
  io::write_atomically(folder_ / "s.toml", std::string(R"(seeds = [0]
[landscape.valley]
kind = "command"
command = ")") + NWEDGE_VALLEY + R"("
[landscape.valley.training]
steps = 20
learning-rate = 1e-4
[landscape.wedge]
kind = "wedge"
dimension = 20
short-directions = 4
[landscape.wedge.training]
steps = 20
[[experiment]]
kind = "section"
directions = "random"
grid = [3, 3]
)");
  EXPECT_EQ(run({"check", "s.toml"}).code, 0);
  const Finished finished = run({"study", "s.toml", "-o", "run"});
  ASSERT_EQ(finished.code, 0) << finished.message;
  EXPECT_EQ(record("section.valley.seed-0")["result"]["examples"]["train"], 0);
}

TEST_F(LandscapeOfACommand, ThatFailsIsOneLine) {
  const auto expect = [&](const std::vector<std::string>& arguments, const std::string& line) {
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.code, 2) << finished.message;
    EXPECT_EQ(std::count(finished.message.begin(), finished.message.end(), '\n'), 1) << finished.message;
    EXPECT_NE(finished.message.find(line), std::string::npos) << finished.message;
  };
  expect({"straight-line", "--landscape", "command:exit 3"}, "[exit 3] the program must go on answering");
  expect({"straight-line", "--landscape", "command:"}, "command must be what a shell can run");
  expect({"straight-line", "--landscape", "command"}, "command must be what a shell can run");
  expect({"straight-line", "--landscape", "command:x", "--command", "y"},
         "must be \"command\" where --command");
  expect({"straight-line", "--landscape", "wegde"},
         "must be network, wedge or command:TEXT, is \"wegde\"; did you "
         "mean \"wedge\"?");
  expect({"straight-line", "--landscape", "command:x", "--model", "mlp:5"}, "--model");
  expect({"straight-line", "--landscape", "command:sleep 100", "--answer-within", "0.2"},
         "must answer within 0.2 s");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

TEST_F(LandscapeOfACommand, ThatDiesOnTheWayFailsItsCells) {
  std::ofstream(folder_ / "dies") << "(sleep 1; kill $$) & exec " << NWEDGE_VALLEY;
  const std::vector<std::string> line = {"straight-line",
                                         "--landscape",
                                         "command:sh dies",
                                         "--optima",
                                         "1",
                                         "--train-steps",
                                         "1000000",
                                         "-o",
                                         "run",
                                         "--train-learning-rate",
                                         "1e-4"};
  const Finished finished = run(line);
  EXPECT_EQ(finished.code, 3) << finished.message;
  EXPECT_NE(finished.output.find("has ended (exit status 143, signal Terminated)"), std::string::npos)
      << finished.output;
}

TEST_F(LandscapeOfACommand, IsKilledByAnInterrupt) {
  for (const char* hangs : {"", "sleep 1000; "}) {
    const std::string command = std::string("echo $$ >process; ") + hangs + "exec " + NWEDGE_VALLEY;
    std::filesystem::remove(folder_ / "process");
    std::filesystem::remove_all(folder_ / "runs");
    Program program({"straight-line", "--landscape", "command:" + command, "--train-steps", "1000000000",
                     "--train-learning-rate", "1e-5"},
                    surroundings_);
    const std::string process = line_of("process");
    ASSERT_FALSE(process.empty());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    program.send(SIGINT);
    EXPECT_EQ(program.wait().code, 128 + SIGINT);
    bool there = true;
    for (int i = 0; i < 300 && there; ++i) {
      there = std::filesystem::exists("/proc/" + process);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_FALSE(there) << "hanging: " << hangs;
  }
}

}  // namespace
}  // namespace nwedge::test
