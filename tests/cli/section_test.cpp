#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/safetensors.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

/// Three small trained networks, and sections through them.
class SectionCommand : public ::testing::Test {
 protected:
  SectionCommand() {
    for (const std::string seed : {"0", "1", "2"})
      EXPECT_EQ(run_program({"train", "--data", "synthetic:1x6x6,3", "--model", "mlp:5", "--train-examples",
                             "200", "--epochs", "5", "--seed", seed, "-o", weights(seed)})
                    .code,
                0);
  }
  std::string weights(const std::string& seed) const {
    return (folder_ / ("w" + seed + ".safetensors")).string();
  }
  std::string output() const { return (folder_ / "run").string(); }

  Finished section(const Words& more) const {
    Words words = {"section",   "--data",     "synthetic:1x6x6,3", "--model", "mlp:5",
                   "--weights", weights("0"), "--examples",        "100",     "-o",
                   output()};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  json measured(Words more) const {
    more.push_back("--json");
    const Finished finished = section(more);
    EXPECT_EQ(finished.code, 0) << finished.message;
    return json::parse(finished.output);
  }
  double loss_of(const std::string& seed, const std::string& split) const {
    const Finished finished =
        run_program({"evaluate", "--data", "synthetic:1x6x6,3", "--model", "mlp:5", "--weights",
                     weights(seed), "--split", split, "--examples", "100", "--json"});
    return json::parse(finished.output)["loss"].get<double>();
  }
  static void expect_refused(const Finished& finished, const Words& parts) {
    EXPECT_EQ(finished.code, 2);
    EXPECT_EQ(finished.output, "");
    EXPECT_EQ(std::count(finished.message.begin(), finished.message.end(), '\n'), 1) << finished.message;
    for (const std::string& part : parts)
      EXPECT_NE(finished.message.find(part), std::string::npos) << part << " in " << finished.message;
  }

  TemporaryFolder folder_;
};

const std::vector<double>& numbers(const io::TensorFile& file, std::string_view name) {
  return std::get<std::vector<double>>(file.find(name)->values);
}

TEST_F(SectionCommand, APlaneThroughThreePointsHoldsTheirLosses) {
  // The three points are at (0, 0), (1, 0) and where the record says.
  const json first = measured({"--through", weights("1"), "--through", weights("2"), "--grid", "2x2"});
  const io::TensorFile there = io::read_safetensors(first["arrays"].get<std::string>());
  const std::vector<double> third(numbers(there, "optima").begin() + 4, numbers(there, "optima").end());
  std::filesystem::remove_all(output());
  const json document = measured({"--through", weights("1"), "--through", weights("2"), "--grid", "2x2",
                                  "--range=0:1,0:" + std::to_string(third[1])});
  const io::TensorFile file = io::read_safetensors(document["arrays"].get<std::string>());
  ASSERT_EQ(file.find("loss-train")->shape, (std::vector<std::int64_t>{2, 2}));
  ASSERT_EQ(file.find("accuracy-train")->shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_NEAR(numbers(file, "loss-train")[0], loss_of("0", "train"), 1e-5);
  EXPECT_NEAR(numbers(file, "loss-train")[2], loss_of("1", "train"), 1e-5);
  EXPECT_EQ(document["examples"]["train"], 100);
  EXPECT_EQ(document["weights"], (json{weights("0"), weights("1"), weights("2")}));
  EXPECT_NE(io::read_text(document["report"].get<std::string>()).find("section"), std::string::npos);
}

TEST_F(SectionCommand, ARandomLineOnTheTestSplit) {
  const json document = measured(
      {"--directions", "random", "--seed", "3", "--grid", "5", "--range=-0.5:0.5", "--split", "test"});
  const io::TensorFile file = io::read_safetensors(document["arrays"].get<std::string>());
  EXPECT_EQ(file.find("loss-test")->shape, std::vector<std::int64_t>{5});
  EXPECT_NEAR(numbers(file, "loss-test")[2], loss_of("0", "test"), 1e-9);
  EXPECT_EQ(document["test"]["at-centre"], numbers(file, "loss-test")[2]);
  // The same command again gives the same; another one may not write over it.
  const auto bytes = io::read_bytes(document["arrays"].get<std::string>());
  measured({"--directions", "random", "--seed", "3", "--grid", "5", "--range=-0.5:0.5", "--split", "test"});
  EXPECT_EQ(io::read_bytes(document["arrays"].get<std::string>()), bytes);
  expect_refused(section({"--grid", "5"}), {"holds a run of another study", "-o"});
  expect_refused(section({"--grid", "5", "-o", weights("0")}), {"--output"});
}

TEST_F(SectionCommand, FiltersMoveAloneOrBiasesWithThem) {
  const auto direction = [&](const Words& more) {
    std::filesystem::remove_all(output());
    Words words = {"--directions", "filter", "--seed", "3", "--grid", "3"};
    words.insert(words.end(), more.begin(), more.end());
    const io::TensorFile file = io::read_safetensors(measured(words)["arrays"].get<std::string>());
    return std::get<std::vector<float>>(file.find("points.directions")->values);
  };
  const auto norm = [](const std::vector<float>& values, std::size_t begin, std::size_t end) {
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += static_cast<double>(values[i]) * values[i];
    return std::sqrt(sum);
  };
  const std::vector<float> fixed = direction({});
  const std::vector<float> varied = direction({"--vary-biases"});
  const io::TensorFile weights_file = io::read_safetensors(weights("0"));
  const auto& bias = std::get<std::vector<float>>(weights_file.find("1.bias")->values);
  const std::size_t begin = 5 * 36, end = begin + 5;  // 1.bias, behind 1.weight
  EXPECT_EQ(norm(fixed, begin, end), 0);
  EXPECT_NEAR(norm(varied, begin, end), norm(bias, 0, 5), 1e-6);
  EXPECT_TRUE(std::equal(fixed.begin(), fixed.begin() + begin, varied.begin()));
  expect_refused(section({"--vary-biases", "--directions", "random"}),
                 {"vary-biases belongs to directions filter, is set with random"});
  expect_refused(section({"--vary-biases", "--through", weights("1")}),
                 {"vary-biases belongs to directions filter, is set with points"});
}

TEST_F(SectionCommand, BadInputIsRefusedBeforeAnythingIsWritten) {
  expect_refused(section({"--grid", "25y25"}), {"[--grid]", "25y25"});
  expect_refused(section({"--grid", "0x3"}), {"grid must be at least 1, is 0"});
  expect_refused(section({"--grid", "3x3x3x3"}), {"grid must have 1 to 3 numbers, has 4"});
  expect_refused(section({"--range=-1:1:2"}), {"[--range]", "-1:1:2"});
  expect_refused(section({"--range=1:-1"}), {"least must be below most"});
  expect_refused(section({"--range=0:1,0:1,0:1"}), {"[--range]", "has 3"});
  expect_refused(section({"--directions", "filtre"}), {"--directions"});
  expect_refused(section({"--through", weights("1"), "--directions", "random"}), {"[--through]"});
  expect_refused(section({"--through", weights("1"), "--grid", "3x3"}), {"[--through]", "has 1"});
  expect_refused(section({"--through", weights("9")}), {"w9.safetensors", "cannot read"});
  expect_refused(section({"--through", weights("0"), "--grid", "3"}),
                 {"w0.safetensors", "--through must lead away"});
  expect_refused(section({"--through", weights("1"), "--through", weights("1"), "--grid", "3x3"}),
                 {"w1.safetensors", "points before it"});
  expect_refused(section({"--grid", "100000x100000x100000"}), {"grid must have at most"});
  EXPECT_FALSE(std::filesystem::exists(output() + "/plan.json"));
}

}  // namespace
}  // namespace nwedge::test
