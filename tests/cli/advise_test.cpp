#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>

#include "nwedge/core/random.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/alignment/unit_groups.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/weights.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

/// What the commands about several checkpoints say of networks whose relation is known.
namespace nwedge::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

struct Subject {
  const char* model;
  network::Shape input;
  const char* data;
  Words training;
  std::int64_t classes = 4;
};

void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.model; }

class Checkpoints : public testing::TestWithParam<Subject> {
 protected:
  Words words(const std::string& name, const Words& more) const {
    Words words = {name, "--data", GetParam().data, "--model", GetParam().model};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// Weights after some epochs; those of one seed are points of one run.
  std::string train(const std::string& name, int seed, int epochs) {
    Words more = {"--seed",     std::to_string(seed), "--epochs", std::to_string(epochs),
                  "--schedule", "constant",           "-o",       path(name)};
    more.insert(more.end(), GetParam().training.begin(), GetParam().training.end());
    const Finished finished = run_program(words("train", more));
    EXPECT_EQ(finished.code, 0) << finished.message;
    return path(name);
  }
  network::Graph graph() const {
    network::ModelOptions options;
    options.model = GetParam().model;
    return network::make_graph(options, GetParam().input, GetParam().classes);
  }
  std::string permuted_copy(const std::string& of, const std::string& name, std::uint64_t seed = 9) const {
    const network::Graph graph = this->graph();
    const network::State state = network::read_state(graph, of);
    const network::UnitGroups groups(graph);
    RandomStream stream(seed, "copy");
    const network::Arrangement moved = groups.random(stream);
    network::write_state(graph, groups.arranged_weights(moved, state.weights),
                         groups.arranged_buffers(moved, state.buffers), path(name));
    return path(name);
  }
  json run(const std::string& name, Words more) const {
    more.push_back("--json");
    const Finished finished = run_program(words(name, more));
    EXPECT_EQ(finished.code, 0) << finished.message;
    return json::parse(finished.output);
  }

  TemporaryFolder folder_;
};

TEST_P(Checkpoints, AlignsAPermutedCopyExactly) {
  const std::string a = train("a.safetensors", 0, 3);
  const std::string copy = permuted_copy(a, "copy.safetensors");
  const json found = run("align", {"--reference", a, "--weights", copy, "-o", path("aligned.safetensors")});
  EXPECT_EQ(found["distance"]["after"], 0);
  EXPECT_GT(found["distance"]["before"], 0);
  EXPECT_EQ(found["average-after"]["loss"], found["reference"]["loss"]);
  const network::Graph graph = this->graph();
  const network::State original = network::read_state(graph, a);
  const network::State aligned = network::read_state(graph, path("aligned.safetensors"));
  EXPECT_EQ(aligned.weights, original.weights);
  EXPECT_EQ(aligned.buffers, original.buffers);
}

TEST_P(Checkpoints, AlignsAllAtOnce) {
  const std::string a = train("a.safetensors", 0, 3);
  const Words others = {permuted_copy(a, "copy.safetensors"), train("b.safetensors", 1, 3),
                        train("c.safetensors", 2, 3)};
  Words more = {"--reference", a, "--weights"};
  more.insert(more.end(), others.begin(), others.end());
  more.insert(more.end(), {"-o", path("aligned"), "--average", path("average.safetensors")});
  const json found = run("align", more);
  ASSERT_EQ(found["networks"].size(), 3u);
  EXPECT_EQ(found["networks"][0]["distance"]["after"], 0);
  for (std::size_t k = 0; k < others.size(); ++k) {
    const json& own = found["networks"][k];
    EXPECT_EQ(own["file"], others[k]);
    EXPECT_LT(own["distance"]["after"], own["distance"]["before"]);
    const json before = run("evaluate", {"--weights", others[k]});
    const json after = run("evaluate", {"--weights", own["output"].get<std::string>()});
    EXPECT_NEAR(after["loss"].get<double>(), before["loss"].get<double>(),
                1e-5 * before["loss"].get<double>());
  }
  EXPECT_EQ(found["networks"][0]["output"], path("aligned/copy-aligned.safetensors"));
  const json average = run("evaluate", {"--weights", path("average.safetensors"), "--examples", "2000"});
  EXPECT_NEAR(average["loss"].get<double>(), found["average-after"]["loss"].get<double>(), 1e-4);
  more.push_back("--repair");
  const Finished refused = run_program(words("align", more));
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.message.find("[--repair]"), std::string::npos) << refused.message;
}

TEST_P(Checkpoints, AlignedComputeTheSame) {
  const std::string a = train("a.safetensors", 0, 3);
  const std::string b = train("b.safetensors", 1, 3);
  for (const std::string method : {"weights", "activations"}) {
    const std::string out = path("aligned-" + method + ".safetensors");
    const json found =
        run("align", {"--reference", a, "--weights", b, "-o", out, "--method", method, "--repair"});
    EXPECT_GT(found["moved"], 0);
    EXPECT_EQ(found["average"], path("aligned-" + method + "-average.safetensors"));
    const json before = run("evaluate", {"--weights", b});
    const json after = run("evaluate", {"--weights", out});
    EXPECT_NEAR(after["loss"].get<double>(), before["loss"].get<double>(),
                1e-5 * before["loss"].get<double>());
    EXPECT_EQ(after["accuracy"], before["accuracy"]);
    const json average =
        run("evaluate", {"--weights", found["average"].get<std::string>(), "--examples", "2000"});
    EXPECT_NEAR(average["loss"].get<double>(), found["average-repaired"]["loss"].get<double>(), 1e-4);
  }
}

TEST_P(Checkpoints, AdviceOnAMixedBagFindsWhatBelongsTogether) {
  const Words bag = {train("s1.safetensors", 0, 8), train("s2.safetensors", 0, 9),
                     train("s3.safetensors", 0, 10), train("o1.safetensors", 1, 10),
                     train("o2.safetensors", 2, 10)};
  Words more = {"--weights"};
  more.insert(more.end(), bag.begin(), bag.end());
  more.push_back(permuted_copy(bag[0], "copy.safetensors"));
  more.insert(more.end(), {"--examples", "4000", "--tolerance", "0.05", "-o", path("advice")});
  const json advice = run("advise", more);
  // The snapshots share a wedge, the copy after its units are matched.
  ASSERT_FALSE(advice["wedges"].empty());
  EXPECT_EQ(advice["wedges"][0], json({0, 1, 2})) << advice["wedges"];
  const json& aligned = advice["aligned-wedges"][0];
  EXPECT_NE(std::find(aligned.begin(), aligned.end(), 5), aligned.end());
  ASSERT_EQ(advice["pairs"].size(), 15u);
  for (const json& pair : advice["pairs"]) {
    EXPECT_LE(pair["barrier"]["low"], pair["barrier"]["high"]);
  }
  // Averages and ensembles were forecast, those of all checkpoints whether they are advised or not: that the
  // average of two wedges fails, and the ensemble does not.
  for (const json& candidate : advice["candidates"]) {
    EXPECT_EQ(candidate["forecast"].is_null(), candidate["action"] == "keep") << candidate;
    if (candidate["forecast"].is_null()) continue;
    EXPECT_LE(candidate["forecast"]["loss"]["low"], candidate["forecast"]["loss"]["value"]);
    EXPECT_LE(candidate["forecast"]["accuracy"]["value"], candidate["forecast"]["accuracy"]["high"]);
  }
  const json& all = advice["forecast"];
  EXPECT_LT(all["average"]["at-least-best"], 0.1) << all;
  EXPECT_LT(all["average"]["measured-gain"]["value"], 0) << all;
  EXPECT_GT(all["average"]["loss"]["value"], all["ensemble"]["loss"]["value"]);
  EXPECT_NEAR(all["ensemble"]["loss"]["value"].get<double>(),
              all["ensemble"]["measured-loss"]["value"].get<double>(),
              all["ensemble"]["loss"]["high"].get<double>() - all["ensemble"]["loss"]["value"].get<double>());
  const json& copy = advice["pairs"][4];  // of the first and its copy
  ASSERT_EQ(copy["second"], 5);
  EXPECT_FALSE(copy["one-wedge"].get<bool>()) << copy;
  EXPECT_EQ(copy["aligned-distance"], 0);
  EXPECT_TRUE(copy["aligned-one-wedge"].get<bool>());
  // The recommendation is one of the candidates, and no candidate that costs as much is clearly better.
  const json& candidates = advice["candidates"];
  const auto named = [&](const json& name) {
    return *std::find_if(candidates.begin(), candidates.end(),
                         [&](const json& candidate) { return candidate["name"] == name; });
  };
  const json chosen = named(advice["recommendation"]["candidate"]);
  EXPECT_EQ(chosen["action"], advice["recommendation"]["action"]);
  for (const json& candidate : candidates)
    if (candidate["cost"] == chosen["cost"]) {
      EXPECT_LE(candidate["gain"]["low"], chosen["gain"]["high"]) << candidate["name"];
    }
  // What was written is what was measured, and loads under its names.
  std::size_t written = 0;
  for (const json& candidate : candidates) {
    EXPECT_LE(candidate["cost"], 2);
    if (candidate["weights"].is_null()) continue;
    ++written;
    const json whole =
        run("evaluate", {"--weights", candidate["weights"].get<std::string>(), "--examples", "4000"});
    const double examples =
        advice["deciding-examples"].get<double>() + advice["judging-examples"].get<double>();
    const double expected =
        (candidate["deciding-loss"].get<double>() * advice["deciding-examples"].get<double>() +
         candidate["loss"]["value"].get<double>() * advice["judging-examples"].get<double>()) /
        examples;
    EXPECT_NEAR(whole["loss"].get<double>(), expected, 1e-3 * expected) << candidate["name"];
  }
  EXPECT_GE(written, 2u);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "advice" / "barriers.svg"));
  std::ifstream page(folder_ / "advice" / "report.html");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  EXPECT_NE(text.find("Average, align or ensemble?"), std::string::npos);
  // Images that neither decided nor judged confirm what the recommended network gains.
  if (chosen["weights"].is_null()) return;
  const json best = *std::find_if(candidates.begin(), candidates.end(), [](const json& candidate) {
    return candidate["action"] == "keep" && candidate["gain"]["low"] == candidate["gain"]["high"];
  });
  const auto unseen = [&](const std::string& weights) {  // the 4,000 are among the 10,000
    const auto right = [&](double count) {
      return count * run("evaluate", {"--weights", weights, "--examples", std::to_string(std::lround(count))})
                         .at("accuracy")
                         .get<double>();
    };
    return (right(10000) - right(4000)) / 6000;
  };
  const double gain = unseen(chosen["weights"]) - unseen(bag.at(best["members"][0].get<std::size_t>()));
  const json& judged = chosen["gain"];
  EXPECT_NEAR(gain, judged["value"].get<double>(),
              judged["high"].get<double>() - judged["low"].get<double>());  // twice its 95 %
}

TEST_P(Checkpoints, MTunnelsRunBetweenMatchedUnits) {
  const std::string a = train("a.safetensors", 0, 3);
  const Words weights = {"--weights", a, permuted_copy(a, "copy.safetensors"),
                         permuted_copy(a, "again.safetensors", 10)};
  const auto barrier_of = [&](const std::string& align) {
    Words more = weights;
    more.insert(more.end(), {"--align",
                             align,
                             "--steps",
                             "5",
                             "--combinations",
                             "1",
                             "--probes",
                             "0",
                             "--lanczos-steps",
                             "0",
                             "--eigenvectors",
                             "0",
                             "--sheet-steps",
                             "0",
                             "--no-control",
                             "--connector-steps",
                             "2",
                             "--connector-dimensions",
                             "10",
                             "--train-examples",
                             "500",
                             "--examples",
                             "200",
                             "-o",
                             path("m-" + align)});
    const Finished finished = run_program(words("m-tunnel", more));
    EXPECT_EQ(finished.code, 0) << finished.message;
    const json record =
        json::parse(std::ifstream(folder_ / ("m-" + align) / "records" / "m-tunnel.network.json"));
    const json& set = record["result"]["sets"].back();
    EXPECT_EQ(set["m"], 3);
    return set["mean-loss"].get<double>() - set["highest-end"].get<double>();
  };
  EXPECT_NEAR(barrier_of("weights"), 0, 1e-4);
  EXPECT_GT(barrier_of("none"), 0.01);
}

INSTANTIATE_TEST_SUITE_P(
    Models, Checkpoints,
    testing::Values(Subject{"mlp:24,16", {1, 6, 6}, "synthetic:1x6x6,4", {"--learning-rate", "0.1"}},
                    Subject{"cnn:8,8", {1, 8, 8}, "synthetic:1x8x8,4", {"--learning-rate", "0.05"}},
                    Subject{"resnet:8", {1, 8, 8}, "synthetic:1x8x8,4", {"--learning-rate", "0.02"}},
                    Subject{"vit:dim=16,depth=1,heads=2,patch=4,mlp=24",
                            {1, 8, 8},
                            "synthetic:1x8x8,4",
                            {"--learning-rate", "0.05"}}));

const Words kFewClothes = {"--learning-rate", "0.02", "--train-examples", "2000"};

INSTANTIATE_TEST_SUITE_P(
    Clothes, Checkpoints,
    testing::Values(
        Subject{"mlp:24,16", {1, 28, 28}, "fashion-mnist", kFewClothes, 10},
        Subject{"cnn:8,8", {1, 28, 28}, "fashion-mnist", kFewClothes, 10},
        Subject{"vit:dim=16,depth=1,heads=2,patch=7,mlp=24", {1, 28, 28}, "fashion-mnist", kFewClothes, 10}));

class BadBags : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string train(const std::string& name, const std::string& model, int seed) const {
    EXPECT_EQ(run_program({"train", "--data", kData, "--model", model, "--seed", std::to_string(seed),
                           "--epochs", "2", "-o", path(name)})
                  .code,
              0);
    return path(name);
  }
  Finished advise(const Words& weights, const Words& more = {}) const {
    Words words = {"advise", "--data", kData, "--model", "mlp:8", "--weights"};
    words.insert(words.end(), weights.begin(), weights.end());
    words.insert(words.end(), {"-o", path("advice"), "--json"});
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  static void expect_refused(const Finished& finished, const std::string& part) {
    EXPECT_EQ(finished.code, 2);
    EXPECT_EQ(std::count(finished.message.begin(), finished.message.end(), '\n'), 1) << finished.message;
    EXPECT_NE(finished.message.find(part), std::string::npos) << finished.message;
  }

  static constexpr const char* kData = "synthetic:1x6x6,4";
  TemporaryFolder folder_;
};

TEST_F(BadBags, OneCheckpointIsKept) {
  const Finished finished = advise({train("a.safetensors", "mlp:8", 0)});
  ASSERT_EQ(finished.code, 0) << finished.message;
  EXPECT_EQ(json::parse(finished.output)["recommendation"]["action"], "keep");
}

TEST_F(BadBags, WhatIsNotFiniteOrThereTwiceIsLeftOut) {
  const std::string a = train("a.safetensors", "mlp:8", 0);
  const std::string b = train("b.safetensors", "mlp:8", 1);
  io::TensorFile file = io::read_safetensors(a);
  std::get<std::vector<float>>(file.tensors[0].values)[3] = std::numeric_limits<float>::quiet_NaN();
  io::write_safetensors(path("nan.safetensors"), file.tensors, file.metadata);
  const Finished finished = advise({path("nan.safetensors"), a, b, a});
  ASSERT_EQ(finished.code, 0) << finished.message;
  EXPECT_NE(finished.message.find("not finite: left out"), std::string::npos);
  EXPECT_NE(finished.message.find("same weights as"), std::string::npos);
  const json advice = json::parse(finished.output);
  ASSERT_EQ(advice["pairs"].size(), 1u);  // by their places among the files
  EXPECT_EQ(advice["pairs"][0]["first"], 1);
  EXPECT_EQ(advice["pairs"][0]["second"], 2);
  EXPECT_EQ(advice["notes"].size(), 2u);
  expect_refused(advise({path("nan.safetensors")}), "must hold finite numbers");
}

TEST_F(BadBags, NetworksOfOtherDataAreSaidToGuess) {
  const std::string a = train("a.safetensors", "mlp:8", 0);
  const std::string other = path("other.safetensors");
  ASSERT_EQ(run_program({"train", "--data", kData, "--data-seed", "77", "--labels", "random", "--model",
                         "mlp:8", "--epochs", "2", "-o", other})
                .code,
            0);
  const Finished finished = advise({a, other}, {"--data-seed", "0"});
  ASSERT_EQ(finished.code, 0) << finished.message;
  EXPECT_NE(finished.message.find("other is right on"), std::string::npos) << finished.message;
  EXPECT_NE(finished.message.find("was it made for other data?"), std::string::npos) << finished.message;
  EXPECT_EQ(finished.message.find("a is right on"), std::string::npos) << finished.message;
  const json advice = json::parse(finished.output);
  EXPECT_EQ(advice["recommendation"]["candidate"], "a");
}

TEST_F(BadBags, FiftyCheckpointsAreCompared) {
  const io::TensorFile file = io::read_safetensors(train("a.safetensors", "mlp:8", 0));
  Words weights;
  for (int k = 0; k < 50; ++k) {
    io::TensorFile own = file;
    std::get<std::vector<float>>(own.tensors[0].values)[0] += 1e-4f * static_cast<float>(k);
    weights.push_back(path("near" + std::to_string(k) + ".safetensors"));
    io::write_safetensors(weights.back(), own.tensors, own.metadata);
  }
  const Finished finished = advise(weights);
  ASSERT_EQ(finished.code, 0) << finished.message;
  const json advice = json::parse(finished.output);
  EXPECT_EQ(advice["pairs"].size(), 50u * 49 / 2);
  ASSERT_EQ(advice["wedges"].size(), 1u);
  EXPECT_EQ(advice["wedges"][0].size(), 50u);
}

TEST_F(BadBags, BarriersAreMeasuredWithUnitsMatchedOnNetworksAlone) {
  Words words = {"barriers",
                 "--weights",
                 train("a.safetensors", "mlp:8", 0),
                 train("b.safetensors", "mlp:8", 1),
                 "--data",
                 kData,
                 "--model",
                 "mlp:8",
                 "--align",
                 "weights",
                 "-o",
                 path("barriers"),
                 "--json"};
  const Finished finished = run_program(words);
  ASSERT_EQ(finished.code, 0) << finished.message;
  json pair;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "barriers"))
    if (entry.path().filename().string().starts_with("barriers") && entry.path().extension() == ".json") {
      std::ifstream file(entry.path());
      pair = json::parse(file)["result"]["pairs"][0];
    }
  ASSERT_TRUE(pair.is_object());
  EXPECT_LT(pair["aligned-distance"], pair["distance"]);
  EXPECT_LE(pair["aligned-barrier"], pair["barrier"]);
  EXPECT_TRUE(pair["repaired-barrier"].is_number());
  expect_refused(run_program({"barriers", "--landscape", "wedge", "--align", "weights", "--optima", "2", "-o",
                              path("wedge")}),
                 "only networks have units");
}

TEST_F(BadBags, AreRefusedInOneLine) {
  const std::string a = train("a.safetensors", "mlp:8", 0);
  expect_refused(advise({a, train("wide.safetensors", "mlp:9", 0)}), "wide.safetensors");
  expect_refused(advise({a, path("nowhere.safetensors")}), "nowhere.safetensors");
  expect_refused(advise({a}, {"--budget", "0"}), "[--budget]");
  expect_refused(advise({a}, {"--examples", "3"}), "at least 4 examples");
  expect_refused(advise({a}, {"--deciding-share", "1"}), "[--deciding-share]");
  expect_refused(
      run_program({"align", "--data", kData, "--model", "mlp:8", "--reference", a, "--weights", a, "-o", a}),
      "--output");
}

}  // namespace
}  // namespace nwedge::test
