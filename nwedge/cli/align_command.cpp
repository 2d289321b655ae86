#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/given_network.hpp"
#include "nwedge/cli/option_binder.hpp"
#include "nwedge/cli/output_files.hpp"
#include "nwedge/cli/weights_metadata.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/core/version.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/network/alignment/repair.hpp"
#include "nwedge/network/tensor_matching.hpp"

namespace nwedge::cli {
namespace {

using network::State;
using network::StateView;
using nlohmann::json;

struct AlignArguments {
  network::DataOptions data;
  network::ModelOptions model;
  network::NetworkOptions network;
  network::MatchingOptions matching;
  std::int64_t examples = 2000;
  std::string match = "names";
  std::string reference;
  std::string weights;
  std::string output;
  std::string average;
  bool repair = false;
  bool as_json = false;

  void visit(OptionVisitor& visitor) {
    data.visit_source(visitor);
    model.visit_function(visitor);
    network.visit_function(visitor);
    visitor.field("examples", examples, between(0, 1e8),
                  "test images on which the average is measured, chosen by --data-seed; 0: all");
    visitor.field("match", match, network::kMatches, "how the tensors of files of weights are told apart");
  }
};

/// "b-aligned.safetensors" -> "b-aligned-average.safetensors"
std::string beside(const std::string& output) {
  const std::filesystem::path path = output;
  return (path.parent_path() / (path.stem().string() + "-average" + path.extension().string())).string();
}

void check_arguments(AlignArguments& arguments) {
  if (arguments.repair && arguments.average.empty()) arguments.average = beside(arguments.output);
  const std::vector<NamedFile> inputs = {{"--data", arguments.data.data},
                                         {"--reference", arguments.reference},
                                         {"--weights", arguments.weights}};
  require_apart({"--output", arguments.output}, inputs);
  io::require_writable(arguments.output);
  if (arguments.average.empty()) return;
  require_apart({"--average", arguments.average}, inputs);
  require_apart({"--average", arguments.average}, {{"--output", arguments.output}});
  io::require_writable(arguments.average);
}

std::vector<float> mean(std::span<const float> a, std::span<const float> b) {
  std::vector<float> result(a.size());
  for (std::size_t k = 0; k < a.size(); ++k) result[k] = (a[k] + b[k]) / 2;
  return result;
}

json measured(const network::Network& network, std::span<const float> point) {
  const Metrics metrics = network.evaluate(point, Split::test);
  return {{"loss", metrics.loss}, {"accuracy", metrics.accuracy}};
}

std::int64_t count_moved(const network::UnitGroups& groups, const network::Arrangement& arrangement) {
  std::int64_t moved = 0;
  for (std::size_t g = 0; g < groups.groups().size(); ++g)
    for (std::size_t k = 0; k < arrangement.source[g].size(); ++k)
      moved += arrangement.source[g][k] != static_cast<std::int64_t>(k) % groups.groups()[g].size ? 1 : 0;
  return moved;
}

void print_text(const json& document, const network::Network& network) {
  fmt::print("{} of {} units moved; distance {:.4g} -> {:.4g}\n", document["moved"].get<std::int64_t>(),
             document["units"].get<std::int64_t>(), document["distance"]["before"].get<double>(),
             document["distance"]["after"].get<double>());
  fmt::print("on {} test examples\n", document["examples"].get<std::int64_t>());
  for (const auto& [key, what] :
       std::initializer_list<std::pair<const char*, const char*>>{{"reference", "reference"},
                                                                  {"weights", "weights"},
                                                                  {"average-before", "average of both"},
                                                                  {"average-after", "average, aligned"},
                                                                  {"average-repaired", "average, repaired"}})
    if (document.contains(key))
      fmt::print("  {:18} {}\n", what,
                 metrics_text(network, document[key]["loss"].get<double>(),
                              document[key]["accuracy"].get<double>()));
  fmt::print("aligned weights in {}\n", document["output"].get<std::string>());
  if (document.contains("average")) fmt::print("average in {}\n", document["average"].get<std::string>());
}

void run_align_command(AlignArguments arguments) {
  check_arguments(arguments);
  network::DataOptions options = arguments.data;
  options.test_examples = arguments.examples;
  auto data = std::make_shared<const network::DataSet>(network::load_data(options, "--data"));
  network::Model model = network::make_model(arguments.model, *data, "--model", arguments.network.loss);
  const State reference = network::read_state(model.graph, arguments.reference, arguments.match);
  State weights = network::read_state(model.graph, arguments.weights, arguments.match);
  say_how_it_was_read(reference);
  say_how_it_was_read(weights);
  model.buffers = reference.buffers;
  const network::Network network(data, std::move(model), arguments.network);
  for (const std::string& note : network.notes()) say_unless_quiet(note);
  const network::Graph& graph = network.graph();
  const network::UnitGroups groups(graph);
  if (groups.units() == 0)
    throw Error("--model", fmt::format("{} has no units that could be permuted", network::model_text(graph)));

  network::Arrangement arrangement;
  if (arguments.matching.method == "weights") {
    arrangement = network::match_weights(groups, reference.weights, weights.weights, arguments.matching);
  } else {
    const std::vector<float> ours = network.buffers_at(reference.weights);
    const std::vector<float> theirs = network.buffers_at(weights.weights);
    arrangement = network::match_activations(groups, graph, {reference.weights, ours},
                                             {weights.weights, theirs}, data->train, arguments.matching);
  }
  const std::vector<float> aligned = groups.arranged_weights(arrangement, weights.weights);
  const std::map<std::string, std::string> metadata = {{"data", data->name},
                                                       {"producer", fmt::format("nwedge {}", version())}};
  network::write_state(graph, aligned, groups.arranged_buffers(arrangement, weights.buffers),
                       arguments.output, metadata);

  const std::vector<float> plain = mean(reference.weights, weights.weights);
  std::vector<float> average = mean(reference.weights, aligned);
  json document = {{"units", groups.units()},
                   {"moved", count_moved(groups, arrangement)},
                   {"distance",
                    {{"before", distance(reference.weights, weights.weights)},
                     {"after", distance(reference.weights, aligned)}}},
                   {"examples", network.examples(Split::test)},
                   {"reference", measured(network, reference.weights)},
                   {"weights", measured(network, weights.weights)},
                   {"average-before", measured(network, plain)},
                   {"average-after", measured(network, average)},
                   {"output", arguments.output}};
  if (arguments.repair) {
    const std::vector<float> ours = network.buffers_at(reference.weights);
    const std::vector<float> theirs = network.buffers_at(aligned);
    const std::vector<float> own = network.buffers_at(average);
    average = network::repaired(graph, {average, own}, {reference.weights, ours}, {aligned, theirs},
                                data->train, arguments.matching.match_examples);
    document["average-repaired"] = measured(network, average);
    document["repaired-units"] = network::repairable_units(graph);
  }
  if (!arguments.average.empty()) {
    network::write_state(graph, average, network.buffers_at(average), arguments.average, metadata);
    document["average"] = arguments.average;
  }
  if (arguments.as_json)
    print_json(document);
  else
    print_text(document, network);
}

}  // namespace

void add_align_command(CLI::App& program) {
  CLI::App& command = add_command(program, "align",
                                  "Permute the units of a network so that its weights lie close to those of "
                                  "another; it computes the same.",
                                  "nwedge align --data fashion-mnist --reference a.safetensors --weights "
                                  "b.safetensors -o b-aligned.safetensors");
  const auto arguments = std::make_shared<AlignArguments>();
  bind_options(command, "Network", *arguments);
  bind_options(command, "Matching", arguments->matching);
  command.add_option("--reference", arguments->reference, "safetensors of the network that stays as it is")
      ->required();
  command.add_option("--weights", arguments->weights, "safetensors of the network whose units are permuted")
      ->required();
  command.add_option("-o,--output", arguments->output, "safetensors to write the permuted network to")
      ->required();
  command.add_option("--average", arguments->average,
                     "safetensors to write the average of the reference and the permuted network to");
  command.add_flag(
      "--repair", arguments->repair,
      "rescale the average's units so that their means and deviations are those between the two; "
      "without --average it is written to OUTPUT-average.safetensors");
  command.add_flag("--json", arguments->as_json, "print JSON");
  command.callback([&command, arguments] {
    const std::vector<std::string> paths = {arguments->reference, arguments->weights};
    const std::string assumed = take_metadata(command, paths);
    run_align_command(*arguments);
    say_unless_quiet(assumed);
  });
}

}  // namespace nwedge::cli
