#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <vector>

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
using nlohmann::json;

struct AlignArguments {
  network::DataOptions data;
  network::ModelOptions model;
  network::NetworkOptions network;
  network::MatchingOptions matching;
  std::int64_t examples = 2000;
  std::string match = "names";
  std::string reference;
  std::vector<std::string> weights;
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

/// The file for each network: the output itself, or, of several, one in that folder by the network's name,
/// and by its place where names do not tell them apart.
std::vector<std::string> outputs_of(const AlignArguments& arguments) {
  if (arguments.weights.size() == 1) return {arguments.output};
  std::vector<std::string> names;
  for (const std::string& path : arguments.weights)
    names.push_back(std::filesystem::path(path).stem().string());
  const bool apart = std::set(names.begin(), names.end()).size() == names.size();
  std::vector<std::string> outputs;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const std::string place = apart ? "" : fmt::format("{}-", k + 1);
    outputs.push_back(
        (std::filesystem::path(arguments.output) / (place + names[k] + "-aligned.safetensors")).string());
  }
  return outputs;
}

void check_arguments(AlignArguments& arguments) {
  const bool several = arguments.weights.size() > 1;
  if (several && arguments.repair)
    throw Error("--repair", "rescales the average of two networks, there are more: give one file of weights");
  if (arguments.repair && arguments.average.empty()) arguments.average = beside(arguments.output);
  std::vector<NamedFile> inputs = {{"--data", arguments.data.data}, {"--reference", arguments.reference}};
  for (const std::string& path : arguments.weights) inputs.push_back({"--weights", path});
  std::vector<NamedFile> written;
  for (const std::string& output : outputs_of(arguments)) written.push_back({"--output", output});
  if (!arguments.average.empty()) written.push_back({"--average", arguments.average});
  if (several) {
    std::error_code code;
    std::filesystem::create_directories(arguments.output, code);
  }
  for (std::size_t k = 0; k < written.size(); ++k) {
    require_apart(written[k], inputs);
    if (k > 0) require_apart(written[k], {written.begin(), written.begin() + static_cast<std::ptrdiff_t>(k)});
    io::require_writable(written[k].path);
  }
}

std::vector<float> mean(std::span<const std::vector<float>> points) {
  std::vector<double> sum(points.front().size(), 0.0);
  for (const std::vector<float>& point : points)
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += static_cast<double>(point[k]);
  std::vector<float> result;
  for (const double total : sum)
    result.push_back(static_cast<float>(total / static_cast<double>(points.size())));
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
  for (const json& own : document["networks"])
    fmt::print("{}: {} of {} units moved; distance {:.4g} -> {:.4g}\n", own["file"].get<std::string>(),
               own["moved"].get<std::int64_t>(), document["units"].get<std::int64_t>(),
               own["distance"]["before"].get<double>(), own["distance"]["after"].get<double>());
  fmt::print("on {} test examples\n", document["examples"].get<std::int64_t>());
  const auto print = [&](const std::string& what, const json& measured) {
    fmt::print("  {:18} {}\n", what,
               metrics_text(network, measured["loss"].get<double>(), measured["accuracy"].get<double>()));
  };
  print("reference", document["reference"]);
  for (const json& own : document["networks"])
    print(document["networks"].size() == 1 ? "weights" : own["file"].get<std::string>(), own["measured"]);
  print("average", document["average-before"]);
  print("average, aligned", document["average-after"]);
  if (document.contains("average-repaired")) print("average, repaired", document["average-repaired"]);
  for (const json& own : document["networks"])
    fmt::print("aligned weights in {}\n", own["output"].get<std::string>());
  if (document.contains("average")) fmt::print("average in {}\n", document["average"].get<std::string>());
}

/// One by one with the first, or, of several by weights, all at once.
std::vector<network::Arrangement> match(const network::Network& network, const network::UnitGroups& groups,
                                        std::span<const std::vector<float>> points,
                                        const network::MatchingOptions& options) {
  if (options.method == "weights") {
    if (points.size() > 2) return network::match_universe(groups, points, options).arrangements;
    return {groups.identity(), network::match_weights(groups, points[0], points[1], options)};
  }
  std::vector<network::Arrangement> arrangements = {groups.identity()};
  const std::vector<float> ours = network.buffers_at(points[0]);
  for (std::size_t k = 1; k < points.size(); ++k) {
    const std::vector<float> theirs = network.buffers_at(points[k]);
    arrangements.push_back(network::match_activations(groups, network.graph(), {points[0], ours},
                                                      {points[k], theirs}, network.data().train, options));
  }
  return arrangements;
}

void run_align_command(AlignArguments arguments) {
  check_arguments(arguments);
  network::DataOptions options = arguments.data;
  options.test_examples = arguments.examples;
  auto data = std::make_shared<const network::DataSet>(network::load_data(options, "--data"));
  network::Model model = network::make_model(arguments.model, *data, "--model", arguments.network.loss);
  std::vector<State> states = {network::read_state(model.graph, arguments.reference, arguments.match)};
  for (const std::string& path : arguments.weights)
    states.push_back(network::read_state(model.graph, path, arguments.match));
  std::vector<std::vector<float>> points;
  points.reserve(states.size());
  for (const State& state : states) {
    say_how_it_was_read(state);
    points.push_back(state.weights);
  }
  model.buffers = states.front().buffers;
  const network::Network network(data, std::move(model), arguments.network);
  for (const std::string& note : network.notes()) say_unless_quiet(note);
  const network::Graph& graph = network.graph();
  const network::UnitGroups groups(graph);
  if (groups.units() == 0)
    throw Error("--model", fmt::format("{} has no units that could be permuted", network::model_text(graph)));

  const std::vector<network::Arrangement> arrangements = match(network, groups, points, arguments.matching);
  const std::map<std::string, std::string> metadata = {{"data", data->name},
                                                       {"producer", fmt::format("nwedge {}", version())}};
  const std::vector<std::string> outputs = outputs_of(arguments);
  std::vector<std::vector<float>> aligned = {points.front()};
  json networks = json::array();
  for (std::size_t k = 1; k < points.size(); ++k) {
    aligned.push_back(groups.arranged_weights(arrangements[k], points[k]));
    network::write_state(graph, aligned[k], groups.arranged_buffers(arrangements[k], states[k].buffers),
                         outputs[k - 1], metadata);
    networks.push_back(
        {{"file", arguments.weights[k - 1]},
         {"moved", count_moved(groups, arrangements[k])},
         {"distance",
          {{"before", distance(points.front(), points[k])}, {"after", distance(points.front(), aligned[k])}}},
         {"measured", measured(network, points[k])},
         {"output", outputs[k - 1]}});
  }
  std::vector<float> average = mean(aligned);
  json document = {{"units", groups.units()},
                   {"examples", network.examples(Split::test)},
                   {"reference", measured(network, points.front())},
                   {"networks", std::move(networks)},
                   {"average-before", measured(network, mean(points))},
                   {"average-after", measured(network, average)}};
  if (outputs.size() == 1) {  // of one network its own fields stand outside, too
    const json& only = document["networks"][0];
    document.update({{"moved", only["moved"]},
                     {"distance", only["distance"]},
                     {"weights", only["measured"]},
                     {"output", only["output"]}});
  }
  if (arguments.repair) {
    const std::vector<float> ours = network.buffers_at(aligned[0]);
    const std::vector<float> theirs = network.buffers_at(aligned[1]);
    const std::vector<float> own = network.buffers_at(average);
    average = network::repaired(graph, {average, own}, {aligned[0], ours}, {aligned[1], theirs}, data->train,
                                arguments.matching.match_examples);
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
                                  "Permute the units of networks so that their weights lie close to those of "
                                  "another; they compute the same.",
                                  "nwedge align --data fashion-mnist --reference a.safetensors --weights "
                                  "b.safetensors -o b-aligned.safetensors");
  const auto arguments = std::make_shared<AlignArguments>();
  bind_options(command, "Network", *arguments);
  bind_options(command, "Matching", arguments->matching);
  command.add_option("--reference", arguments->reference, "safetensors of the network that stays as it is")
      ->required();
  command
      .add_option("--weights", arguments->weights,
                  "safetensors of the networks whose units are permuted; several are matched all at once")
      ->required();
  command
      .add_option("-o,--output", arguments->output,
                  "safetensors to write the permuted network to; of several a folder")
      ->required();
  command.add_option("--average", arguments->average,
                     "safetensors to write the average of the reference and the permuted networks to");
  command.add_flag(
      "--repair", arguments->repair,
      "rescale the average's units so that their means and deviations are those between the two; "
      "without --average it is written to OUTPUT-average.safetensors");
  command.add_flag("--json", arguments->as_json, "print JSON");
  command.callback([&command, arguments] {
    std::vector<std::string> paths = arguments->weights;
    paths.insert(paths.begin(), arguments->reference);
    const std::string assumed = take_metadata(command, paths);
    run_align_command(*arguments);
    say_unless_quiet(assumed);
  });
}

}  // namespace nwedge::cli
