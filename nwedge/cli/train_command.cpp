#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/given_network.hpp"
#include "nwedge/cli/option_binder.hpp"
#include "nwedge/cli/output_files.hpp"
#include "nwedge/cli/progress.hpp"
#include "nwedge/cli/progress_line.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/version.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/network/weights.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::cli {
namespace {

using nlohmann::json;

struct TrainArguments {
  network::DataOptions data;
  network::ModelOptions model;
  network::NetworkOptions network;
  optimize::Options training;
  SeedOption seed{"seed of the initial weights, the order of examples and dropout"};
  std::string weights;
  std::string trajectory;
  bool as_json = false;
};

void check_arguments(const TrainArguments& arguments) {
  arguments.training.validate("nwedge train");
  if ((arguments.training.record_points > 0) != !arguments.trajectory.empty())
    throw Error("nwedge train", "--record-points and --trajectory must be given together or not at all");
  const NamedFile data = {"--data", arguments.data.data};
  require_apart({"--output", arguments.weights}, {data});
  io::require_writable(arguments.weights);
  if (arguments.trajectory.empty()) return;
  require_apart({"--trajectory", arguments.trajectory}, {data, {"--output", arguments.weights}});
  io::require_writable(arguments.trajectory);
}

void write_trajectory(const optimize::Result& result, std::int64_t dimension, const std::string& path) {
  const std::vector<io::Tensor> tensors = {
      {"points", {std::ssize(result.trajectory_steps), dimension}, result.trajectory},
      {"steps", {std::ssize(result.trajectory_steps)}, result.trajectory_steps}};
  io::write_safetensors(path, tensors);
}

json measure(const Landscape& landscape, std::span<const float> point, Split split) {
  const Metrics metrics = landscape.evaluate(point, split);
  return {{"loss", metrics.loss}, {"accuracy", metrics.accuracy}, {"examples", landscape.examples(split)}};
}

void print_text(const json& document, const network::Network& network) {
  fmt::print("{} on {}: {} weights, {} steps in {}\n", document["model"].get<std::string>(),
             document["data"].get<std::string>(), document["dimension"].get<std::int64_t>(),
             document["steps"].get<std::int64_t>(), duration(document["seconds"].get<double>()));
  for (const char* split : {"train", "test"})
    fmt::print("{:5}  {} of {} examples\n", split,
               metrics_text(network, document[split]["loss"].get<double>(),
                            document[split]["accuracy"].get<double>()),
               document[split]["examples"].get<std::int64_t>());
  fmt::print("weights in {}\n", document["weights"].get<std::string>());
}

void run_train_command(const TrainArguments& arguments) {
  check_arguments(arguments);
  const auto data = std::make_shared<const network::DataSet>(network::load_data(arguments.data, "--data"));
  const network::Network network(
      data, network::make_model(arguments.model, *data, "--model", arguments.network.loss),
      arguments.network);
  for (const std::string& note : network.notes()) say_unless_quiet(note);
  const auto seed = static_cast<std::uint64_t>(arguments.seed.seed);
  const auto begin = std::chrono::steady_clock::now();
  const optimize::Result result = optimize::minimize(network, network.initial_point(seed), arguments.training,
                                                     seed, *make_progress_line("training"));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!arguments.trajectory.empty()) write_trajectory(result, network.dimension(), arguments.trajectory);
  if (result.termination == optimize::Termination::diverged)
    throw Error(
        "nwedge train",
        fmt::format(
            "the loss must stay finite, is not after step {} of {}; no weights were written; choose a "
            "smaller --learning-rate than {} or set --clip-norm",
            result.batch_losses.size(), arguments.training.total_steps(network),
            arguments.training.learning_rate));
  network::write_state(network.graph(), result.point, network.buffers_at(result.point), arguments.weights,
                       {{"data", data->name},
                        {"seed", std::to_string(arguments.seed.seed)},
                        {"producer", fmt::format("nwedge {}", version())}});
  const json document = {{"data", data->name},
                         {"model", network.graph().model},
                         {"dimension", network.dimension()},
                         {"seed", arguments.seed.seed},
                         {"steps", result.batch_losses.size()},
                         {"seconds", seconds},
                         {"train", measure(network, result.point, Split::train)},
                         {"test", measure(network, result.point, Split::test)},
                         {"weights", arguments.weights}};
  if (arguments.as_json)
    print_json(document);
  else
    print_text(document, network);
}

}  // namespace

void add_train_command(CLI::App& program) {
  CLI::App& command =
      add_command(program, "train", "Train a network on a data set and write its weights.",
                  "nwedge train --data fashion-mnist --model cnn --seed 0 --epochs 5 -o w.safetensors");
  const auto arguments = std::make_shared<TrainArguments>();
  bind_options(command, "Data", arguments->data);
  bind_options(command, "Model", arguments->model);
  bind_options(command, "Loss", arguments->network);
  bind_options(command, "Training", arguments->training);
  bind_options(command, "Training", arguments->seed);
  command
      .add_option("-o,--output", arguments->weights,
                  "weights as safetensors, named as in the equivalent nn.Sequential")
      ->required();
  command.add_option(
      "--trajectory", arguments->trajectory,
      "safetensors with the points on the way [n, D] and their steps [n] (see --record-points)");
  command.add_flag("--json", arguments->as_json, "print JSON");
  command.callback([arguments] { run_train_command(*arguments); });
}

}  // namespace nwedge::cli
