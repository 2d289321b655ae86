#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/evaluate_wedges.hpp"
#include "nwedge/cli/given_network.hpp"
#include "nwedge/cli/option_binder.hpp"
#include "nwedge/cli/output_files.hpp"
#include "nwedge/cli/weights_metadata.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/network/tensor_matching.hpp"
#include "nwedge/network/weights.hpp"

namespace nwedge::cli {
namespace {

constexpr std::array<std::string_view, 2> kSplits = {"train", "test"};

/// What the loss of a network depends on.
struct EvaluateArguments {
  network::DataOptions data;
  network::ModelOptions model;
  network::NetworkOptions network = {.statistics = "stored"};  // of one checkpoint
  std::string split = "test";
  std::int64_t examples = 0;
  std::string match = "names";
  std::string weights;
  std::string gradient;
  bool as_json = false;

  void visit(OptionVisitor& visitor) {
    data.visit_source(visitor);
    model.visit_function(visitor);
    network.visit_function(visitor);
    visitor.field("split", split, kSplits, "the part of the data");
    visitor.field("examples", examples, between(0, 1e8),
                  "images of the split, chosen by --data-seed; 0: all");
    visitor.field("match", match, network::kMatches, "how the tensors of --weights are told apart");
  }
};

/// The network with the buffers that came with the weights; those are left in `weights`.
network::Network make_network(const EvaluateArguments& arguments, std::vector<float>& weights) {
  network::DataOptions options = arguments.data;
  const bool test = arguments.split == "test";
  options.test_examples = test ? arguments.examples : 1;  // of the other split only statistics are used
  options.train_examples = !test ? arguments.examples : arguments.network.statistics == "stored" ? 1 : 0;
  auto data = std::make_shared<const network::DataSet>(network::load_data(options, "--data"));
  network::Model model = network::make_model(arguments.model, *data, "--model", arguments.network.loss);
  network::State state = network::read_state(model.graph, arguments.weights, arguments.match);
  for (const std::string& note : model.notes) say_unless_quiet(note);
  say_how_it_was_read(state);
  weights = std::move(state.weights);
  model.buffers = std::move(state.buffers);
  return {std::move(data), std::move(model), arguments.network};
}

void run_evaluate_command(const EvaluateArguments& arguments) {
  if (!arguments.gradient.empty()) {
    require_apart({"--gradient", arguments.gradient},
                  {{"--weights", arguments.weights}, {"--data", arguments.data.data}});
    io::require_writable(arguments.gradient);
  }
  std::vector<float> weights;
  const network::Network network = make_network(arguments, weights);
  const Split split = arguments.split == "test" ? Split::test : Split::train;
  const Metrics metrics = network.evaluate(weights, split);
  if (!arguments.gradient.empty()) {
    std::vector<float> gradient(weights.size());
    network.gradient(weights, gradient, split);
    network::write_state(network.graph(), gradient, {}, arguments.gradient);
  }
  const std::int64_t examples = network.examples(split);
  if (arguments.as_json)
    print_json({{"loss", metrics.loss}, {"accuracy", metrics.accuracy}, {"examples", examples}});
  else
    fmt::print("{} of {} {} examples\n", metrics_text(network, metrics.loss, metrics.accuracy), examples,
               arguments.split);
}

void require_given(const CLI::App& command, std::initializer_list<const char*> names,
                   const std::string& kind) {
  for (const char* name : names)
    if (command.count(name) == 0) throw Error("nwedge evaluate", fmt::format("{} needs {}", kind, name));
}

}  // namespace

void add_evaluate_command(CLI::App& program) {
  CLI::App& command = add_command(
      program, "evaluate",
      "Loss and accuracy of a network's weights and the gradient there, or many points of a wedge model.",
      "nwedge evaluate --data fashion-mnist --model cnn --weights w.safetensors --json\n"
      "  nwedge evaluate --wedges model.safetensors --points points.safetensors -o out.safetensors");
  const auto network = std::make_shared<EvaluateArguments>();
  const auto wedges = std::make_shared<EvaluateWedgesArguments>();
  bind_options(command, "Network", *network);
  command.add_option("--weights", network->weights, "safetensors, named as in the equivalent nn.Sequential")
      ->group("Network");
  command
      .add_option("--gradient", network->gradient, "safetensors to write the gradient of the mean loss to")
      ->group("Network");
  command.add_option("--wedges", wedges->wedges, "a model that nwedge wedges wrote")->group("Wedge model");
  command.add_option("--points", wedges->points, "safetensors with points [P, D] float32")
      ->group("Wedge model");
  command
      .add_option("-o,--output", wedges->output,
                  "safetensors to write loss [P], gradient [P, D] and nearest wedge [P] to")
      ->group("Wedge model");
  command.add_flag("--json", network->as_json, "print JSON");
  command.callback([&command, network, wedges] {
    if (command.count("--wedges") == 0) {
      refuse_group(command, "Wedge model", "a network");
      if (network->weights.empty()) network->weights = network::model_file(network->model.model);
      if (network->weights.empty()) require_given(command, {"--weights"}, "a network");
      const std::string assumed = take_metadata(command, std::span(&network->weights, 1));
      run_evaluate_command(*network);
      return say_unless_quiet(assumed);
    }
    refuse_group(command, "Network", "--wedges");
    require_given(command, {"--points", "--output"}, "--wedges");
    wedges->as_json = network->as_json;
    run_evaluate_wedges(*wedges);
  });
}

}  // namespace nwedge::cli
