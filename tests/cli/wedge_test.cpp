#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "nwedge/io/safetensors.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

class WedgeCommands : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string model_ = (folder_ / "model.safetensors").string();
  std::string points_ = (folder_ / "points.safetensors").string();
  std::string output_ = (folder_ / "out.safetensors").string();

  Finished make(const Words& more) {
    Words words = {"wedges", "-o", model_};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  Finished evaluate(const Words& more = {}) {
    Words words = {"evaluate", "--wedges", model_, "--points", points_, "-o", output_};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  void write_points(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values) {
    const std::vector<io::Tensor> tensors = {{name, std::move(shape), std::move(values)}};
    io::write_safetensors(points_, tensors);
  }
  static void expect_refused(const Finished& finished, const Words& parts) {
    EXPECT_EQ(finished.code, 2) << finished.message;
    EXPECT_EQ(finished.output, "");
    EXPECT_EQ(std::count(finished.message.begin(), finished.message.end(), '\n'), 1) << finished.message;
    for (const std::string& part : parts)
      EXPECT_NE(finished.message.find(part), std::string::npos) << part << " in " << finished.message;
  }
};

TEST_F(WedgeCommands, LossGradientAndNearestWedgeFollowFromTheShortAxes) {
  ASSERT_EQ(make({"--dimension", "12", "--wedges", "3", "--short-directions", "4", "--seed", "5"}).code, 0);
  const io::TensorFile model = io::read_safetensors(model_);
  const io::Tensor* axes = model.find("short_axes");
  ASSERT_NE(axes, nullptr);
  ASSERT_EQ(axes->shape, (std::vector<std::int64_t>{3, 4}));
  const auto& held = std::get<std::vector<std::int64_t>>(axes->values);

  constexpr std::size_t kPoints = 20;
  std::vector<float> points(kPoints * 12);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = static_cast<float>((i * 37) % 101) / 50 - 1;
  write_points("points", {kPoints, 12}, points);
  const Finished finished = evaluate({"--json"});
  ASSERT_EQ(finished.code, 0) << finished.message;
  EXPECT_EQ(json::parse(finished.output)["points"], kPoints);

  const io::TensorFile out = io::read_safetensors(output_);
  const auto& losses = std::get<std::vector<double>>(out.find("loss")->values);
  const auto& gradients = std::get<std::vector<float>>(out.find("gradient")->values);
  const auto& nearest = std::get<std::vector<std::int64_t>>(out.find("nearest")->values);
  ASSERT_EQ(gradients.size(), points.size());
  for (std::size_t p = 0; p < kPoints; ++p) {
    std::vector<double> energies(3, 0.0);
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t i = 0; i < 4; ++i) {
        const double x = points[p * 12 + static_cast<std::size_t>(held[k * 4 + i])];
        energies[k] += x * x / 2;
      }
    const auto least =
        static_cast<std::size_t>(std::min_element(energies.begin(), energies.end()) - energies.begin());
    EXPECT_NEAR(losses[p], energies[least], 1e-6);
    ASSERT_EQ(nearest[p], static_cast<std::int64_t>(least));
    for (std::size_t j = 0; j < 12; ++j) {
      const bool is_short = std::find(held.begin() + static_cast<std::ptrdiff_t>(least * 4),
                                      held.begin() + static_cast<std::ptrdiff_t>(least * 4 + 4),
                                      static_cast<std::int64_t>(j)) !=
                            held.begin() + static_cast<std::ptrdiff_t>(least * 4 + 4);
      EXPECT_FLOAT_EQ(gradients[p * 12 + j], is_short ? points[p * 12 + j] : 0);
    }
  }
}

TEST_F(WedgeCommands, EveryOptionReachesTheModel) {
  ASSERT_EQ(make({"--dimension",      "12",     "--wedges",        "2",    "--short-directions", "3",
                  "--frames",         "random", "--half-width",    "0.25", "--opening",          "0.5",
                  "--stiffness",      "1,2,3",  "--centre-spread", "1",    "--cross-section",    "box",
                  "--energy",         "linear", "--minimum",       "soft", "--temperature",      "0.125",
                  "--gradient-noise", "0.5",    "--initial-sigma", "2"})
                .code,
            0);
  const io::TensorFile model = io::read_safetensors(model_);
  EXPECT_EQ(model.find("frames")->shape, (std::vector<std::int64_t>{2, 3, 12}));
  EXPECT_EQ(std::get<std::vector<double>>(model.find("stiffness")->values), (std::vector<double>{1, 2, 3}));
  EXPECT_NE(model.find("short_centres"), nullptr);
  EXPECT_NE(model.find("long_centres"), nullptr);
  for (const auto& [name, value] : std::map<std::string, std::string>{{"half-width", "0.25"},
                                                                      {"opening", "0.5"},
                                                                      {"cross-section", "\"box\""},
                                                                      {"energy", "\"linear\""},
                                                                      {"minimum", "\"soft\""},
                                                                      {"temperature", "0.125"},
                                                                      {"gradient-noise", "0.5"},
                                                                      {"initial-sigma", "2.0"}})
    EXPECT_EQ(model.metadata.at(name), value) << name;
}

TEST_F(WedgeCommands, BadInputIsOneLineAndExitTwo) {
  expect_refused(make({"--dimension", "3", "--short-directions", "4"}), {"short-directions", "4"});
  expect_refused(make({"--minimum", "soft"}), {"temperature"});
  expect_refused(make({"--half-width", "-1"}), {"half-width", "-1"});
  expect_refused(run_program({"wedges"}), {"--output"});
  expect_refused(evaluate(), {"model.safetensors"});
  ASSERT_EQ(make({"--dimension", "4", "--wedges", "2", "--short-directions", "2"}).code, 0);
  expect_refused(evaluate(), {"points.safetensors"});
  write_points("point", {1, 4}, {1, 2, 3, 4});
  expect_refused(evaluate(), {"points.safetensors", "\"points\""});
  write_points("points", {1, 5}, {1, 2, 3, 4, 5});
  expect_refused(evaluate(), {"points.safetensors", "[P, 4]", "[1, 5]"});
  write_points("points", {4}, {1, 2, 3, 4});
  expect_refused(evaluate(), {"[P, 4]"});
  write_points("points", {1, 4}, {1, 2, 3, 4});
  expect_refused(evaluate({"--model", "cnn"}), {"--model", "--wedges"});
  expect_refused(run_program({"evaluate", "--wedges", model_}), {"--points"});
  expect_refused(run_program({"evaluate", "--points", points_}), {"--points", "network"});
  EXPECT_FALSE(std::filesystem::exists(output_));
  EXPECT_EQ(evaluate().code, 0);
}

TEST_F(WedgeCommands, PredictPrintsTheClosedForms) {
  const Words words = {"predict", "--dimension", "1000", "--short-directions", "50", "--wedges", "1"};
  const Finished table = run_program(words);
  ASSERT_EQ(table.code, 0) << table.message;
  for (const std::string number : {"P1 ", "P2 ", "P3 ", "P4 ", "P5 ", "P6 ", "P7 ", "P8 ", "P9 ", "P10 "})
    EXPECT_NE(table.output.find(number), std::string::npos) << number;
  Words with_json = words;
  with_json.push_back("--json");
  const json document = json::parse(run_program(with_json).output);
  const json& p = document["predictions"];
  EXPECT_DOUBLE_EQ(p["P1"]["loss"], 25);
  EXPECT_EQ(p["P2"]["intrinsic-dimension"], 50);
  EXPECT_NEAR(p["P6"]["short-directions-2"].get<double>(), 97.5, 1e-9);
  EXPECT_EQ(document["options"]["dimension"], 1000);
  expect_refused(run_program({"predict", "--dimension", "10", "--short-directions", "50"}),
                 {"short-directions", "50"});
  expect_refused(run_program({"predict", "--learning-rate", "2"}), {"learning-rate", "2"});
}

TEST_F(WedgeCommands, PredictLeavesOutWhatHasNoClosedForm) {
  for (const Words& more :
       std::vector<Words>{{"--opening", "0.1"},
                          {"--short-directions", "1000"},
                          {"--sigma", "0"},
                          {"--wedges", "1", "--short-directions", "1", "--dimension", "1"}}) {
    Words words = {"predict", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Finished finished = run_program(words);
    EXPECT_EQ(finished.code, 0) << finished.message;
    EXPECT_EQ(finished.output.find("null"), std::string::npos) << finished.output;
  }
}

}  // namespace
}  // namespace nwedge::test
