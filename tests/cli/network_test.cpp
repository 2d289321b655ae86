#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/safetensors.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

const Words small_network = {"--data", "synthetic:1x6x6,3", "--model", "cnn:4"};

Words command(const std::string& name, const Words& more, const Words& first = small_network) {
  Words words = {name};
  words.insert(words.end(), first.begin(), first.end());
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class NetworkCommands : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string weights_ = (folder_ / "w.safetensors").string();

  Finished train(const Words& more, long file_limit = -1) {
    Words words = command("train", {"--train-examples", "300", "--epochs", "20", "-o", weights_, "--json"});
    words.insert(words.end(), more.begin(), more.end());
    return run_program(
        words, {.folder = folder_.path(), .file_limit = file_limit, .output_file = "", .message_file = ""});
  }
  json evaluate(const Words& more) {
    Words words = command("evaluate", {"--weights", weights_, "--json"});
    words.insert(words.end(), more.begin(), more.end());
    const Finished finished = run_program(words);
    EXPECT_EQ(finished.code, 0) << finished.message;
    return json::parse(finished.output);
  }
  /// Exit 2 and one line on stderr that holds `parts`.
  static void expect_refused(const Finished& finished, const Words& parts) {
    EXPECT_EQ(finished.code, 2);
    EXPECT_EQ(finished.output, "");
    EXPECT_EQ(std::count(finished.message.begin(), finished.message.end(), '\n'), 1) << finished.message;
    for (const std::string& part : parts)
      EXPECT_NE(finished.message.find(part), std::string::npos) << part << " in " << finished.message;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }
};

TEST_F(NetworkCommands, TrainingLowersTheLossAndEvaluateAgrees) {
  const Finished finished = train({});
  ASSERT_EQ(finished.code, 0) << finished.message;
  const json trained = json::parse(finished.output);
  EXPECT_EQ(trained["dimension"], 4 * 9 + 4 + 36 * 3 + 3);
  EXPECT_EQ(trained["steps"], (20 * 300 + 127) / 128);
  EXPECT_LT(trained["train"]["loss"], std::log(3.0));
  EXPECT_GT(trained["train"]["accuracy"], 0.5);
  const json test = evaluate({});
  EXPECT_EQ(test["loss"], trained["test"]["loss"]);
  EXPECT_EQ(test["accuracy"], trained["test"]["accuracy"]);
  EXPECT_EQ(test["examples"], 1000);
  const json train_split = evaluate({"--split", "train", "--examples", "300"});
  EXPECT_EQ(train_split["loss"], trained["train"]["loss"]);
  EXPECT_EQ(train_split["examples"], 300);
}

TEST_F(NetworkCommands, SameSeedSameFileOnAnyNumberOfThreads) {
  ASSERT_EQ(train({"--threads", "1", "--dropout", "0.2"}).code, 0);
  const auto one = io::read_bytes(weights_);
  ASSERT_EQ(train({"--threads", "2", "--dropout", "0.2"}).code, 0);
  EXPECT_EQ(io::read_bytes(weights_), one);
  ASSERT_EQ(train({"--dropout", "0.2", "--seed", "1"}).code, 0);
  EXPECT_NE(io::read_bytes(weights_), one);
}

TEST_F(NetworkCommands, TheGradientIsNamedLikeTheWeights) {
  ASSERT_EQ(train({}).code, 0);
  const std::string gradient = (folder_ / "g.safetensors").string();
  evaluate({"--gradient", gradient, "--examples", "50"});
  const io::TensorFile of_weights = io::read_safetensors(weights_);
  const io::TensorFile of_gradient = io::read_safetensors(gradient);
  ASSERT_EQ(of_gradient.tensors.size(), of_weights.tensors.size());
  double largest = 0;
  for (std::size_t t = 0; t < of_weights.tensors.size(); ++t) {
    EXPECT_EQ(of_gradient.tensors[t].name, of_weights.tensors[t].name);
    EXPECT_EQ(of_gradient.tensors[t].shape, of_weights.tensors[t].shape);
    for (const float g : std::get<std::vector<float>>(of_gradient.tensors[t].values))
      largest = std::max(largest, std::abs(static_cast<double>(g)));
  }
  EXPECT_GT(largest, 1e-4);
  EXPECT_LT(largest, 10);
}

TEST_F(NetworkCommands, TheTrajectoryBeginsAndEndsWithTheTraining) {
  const std::string trajectory = (folder_ / "t.safetensors").string();
  ASSERT_EQ(train({"--record-points", "3", "--trajectory", trajectory}).code, 0);
  const io::TensorFile file = io::read_safetensors(trajectory);
  const auto& steps = std::get<std::vector<std::int64_t>>(file.find("steps")->values);
  EXPECT_EQ(steps.front(), 0);
  EXPECT_EQ(steps.back(), 47);
  EXPECT_EQ(file.find("points")->shape, (std::vector<std::int64_t>{std::ssize(steps), 151}));
  expect_refused(train({"--record-points", "3"}),
                 {"--record-points and --trajectory must be given together"});
  expect_refused(train({"--trajectory", trajectory}), {"must be given together"});
}

TEST_F(NetworkCommands, BadOptionsAreRefused) {
  const auto with = [&](const Words& data_and_model, const Words& more = {}) {
    Words words = command("train", {"--epochs", "1", "-o", weights_}, data_and_model);
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  };
  expect_refused(with({"--data", "fashion-minst"}),
                 {"[--data] unknown data \"fashion-minst\"", "fashion-mnist"});
  expect_refused(with({"--data", "idx:"}), {"[--data] a folder must follow \"idx:\""});
  expect_refused(with({"--data", "idx:/nowhere"}), {"[/nowhere]", "must hold train-images-idx3-ubyte"});
  expect_refused(with({"--data", "cifar10:/nowhere"}),
                 {"/nowhere/data_batch_1.bin]", "cannot read: No such file"});
  expect_refused(with({"--data", "arrays:/nowhere"}), {"[/nowhere]", "cannot read: No such file"});
  expect_refused(with({"--data", "synthetic:8"}), {"[--data]", "synthetic sizes must be CxHxW"});
  expect_refused(with({"--data", "synthetic", "--model", "alexnet"}),
                 {"[--model] unknown model \"alexnet\""});
  expect_refused(with({"--data", "synthetic", "--model", "mlp:0"}),
                 {"a width must be a whole number from 1"});
  expect_refused(with({"--data", "synthetic", "--model", "cnn:2,2,2,2"}),
                 {"8x8 are too small to be pooled 4 times"});
  expect_refused(with(small_network, {"--activation", "celu"}),
                 {"activation must be one of default, relu", "\"celu\""});
  expect_refused(with(small_network, {"--dropout", "2"}), {"dropout must be from 0 to 0.95", "is 2"});
  expect_refused(with(small_network, {"--learning-rate", "nan"}),
                 {"learning-rate must be a finite number, is nan"});
  expect_refused(with(small_network, {"--batch-size", "0"}), {"batch-size must be at least 1", "is 0"});
  expect_refused(with(small_network, {"--steps", "3"}), {"exactly one of epochs and steps"});
  expect_refused(with(small_network, {"--seed", "-1"}), {"seed must be at least 0", "is -1"});
  EXPECT_EQ(files(), 0u);
}

TEST_F(NetworkCommands, DamagedDataAreRefused) {
  ASSERT_EQ(train({}).code, 0);
  const std::vector<std::uint8_t> junk = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  folder_.write("train-images-idx3-ubyte", junk);
  folder_.write("train-labels-idx1-ubyte", junk);
  const std::string folder = folder_.path().string();
  expect_refused(run_program({"evaluate", "--data", "idx:" + folder, "--weights", weights_}),
                 {"train-labels-idx1-ubyte]", "magic number must be 00000801", "is 01020304"});
  folder_.write("data_batch_1.bin", junk);
  expect_refused(run_program({"evaluate", "--data", "cifar10:" + folder, "--weights", weights_}),
                 {"data_batch_1.bin]", "records of 3073 bytes", "has 12 bytes"});
  folder_.write("arrays", junk);
  expect_refused(run_program({"evaluate", "--data", "arrays:" + folder + "/arrays", "--weights", weights_}),
                 {"/arrays]", "header claims"});
}

TEST_F(NetworkCommands, BadWeightsAreRefused) {
  const auto evaluated = [&] { return run_program(command("evaluate", {"--weights", weights_})); };
  expect_refused(evaluated(), {"w.safetensors]", "cannot read: No such file"});
  ASSERT_EQ(train({}).code, 0);
  expect_refused(run_program(command("evaluate", {"--weights", weights_, "--activation", "tanh"})),
                 {"made with activation relu"});
  expect_refused(
      run_program({"evaluate", "--data", "synthetic:1x6x6,3", "--model", "cnn:5", "--weights", weights_}),
      {"tensor \"0.weight\" must have shape [5, 1, 3, 3]", "has [4, 1, 3, 3]"});
  io::TensorFile file = io::read_safetensors(weights_);
  std::get<std::vector<float>>(file.tensors[0].values)[2] = std::nanf("");
  io::write_safetensors(weights_, file.tensors);
  expect_refused(evaluated(), {"tensor \"0.weight\" must hold finite numbers", "entry 2 is nan"});
  std::vector<std::uint8_t> bytes = io::read_bytes(weights_);
  bytes.resize(bytes.size() - 9);
  folder_.write("w.safetensors", bytes);
  expect_refused(evaluated(), {"w.safetensors]", "data_offsets", "must lie within"});
}

TEST_F(NetworkCommands, WeightsUnderOtherNamesAreExplained) {
  ASSERT_EQ(train({}).code, 0);
  const std::vector<io::Tensor> own = io::read_safetensors(weights_).tensors;
  const auto renamed = [&](auto rename, const std::vector<io::Tensor>& more = {}) {
    std::vector<io::Tensor> tensors = own;
    for (io::Tensor& tensor : tensors) tensor.name = rename(tensor.name);
    tensors.insert(tensors.end(), more.begin(), more.end());
    io::write_safetensors(weights_, tensors);
    return run_program(command("evaluate", {"--weights", weights_}));
  };
  const Finished plain = renamed([](const std::string& name) { return name; });
  for (const std::string prefix : {"module.", "_orig_mod.", "_orig_mod.module."}) {
    const Finished wrapped = renamed([&](const std::string& name) { return prefix + name; },
                                     {{"n_averaged", {}, std::vector<std::int64_t>{3}}});
    EXPECT_EQ(wrapped.output, plain.output);
    EXPECT_NE(wrapped.message.find("names begin with " + prefix + ": taken off"), std::string::npos)
        << wrapped.message;
  }
  expect_refused(renamed([&](const std::string& name) { return "net." + name; }),
                 {"must not begin with \"net.\"", "k.startswith('net.')", "k[4:]"});
  expect_refused(renamed([&](const std::string& name) { return "conv" + name; }),
                 {"tensor \"0.weight\" of model cnn:4 is missing", "the file holds conv0.weight conv0.bias",
                  "match by order"});
  const Finished matched = run_program(command("evaluate", {"--weights", weights_, "--match", "order"}));
  EXPECT_EQ(matched.output, plain.output);
  EXPECT_NE(matched.message.find("0.bias is conv0.bias of the file\n"), std::string::npos) << matched.message;
  expect_refused(run_program(command("evaluate", {"--weights", weights_, "--match", "shape"})),
                 {"match must be one of names, order"});
}

TEST_F(NetworkCommands, MetadataOfWeightsSayHowTheyWereMade) {
  ASSERT_EQ(train({"--activation", "tanh"}).code, 0);
  const Words data = {"evaluate", "--data", "synthetic:1x6x6,3", "--weights", weights_};
  const auto with = [&](const Words& more) {
    Words words = data;
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  };
  const Finished given = with({"--model", "cnn:4", "--activation", "tanh"});
  ASSERT_EQ(given.code, 0) << given.message;
  EXPECT_EQ(given.message, "");
  const Finished taken = with({});
  EXPECT_EQ(taken.output, given.output);
  EXPECT_EQ(taken.message, "");
  expect_refused(with({"--activation", "relu"}), {"made with activation tanh"});
  const std::vector<io::Tensor> tensors = io::read_safetensors(weights_).tensors;
  io::write_safetensors(weights_, tensors, {{"model", "cnn:4"}, {"activation", "celu"}});
  expect_refused(with({}), {"w.safetensors]", "activation must be one of default, relu", "\"celu\""});
  io::write_safetensors(weights_, tensors, {{"format", "pt"}, {"model", "alexnet"}});
  const Finished assumed = with({"--model", "cnn:4"});
  EXPECT_EQ(assumed.code, 0);
  EXPECT_NE(assumed.message.find("does not say how it was made: --activation default assumed"),
            std::string::npos)
      << assumed.message;
  EXPECT_EQ(with({"--model", "cnn:4", "--quiet"}).message, "");
  const std::string other = (folder_ / "relu.safetensors").string();
  io::write_safetensors(weights_, tensors, {{"activation", "tanh"}});
  io::write_safetensors(other, tensors, {{"activation", "relu"}});
  expect_refused(run_program(command("section", {"--weights", weights_, "--through", other, "-o",
                                                 (folder_ / "run").string()})),
                 {"relu.safetensors]", "made with activation relu, those in", "with tanh"});
}

TEST_F(NetworkCommands, MetadataNameModelsOfEveryFamily) {
  for (const std::string model :
       {"mlp:3", "vit:dim=6,depth=1,heads=2,patch=3,mlp=4,pool=token", "resnet:8"}) {
    const Words data = {"--data", "synthetic:1x6x6,3"};
    ASSERT_EQ(run_program(command("train", {"--model", model, "--steps", "2", "-o", weights_}, data)).code, 0)
        << model;
    const Finished taken = run_program(command("evaluate", {"--weights", weights_}, data));
    EXPECT_EQ(taken.code, 0) << taken.message;
    EXPECT_EQ(taken.message, "");
  }
}

TEST_F(NetworkCommands, ARegressionHasALossAndNoAccuracy) {
  std::string rows = "a,b,target\n";
  for (int k = 0; k < 60; ++k)
    rows += std::to_string(k % 7) + "," + std::to_string(k % 5) + "," + std::to_string(k % 7 - k % 5) + "\n";
  const std::string table = (folder_ / "rows.csv").string();
  io::write_atomically(table, rows);
  const Words regression = {"--data", "csv:" + table, "--task", "regression", "--validation",
                            "0.2",    "--model",      "mlp:8",  "--loss",     "mean-squared"};
  const Finished trained = run_program(command("train", {"--epochs", "5", "-o", weights_}, regression));
  ASSERT_EQ(trained.code, 0) << trained.message;
  EXPECT_NE(trained.output.find("loss "), std::string::npos);
  for (const char* word : {"nats", "accuracy", "nan"})
    EXPECT_EQ(trained.output.find(word), std::string::npos) << word;
  const Finished evaluated = run_program(command("evaluate", {"--weights", weights_}, regression));
  ASSERT_EQ(evaluated.code, 0) << evaluated.message;
  EXPECT_EQ(evaluated.output.find("nan"), std::string::npos) << evaluated.output;
}

TEST_F(NetworkCommands, OutputsNeverOverwriteInputs) {
  ASSERT_EQ(train({}).code, 0);
  const auto before = io::read_bytes(weights_);
  std::filesystem::create_symlink(weights_, folder_ / "link.safetensors");
  std::filesystem::create_hard_link(weights_, folder_ / "hard.safetensors");
  std::filesystem::create_directory_symlink(folder_.path(), folder_ / "self");
  for (const std::string name : {"w.safetensors", "./w.safetensors", "self/w.safetensors", "link.safetensors",
                                 "hard.safetensors", "self/self/./link.safetensors"}) {
    expect_refused(
        run_program(command("evaluate", {"--weights", "w.safetensors", "--gradient", name}),
                    {.folder = folder_.path(), .file_limit = -1, .output_file = "", .message_file = ""}),
        {"[--gradient] must not be a file of --weights", name});
    expect_refused(
        run_program({"evaluate", "--wedges", "w.safetensors", "--points", "p", "-o", name},
                    {.folder = folder_.path(), .file_limit = -1, .output_file = "", .message_file = ""}),
        {"[--output] must not be a file of --wedges", name});
    expect_refused(
        run_program({"train", "--data", "arrays:w.safetensors", "--epochs", "1", "-o", name},
                    {.folder = folder_.path(), .file_limit = -1, .output_file = "", .message_file = ""}),
        {"[--output] must not be a file of --data", name});
  }
  expect_refused(train({"--record-points", "3", "--trajectory", weights_}),
                 {"[--trajectory] must not be a file of --output"});
  expect_refused(run_program({"train", "--data", "idx:" + folder_.path().string(), "--epochs", "1", "-o",
                              (folder_ / "self/hard.safetensors").string()}),
                 {"[--output] must not be a file of --data"});
  expect_refused(run_program(command("section", {"--weights", weights_, "-o", folder_.path().string()})),
                 {"[--output] must be a folder that holds no file of --weights"});
  EXPECT_EQ(io::read_bytes(weights_), before);
  EXPECT_EQ(io::read_bytes(folder_ / "hard.safetensors"), before);
}

TEST_F(NetworkCommands, WedgesThatFitInNoMemoryAreRefusedBeforeTheFirstIsDrawn) {
  const Words many = {"wedges", "--dimension", "1000000000", "--wedges", "100000000", "--short-directions",
                      "1000",   "-o",          weights_};
  expect_refused(run_program(many),
                 {"[wedge model] 100000000 wedges with axis frames of 1000 x 1000000000 needs 800 GB"});
  EXPECT_EQ(files(), 0u);
}

TEST_F(NetworkCommands, SeedsAreReadAlikeEverywhere) {
  ASSERT_EQ(train({"--seed", "1e3"}).code, 0);
  const auto section = [&](const std::string& seed) {
    return run_program(command("section", {"--weights", weights_, "--grid", "3", "--examples", "20", "--json",
                                           "--seed", seed, "-o", (folder_ / ("run" + seed)).string()}));
  };
  EXPECT_EQ(section("1e3").code, 0);
  EXPECT_EQ(section("9223372036854775807").code, 0);
  for (const auto& [seed, rule] :
       {std::pair{"-1", "seed must be at least 0, is -1"},
        {"abc", "must be a whole number, is \"abc\""},
        {"", "must be a whole number, is \"\""},
        {"1.5", "must be a whole number, is \"1.5\""},
        {"9223372036854775808", "must be at most 9223372036854775807, is 9223372036854775808"},
        {"18446744073709551615", "must be at most 9223372036854775807, is 18446744073709551615"}}) {
    expect_refused(section(seed), {"[--seed]", rule});
    expect_refused(train({"--seed", seed}), {"[--seed]", rule});
    expect_refused(run_program({"wedges", "--dimension", "9", "--seed", seed, "-o", weights_}),
                   {"[--seed]", rule});
  }
}

TEST_F(NetworkCommands, ABatchHoldsNoImageTwice) {
  expect_refused(train({"--batch-size", "301"}), {"[batch-size] must be at most 300, the training examples"});
  expect_refused(train({"--batch-size", "1e8"}), {"[batch-size] must be at most 300", "is 100000000"});
  EXPECT_EQ(train({"--batch-size", "300"}).code, 0);
}

/// As long as this lives, programs that start have that many bytes of address space.
class AddressLimit {
 public:
  explicit AddressLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_AS, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~AddressLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;

 private:
  rlimit before_ = {};
};

TEST_F(NetworkCommands, ANetworkThatDoesNotFitSaysWhatItNeeds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take terabytes of addresses";
#endif
  const auto run = [&](const std::string& name, const std::string& size, const Words& more) {
    Words words = {name, "--data", "synthetic:3x" + size + "x" + size + ",10", "--threads", "2"};
    words.insert(words.end(), more.begin(), more.end());
    const AddressLimit limit(rlim_t{3} << 29);
    return run_program(words);
  };
  const Words output = {"--steps", "1", "-o", weights_};
  const auto train = [&](const std::string& size, Words more) {
    more.insert(more.end(), output.begin(), output.end());
    return run("train", size, more);
  };
  expect_refused(train("32", {"--model", "resnet:20", "--train-examples", "1000", "--batch-size", "1000"}),
                 {"[batch-size] resnet:20 on [3, 32, 32] with a minibatch of 1000 needs ", " GB of memory, ",
                  " is free; take a smaller one"});
  expect_refused(train("32", {"--model", "mlp:30000,30000", "--train-examples", "200"}),
                 {"[model] mlp:30000,30000 on [3, 32, 32] with ", " weights needs 8.0 GB of memory, ",
                  " is free; take a smaller model or smaller images"});
  expect_refused(train("256", {"--model", "vgg:19", "--train-examples", "2", "--batch-size", "2",
                               "--test-examples", "2"}),
                 {"[threads] a thread of vgg:19 on [3, 256, 256] needs ", " GB of memory, ",
                  " is free; take fewer, or a smaller network"});
  expect_refused(run("train", "32",
                     {"--model", "mlp:1000", "--train-examples", "200", "--steps", "400", "--record-points",
                      "300", "--trajectory", weights_ + ".path", "-o", weights_}),
                 {"[record-points] a descent in 3083010 dimensions that records 300 points needs 3.8 GB of "
                  "memory, ",
                  " is free; record fewer"});
  EXPECT_EQ(files(), 0u);
  ASSERT_EQ(train("32", {"--model", "resnet:20", "--train-examples", "100"}).code, 0);
  expect_refused(run("evaluate", "32",
                     {"--model", "resnet:20", "--weights", weights_, "--statistics", "recompute",
                      "--statistics-examples", "4000", "--split", "train", "--examples", "4000"}),
                 {"[statistics-examples] resnet:20 on [3, 32, 32] with statistics over 4000 examples needs ",
                  " GB of memory, ", " is free; take fewer"});
}

TEST_F(NetworkCommands, StoredStatisticsOfOtherWeightsAreAWarning) {
  const std::string file = NWEDGE_SOURCE_DIR "/tests/unit/network/onnx/files/resnet-script-train-any.onnx";
  const auto section = [&](const std::string& statistics) {
    return run_program({"section", "--data", "synthetic:3x8x8,5", "--model", "onnx:" + file, "--statistics",
                        statistics, "--grid", "3", "--examples", "32", "-o",
                        (folder_ / statistics).string()});
  };
  const Finished stored = section("stored");
  ASSERT_EQ(stored.code, 0) << stored.message;
  EXPECT_NE(
      stored.message.find("weights between checkpoints are evaluated with the statistics of one of them"),
      std::string::npos)
      << stored.message;
  const json record = json::parse(io::read_text(folder_ / "stored/records/section.network.json"));
  EXPECT_EQ(record["result"]["statistics"]["policy"], "stored");
  const Finished recomputed = section("recompute");
  ASSERT_EQ(recomputed.code, 0) << recomputed.message;
  EXPECT_EQ(recomputed.message.find("between checkpoints"), std::string::npos) << recomputed.message;
  const Finished one = run_program({"evaluate", "--data", "synthetic:3x8x8,5", "--model", "onnx:" + file});
  ASSERT_EQ(one.code, 0) << one.message;
  EXPECT_EQ(one.message.find("between checkpoints"), std::string::npos)
      << "one checkpoint is what they are for";
}

TEST_F(NetworkCommands, RangesAreFinite) {
  ASSERT_EQ(train({}).code, 0);
  for (const std::string range : {"-inf:inf", "nan:1", "0:1e999", "-1:inf,0:1"})
    expect_refused(run_program(command("section", {"--weights", weights_, "--range=" + range, "-o",
                                                   (folder_ / "run").string()})),
                   {"[--range]"});
  EXPECT_EQ(files(), 1u);
}

TEST_F(NetworkCommands, APathThatIsNoUtf8IsRead) {
  const std::string path = (folder_ / "caf\xe9.safetensors").string();
  ASSERT_EQ(run_program(command("train", {"--epochs", "1", "--json", "-o", path})).code, 0);
  const Finished section =
      run_program(command("section", {"--weights", path, "--grid", "3", "--examples", "20", "--json", "-o",
                                      (folder_ / "run").string()}));
  EXPECT_EQ(section.code, 0) << section.message;
  EXPECT_EQ(json::parse(section.output)["examples"]["train"], 20);
}

TEST_F(NetworkCommands, AnOutputThatCannotBeWrittenIsRefusedAndNothingIsLost) {
  expect_refused(run_program(command("train", {"--epochs", "1", "-o", "/proc/nwedge/w"})),
                 {"[/proc/nwedge] cannot make the folder"});
  ASSERT_EQ(train({}).code, 0);
  const auto before = io::read_bytes(weights_);
  expect_refused(train({"--seed", "5"}, 500), {"w.safetensors] cannot write: File too large"});
  EXPECT_EQ(io::read_bytes(weights_), before);
  EXPECT_EQ(files(), 1u);
  expect_refused(run_program(command("train", {"--epochs", "1", "-o", "/dev/full"})),
                 {"[/dev/full] cannot write: No space left on device"});
}

TEST_F(NetworkCommands, DivergenceIsSaidAndWritesNoWeights) {
  expect_refused(train({"--learning-rate", "1e30", "--schedule", "constant"}),
                 {"the loss must stay finite", "no weights were written", "--learning-rate"});
  EXPECT_EQ(files(), 0u);
}

TEST_F(NetworkCommands, AnInterruptEndsEveryCommandWithinASecond) {
  const Words large = {"--data", "synthetic:1x28x28,10", "--model", "cnn:32,32"};
  ASSERT_EQ(
      run_program(command("train",
                          {"--train-examples", "10", "--test-examples", "10", "--steps", "1", "-o", weights_},
                          large))
          .code,
      0);
  const Words evaluate =
      command("evaluate",
              {"--weights", weights_, "--split", "train", "--examples", "200000", "--threads", "1"}, large);
  const Words predict = {"predict", "--dimension", "10000", "--short-directions", "900", "--wedges",
                         "2000",    "--opening",   "0.1"};
  for (const Words& words : {evaluate, predict}) {
    Program program(words, {});
    ::usleep(300'000);
    const auto begin = std::chrono::steady_clock::now();
    program.send(SIGINT);
    const Finished stopped = program.wait();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (stopped.code == 0) continue;  // it was faster
    EXPECT_EQ(stopped.code, 130);
    EXPECT_EQ(stopped.message, "nwedge: stopped on request; the same command begins again\n");
    EXPECT_LT(seconds.count(), 2) << "0.7 s, and what a loaded machine adds";
  }
}

/// What an independent program makes of the same files.
class Interoperability : public NetworkCommands {
 protected:
  void SetUp() override {
    if (std::system("python3 -c '' >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
    python("make " + folder_.path().string());
  }
  std::string python(const std::string& arguments) const {
    const std::string line = "python3 " NWEDGE_SOURCE_DIR "/tests/cli/tensors.py " + arguments;
    FILE* pipe = ::popen(line.c_str(), "r");
    if (!pipe) throw std::runtime_error("cannot start python3");
    std::string output;
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, pipe)) output += buffer;
    EXPECT_EQ(::pclose(pipe), 0) << line;
    return output;
  }
  std::string data_ = (folder_ / "data.safetensors").string();

  void expect_agreement(const std::string& weights) {
    const Finished finished = run_program(
        {"evaluate", "--data", "arrays:" + data_, "--model", "mlp:3", "--weights", weights, "--json"});
    ASSERT_EQ(finished.code, 0) << finished.message;
    const json ours = json::parse(finished.output);
    double loss = 0;
    double accuracy = 0;
    ASSERT_EQ(std::sscanf(python("loss " + data_ + " " + weights).c_str(), "%lf %lf", &loss, &accuracy), 2);
    EXPECT_NEAR(ours["loss"], loss, 1e-5 * loss);
    EXPECT_EQ(ours["accuracy"], accuracy);
  }
};

TEST_F(Interoperability, WeightsWrittenElsewhereGiveTheSameLoss) {
  expect_agreement((folder_ / "mlp.safetensors").string());
}

TEST_F(Interoperability, WeightsWrittenHereGiveTheSameLossElsewhere) {
  const Finished finished = run_program({"train", "--data", "arrays:" + data_, "--model", "mlp:3",
                                         "--batch-size", "10", "--epochs", "20", "-o", weights_});
  ASSERT_EQ(finished.code, 0) << finished.message;
  expect_agreement(weights_);
}

TEST_F(Interoperability, EveryTypeReadsTheSameElsewhere) {
  io::write_safetensors(weights_, std::vector<io::Tensor>{{"a", {2, 1}, std::vector<float>{0.5f, -3}},
                                                          {"b", {1}, std::vector<std::int64_t>{-4}},
                                                          {"c", {}, std::vector<std::int32_t>{7}},
                                                          {"d", {2}, std::vector<std::uint8_t>{0, 255}}});
  EXPECT_EQ(python("show " + weights_),
            "a F32 [2, 1] [0.5, -3.0]\nb I64 [1] [-4]\nc I32 [] [7]\nd U8 [2] [0, 255]\n");
}

}  // namespace
}  // namespace nwedge::test
