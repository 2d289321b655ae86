#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nwedge/io/safetensors.hpp"
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

/// Barriers between two networks whose weights are in files.
class GivenWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* seed : {"0", "1"}) {
      const Finished trained = run_program({"train", "--data", "synthetic:1x6x6,3", "--model", "mlp:5",
                                            "--seed", seed, "--epochs", "2", "-o", file(seed)});
      ASSERT_EQ(trained.code, 0) << trained.message;
    }
  }
  std::string file(const std::string& seed) const { return folder_ / (seed + ".safetensors"); }
  Finished barriers(const std::string& model, const std::string& run,
                    const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"barriers",  "--data",  "synthetic:1x6x6,3", "--model", model,
                                      "--weights", file("0"), file("1"),           "-o",      folder_ / run,
                                      "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }

  const TemporaryFolder folder_;
};

TEST_F(GivenWeights, TakeThePlaceOfTrainings) {
  ASSERT_EQ(barriers("mlp:5", "run").code, 0);
  for (const std::string seed : {"0", "1"}) {
    const auto record =
        nlohmann::json::parse(std::ifstream(folder_ / ("run/records/train.network.seed-" + seed + ".json")));
    const Finished evaluated = run_program({"evaluate", "--data", "synthetic:1x6x6,3", "--model", "mlp:5",
                                            "--split", "train", "--weights", file(seed), "--json"});
    EXPECT_EQ(record["result"]["optimum"]["train"]["loss"], nlohmann::json::parse(evaluated.output)["loss"]);
    EXPECT_EQ(record["result"]["weights"], file(seed));
  }
}

TEST_F(GivenWeights, AreReadAgainWhenTheFilesChange) {
  ASSERT_EQ(barriers("mlp:5", "run").code, 0);
  std::filesystem::copy_file(file("1"), file("0"), std::filesystem::copy_options::overwrite_existing);
  const Finished again = barriers("mlp:5", "run");
  EXPECT_EQ(again.code, 2) << "the run was of other weights";
  EXPECT_NE(again.message.find("--resume"), std::string::npos) << again.message;
}

TEST_F(GivenWeights, UnderOtherNamesAreMatchedByOrderAndTheRecordSaysHow) {
  ASSERT_EQ(barriers("mlp:5", "own").code, 0);
  for (const std::string seed : {"0", "1"}) {
    io::TensorFile weights = io::read_safetensors(file(seed));
    for (io::Tensor& tensor : weights.tensors) tensor.name = "layer" + tensor.name;
    io::write_safetensors(file(seed), weights.tensors);
  }
  EXPECT_EQ(barriers("mlp:5", "run").code, 2);
  const Finished matched = barriers("mlp:5", "run", {"--match", "order"});
  ASSERT_EQ(matched.code, 0) << matched.message;
  EXPECT_NE(matched.message.find("matched by order"), std::string::npos) << matched.message;
  const auto result = [&](const std::string& run) {
    return nlohmann::json::parse(
        std::ifstream(folder_ / (run + "/records/train.network.seed-0.json")))["result"];
  };
  EXPECT_EQ(result("run")["optimum"], result("own")["optimum"]);
  EXPECT_EQ(result("run")["matched"][0], (nlohmann::json{"1.weight", "layer1.weight"}));
  EXPECT_FALSE(result("own").contains("matched"));
  const Finished again = run_program({"study", folder_ / "run/study.toml", "-o", folder_ / "run"});
  EXPECT_EQ(again.code, 0) << again.message;
  EXPECT_EQ(run_program({"barriers", "--landscape", "wedge", "--match", "order", "-o", folder_ / "w"}).code,
            2);
}

TEST_F(GivenWeights, AreAsManyAsThereAreFiles) {
  const Finished outcome =
      run_program({"barriers", "--data", "synthetic:1x6x6,3", "--model", "mlp:5", "--weights", file("0"),
                   file("1"), "--optima", "3", "-o", folder_ / "run"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.message.find("--optima"), std::string::npos) << outcome.message;
}

TEST_F(GivenWeights, ThatDoNotFitAreRefusedBeforeAnythingIsWritten) {
  const Finished outcome = barriers("mlp:7", "run");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.message.find("must have shape [7, 36]"), std::string::npos) << outcome.message;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

TEST_F(GivenWeights, AreWhatEnsembleAnswersAboutAndNothingIsTrained) {
  const std::vector<std::string> command = {"ensemble", "--data",    "synthetic:1x6x6,3", "--model",
                                            "mlp:5",    "--weights", file("0"),           file("1")};
  std::vector<std::string> plain = command;
  plain.insert(plain.end(), {"-o", folder_ / "run"});
  const Finished answered = run_program(plain);
  ASSERT_EQ(answered.code, 0) << answered.message;
  for (const char* part : {"given weights on the test split", "members", "average of weights",
                           "average of predictions", "largest barrier", "nothing was trained"})
    EXPECT_NE(answered.output.find(part), std::string::npos) << part << " in " << answered.output;
  const auto sets = [&](const std::string& run) {
    return nlohmann::json::parse(
        std::ifstream(folder_ / (run + "/records/ensemble.network.json")))["result"]["sets"];
  };
  EXPECT_EQ(sets("run").size(), 5u);
  EXPECT_EQ(sets("run")[0]["kind"], "given");
  std::vector<std::string> longer = command;
  longer.insert(longer.end(), {"--continue", "--heights", "0.1", "--snapshots", "2", "--cycle-steps", "3",
                               "-o", folder_ / "longer"});
  ASSERT_EQ(run_program(longer).code, 0);
  EXPECT_EQ(sets("longer").size(), 2u * 2 + 5);
}

TEST(ExperimentCommands, EnsembleRunsOnTheWedgeModelByDefault) {
  const TemporaryFolder folder;
  const Finished outcome = run_program({"ensemble", "--landscape", "wedge", "--dimension", "60",
                                        "--short-directions", "10", "-o", folder / "run", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.message;
  EXPECT_TRUE(nlohmann::json::parse(outcome.output)["failed"].empty()) << outcome.output;
}

TEST(ExperimentCommands, RefuseOptionsOfTheOtherKindOfLandscape) {
  const TemporaryFolder folder;
  for (const std::string command : {"barriers", "tunnel", "spectrum"}) {
    const Finished network =
        run_program({command, "--data", "synthetic", "--dimension", "1000", "-o", folder / "run"});
    EXPECT_EQ(network.code, 2);
    EXPECT_EQ(network.message.find("nwedge: [--dimension] does not go with --landscape network"), 0u)
        << network.message;
    for (const std::string option : {"--data", "--model"}) {
      const Finished wedge =
          run_program({command, "--landscape", "wedge", option, "synthetic", "-o", folder / "run"});
      EXPECT_EQ(wedge.code, 2);
      EXPECT_EQ(wedge.message.find("nwedge: [" + option + "] does not go with --landscape wedge"), 0u)
          << wedge.message;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST_F(GivenWeights, AreNotWrittenOver) {
  const Finished outcome = barriers("mlp:5", ".");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.message.find("[--output] must be a folder that holds no file of --weights"),
            std::string::npos)
      << outcome.message;
}

TEST_F(GivenWeights, MayHavePathsThatAreNoUtf8) {
  const std::string odd = folder_ / "caf\xe9.safetensors";
  std::filesystem::copy_file(file("0"), odd);
  const Finished outcome = run_program({"barriers", "--data", "synthetic:1x6x6,3", "--model", "mlp:5",
                                        "--weights", odd, file("1"), "-o", folder_ / "run", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.message;
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["cells"], 3);
}

TEST(ExperimentCommands, AStoppedOneSaysHowItContinues) {
  const TemporaryFolder folder;
  const std::vector<std::string> words = {"barriers",       "--data", "synthetic", "--model", "mlp:50",
                                          "--train-epochs", "2000",   "--optima",  "2",       "-o",
                                          folder / "my run"};
  Program program(words, {});
  while (!std::filesystem::exists(folder / "my run/plan.json")) ::usleep(1000);
  program.send(SIGTERM);
  const Finished stopped = program.wait();
  EXPECT_EQ(stopped.code, 128 + SIGTERM);
  EXPECT_NE(stopped.message.find("finished work is kept, continue with\n  nwedge barriers --data synthetic "
                                 "--model mlp:50 --train-epochs 2000 --optima 2 -o '" +
                                 std::string(folder / "my run") + "'\n"),
            std::string::npos)
      << stopped.message;
}

TEST(ExperimentCommands, NameTheNearestOption) {
  const Finished outcome = run_program({"barriers", "--poinst", "5"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.message.find("--points"), std::string::npos) << outcome.message;
}

}  // namespace
}  // namespace nwedge::test
