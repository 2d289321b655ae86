#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "nwedge/io/atomic_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSmall = R"(seeds = [0, 1]
[landscape.model]
kind = "wedge"
dimension = 20
short-directions = 4
[landscape.model.training]
steps = 5
[[experiment]]
kind = "barriers"
points = 3
)";

class Exits : public testing::Test {
 protected:
  Exits() {
    surroundings_.folder = folder_.path();
    io::write_atomically(folder_ / "s.toml", kSmall);
  }

  Finished run(const std::vector<std::string>& arguments) { return run_program(arguments, surroundings_); }

  /// Exit 2 with one line of at most 300 bytes that holds every part.
  void expect_refused(const Finished& finished, const std::vector<std::string>& parts) {
    EXPECT_EQ(finished.code, 2) << finished.message;
    EXPECT_EQ(std::count(finished.message.begin(), finished.message.end(), '\n'), 1) << finished.message;
    EXPECT_LE(finished.message.size(), 301u);
    for (const std::string& part : parts)
      EXPECT_NE(finished.message.find(part), std::string::npos) << finished.message;
  }

  TemporaryFolder folder_;
  Program::Surroundings surroundings_;
};

const std::vector<std::string> kWedge = {"--landscape",        "wedge", "--dimension", "20",
                                         "--short-directions", "4",     "--threads",   "1",
                                         "--points",           "3"};

std::vector<std::string> barriers(const std::vector<std::string>& more) {
  std::vector<std::string> words = {"barriers"};
  words.insert(words.end(), kWedge.begin(), kWedge.end());
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_F(Exits, FailedCellsAreThreeWithTheirNamesAndReasons) {
  const Finished finished = run(
      barriers({"--train-steps", "2000", "--train-learning-rate", "1e9", "--train-schedule", "constant"}));
  EXPECT_EQ(finished.code, 3) << finished.message;
  EXPECT_NE(finished.output.find("cells failed:\n  train.wedge.seed-0: training from seed 0 left the finite"),
            std::string::npos)
      << finished.output;
  EXPECT_TRUE(fs::exists(folder_ / "runs/barriers/report.html")) << "the run is finished all the same";
  EXPECT_EQ(run({"study", "s.toml", "-o", "r"}).code, 0);
}

TEST_F(Exits, MistakesThatTheOptionsShowAreFoundBeforeAnyTraining) {
  expect_refused(run(barriers({"--optima", "1", "--train-steps", "1000000"})),
                 {"barriers", "needs at least 2 optima"});
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
}

TEST_F(Exits, AClosedOrFullLogStopsNoWork) {
  for (const char* where : {"closed", "/dev/full"}) {
    surroundings_.message_file = where;
    const Finished finished = run({"study", "s.toml", "-o", "run"});
    EXPECT_EQ(finished.code, 0) << where;
    EXPECT_NE(finished.output.find("Report:"), std::string::npos) << where;
    EXPECT_EQ(run({"train", "--bogus"}).code, 2) << where;
    EXPECT_EQ(run({"study", "missing.toml"}).code, 2) << where;
    fs::remove_all(folder_ / "run");
  }
}

TEST_F(Exits, HelpThatCannotBePrintedIsAnError) {
  surroundings_.output_file = "/dev/full";
  for (const char* option : {"--help", "--version"}) EXPECT_EQ(run({option}).code, 2) << option;
}

TEST_F(Exits, LongAndHostileTextIsOneShortLine) {
  expect_refused(run({"study", std::string(2000, 'x')}), {"nwedge: ["});
  expect_refused(run({"study",
                      "a\nb\x1b[31m\xc2\x9b"
                      "c"}),
                 {"a?b?[31m?c"});
}

TEST_F(Exits, DeepTomlIsRefused) {
  std::string key = "a";
  for (int i = 0; i < 30000; ++i) key += ".a";
  for (const std::string& text :
       {key + " = 1", "[" + key + "]", "x = " + std::string(30000, '['), "x = {" + key + " = 1}"}) {
    io::write_atomically(folder_ / "deep.toml", "\n" + text + "\n");
    expect_refused(run({"check", "deep.toml"}), {"[deep.toml:2]"});
  }
}

TEST_F(Exits, NumbersWithoutEndAreRefused) {
  const std::vector<std::string> train = {"train",     "--data", "synthetic", "--model", "mlp:4",
                                          "--threads", "1",      "-o",        "x.st"};
  for (const char* epochs : {"9e15", "1e9"}) {
    std::vector<std::string> words = train;
    words.insert(words.end(), {"--epochs", epochs});
    expect_refused(run(words), {"epochs"});
  }
}

TEST_F(Exits, AValueTwiceInAListIsRefused) {
  expect_refused(run({"tunnel", "--paths", "chain,chain", "-o", "r"}),
                 {"[--paths]", "\"chain\" is given twice"});
}

TEST_F(Exits, FilesFollowTheUmask) {
  const mode_t before = ::umask(077);
  const Finished finished =
      run({"train", "--data", "synthetic", "--model", "mlp:4", "--steps", "1", "-o", "p.st"});
  ::umask(before);
  ASSERT_EQ(finished.code, 0) << finished.message;
  struct stat status = {};
  ASSERT_EQ(::stat((folder_ / "p.st").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, mode_t{0600});
}

TEST_F(Exits, DamagedPlansAreOneLine) {
  ASSERT_EQ(run({"study", "s.toml", "-o", "run"}).code, 0);
  const std::string plan = io::read_text(folder_ / "run/plan.json");
  const auto with = [&](auto change) {
    auto document = nlohmann::json::parse(plan);
    change(document);
    io::write_atomically(folder_ / "run/plan.json", document.dump());
    return run({"report", "run"});
  };
  expect_refused(with([](auto& d) { d["title"] = 7; }), {"run/plan.json] title must be a text, is 7"});
  expect_refused(with([](auto& d) { d.erase("landscapes"); }), {"landscapes is missing"});
  expect_refused(with([](auto& d) { d["cells"][0]["id"] = "../../x"; }), {"cells[0].id must be"});
  io::write_atomically(folder_ / "run/plan.json", plan.substr(0, 500));
  expect_refused(run({"report", "run"}), {"run/plan.json:", "is no valid JSON"});
  EXPECT_EQ(run({"study", "s.toml", "-o", "run"}).code, 0) << "the study mends it";
}

TEST_F(Exits, APipeInARunIsOneLine) {
  ASSERT_EQ(run({"study", "s.toml", "-o", "run"}).code, 0);
  fs::remove(folder_ / "run/study.toml");
  ASSERT_EQ(::mkfifo((folder_ / "run/study.toml").c_str(), 0600), 0);
  expect_refused(run({"report", "run"}), {"run/study.toml] cannot read: is a pipe, must be a file"});
}

TEST_F(Exits, MistakesInCommandsAreNamedAsTheCommands) {
  expect_refused(run(barriers({"--train-learning-rate", "inf"})), {"[--train-learning-rate]", "finite"});
  expect_refused(run(barriers({"--weights", "a.st", "--weights", "b.st"})), {"[--weights]", "networks"});
  expect_refused(run(barriers({"--train-steps", "1", "--train-epochs", "1"})),
                 {"[nwedge barriers --train-", "exactly one of epochs and steps"});
  const std::string odd = "a\x7f\"b.st";
  const std::vector<std::string> network = {"--data", "synthetic", "--model", "mlp:4", "--threads", "1"};
  for (const std::string& name : {odd, std::string("c.st")}) {
    std::vector<std::string> train = {"train", "--steps", "1", "-o", name};
    train.insert(train.end(), network.begin(), network.end());
    ASSERT_EQ(run(train).code, 0);
  }
  std::vector<std::string> words = {"barriers", "--weights", odd, "--weights", "c.st", "--points", "3"};
  words.insert(words.end(), network.begin(), network.end());
  EXPECT_EQ(run(words).code, 0);
  EXPECT_EQ(run({"study", "runs/barriers/study.toml", "-o", "again"}).code, 0) << "the file runs it again";
}

TEST_F(Exits, GivenWeightsNeedNoNumberOfEpochs) {
  for (const char* seed : {"0", "1"})
    ASSERT_EQ(run({"train", "--data", "synthetic", "--model", "mlp:4", "--steps", "1", "--seed", seed, "-o",
                   std::string(seed) + ".st"})
                  .code,
              0);
  io::write_atomically(folder_ / "w.toml", R"(seeds = [0, 1]
[landscape.m]
kind = "network"
data = "synthetic"
model = "mlp:4"
optima = ["0.st", "1.st"]
[landscape.m.training]
learning-rate = 0.1
[[experiment]]
kind = "barriers"
points = 3
)");
  EXPECT_EQ(run({"study", "w.toml", "-o", "w"}).code, 0);
}

}  // namespace
}  // namespace nwedge::test
