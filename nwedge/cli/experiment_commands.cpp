#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/option_binder.hpp"
#include "nwedge/cli/run_study.hpp"
#include "nwedge/cli/stop.hpp"
#include "nwedge/cli/weights_metadata.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/network/model.hpp"
#include "nwedge/network/tensor_matching.hpp"
#include "nwedge/optimize/options.hpp"
#include "nwedge/study/landscapes.hpp"

namespace nwedge::cli {
namespace {

using nlohmann::json;

/// One experiment on one landscape: a study with nothing else in it, made from options.
struct ExperimentArguments {
  std::string kind = "network";
  std::int64_t seeds = 3;
  std::map<std::string, std::unique_ptr<study::LandscapeOptions>> landscapes;  // by kind
  optimize::Options training;
  std::vector<std::string> weights;
  std::string match = "names";
  std::shared_ptr<experiment::Experiment> experiment;
  StudyOutput output;

  void visit(OptionVisitor& visitor) {
    visitor.field(
        "landscape", kind, {},
        "what to experiment on: network, a network on data; wedge, the wedge model; command:TEXT, the "
        "landscape of a program that a shell starts with TEXT");
    visitor.field("optima", seeds, at_least(1), "optima to train, from seeds 0, 1, ...");
    visitor.field("match", match, network::kMatches, "how the tensors of --weights are told apart");
  }
};

/// A JSON scalar or list is the TOML value of the same number, text or list, but for the character that TOML
/// takes in a text only as an escape.
std::string toml_value(const json& value) {
  std::string text;
  for (const char c : value.dump(-1, ' ', false, json::error_handler_t::replace))
    text += c == 0x7f ? std::string("\\u007F") : std::string(1, c);
  return text;
}

std::string toml_fields(const json& object) {
  std::string text;
  for (const auto& [key, value] : object.items()) text += fmt::format("{} = {}\n", key, toml_value(value));
  return text;
}

template <class Options>
json fields_of(Options& options) {
  json object = json::object();
  JsonOptionWriter writer(object);
  options.visit(writer);
  return object;
}

/// What the options ask for, checked: mistakes are named as the command's, as no study file was written.
study::Study make_study(ExperimentArguments& arguments) {
  const std::string place = fmt::format("nwedge {}", arguments.experiment->name());
  const bool given = !arguments.weights.empty();
  if (given && arguments.kind != "network")
    throw Error("--weights", fmt::format("belongs to networks, the landscape is a {}", arguments.kind));
  if (!given && arguments.match != "names") throw Error("--match", "belongs to --weights; leave it out");
  if (given) arguments.seeds = std::ssize(arguments.weights);
  optimize::Options& training = arguments.training;
  if (!given && training.epochs == 0 && training.steps == 0)
    (arguments.kind == "network" ? training.epochs : training.steps) = arguments.kind == "network" ? 10 : 500;
  study::Study study;
  study.title = arguments.experiment->title();
  for (std::int64_t seed = 0; seed < arguments.seeds; ++seed)
    study.seeds.push_back(static_cast<std::uint64_t>(seed));
  study::LandscapeSpec landscape;
  landscape.name = landscape.kind = arguments.kind;
  landscape.place = place;
  const std::shared_ptr<study::LandscapeOptions> maker = arguments.landscapes.at(arguments.kind)->clone();
  maker->validate(place);
  landscape.options = fields_of(*maker);
  landscape.maker = maker;
  landscape.training = training;
  study::validate_training(training, given, place + " --train-…");
  landscape.optima = arguments.weights;
  landscape.match = arguments.match;
  study.landscapes = {landscape};
  arguments.experiment->validate(place);
  study::ExperimentSpec spec;
  spec.name = spec.kind = arguments.experiment->name();
  spec.seeds = study.seeds;
  spec.options = fields_of(*arguments.experiment);
  spec.experiment = arguments.experiment;
  spec.place = place;
  study.experiments = {std::move(spec)};
  return study;
}

/// The study as a file that runs it again.
std::string study_text(const study::Study& study) {
  const study::LandscapeSpec& landscape = study.landscapes.front();
  const study::ExperimentSpec& experiment = study.experiments.front();
  return fmt::format(
      "title = {}\nseeds = {}\n\n[landscape.{}]\nkind = \"{}\"\noptima = "
      "{}\nmatch = {}\n{}\n[landscape.{}.training]\n{}\n"
      "[[experiment]]\nkind = \"{}\"\n{}",
      toml_value(study.title), json(study.seeds).dump(), landscape.name, landscape.kind,
      toml_value(landscape.optima), toml_value(landscape.match), toml_fields(landscape.options),
      landscape.name, toml_fields(to_json_object(landscape.training)), experiment.kind,
      toml_fields(experiment.options));
}

void run_experiment_command(ExperimentArguments& arguments) {
  if (arguments.output.folder.empty())
    arguments.output.folder = (std::filesystem::path("runs") / arguments.experiment->name()).string();
  const study::Study study = make_study(arguments);
  continue_with(settings().command_line);
  run_study(study, study_text(study), arguments.output);
}

/// "command:python mine.py" is the kind "command" with that command.
void take_command(const CLI::App& command, ExperimentArguments& arguments) {
  constexpr std::string_view kPrefix = "command:";
  if (arguments.kind.starts_with(kPrefix)) {
    if (command.count("--command") > 0)
      throw Error("--landscape", "must be \"command\" where --command says the rest");
    arguments.landscapes.at("command")->change({{"command", arguments.kind.substr(kPrefix.size())}},
                                               "--landscape");
    arguments.kind = "command";
  }
  const std::vector<std::string> kinds = study::landscape_kinds();
  if (std::find(kinds.begin(), kinds.end(), arguments.kind) == kinds.end())
    throw Error("--landscape", fmt::format("must be network, wedge or command:TEXT, is \"{}\"{}",
                                           arguments.kind, did_you_mean(arguments.kind, kinds)));
}

/// The heading of the options that only one kind of landscape has.
std::string group_of(const std::string& kind) { return "Landscape " + kind; }

void add_experiment_command(CLI::App& program, const std::string& name) {
  const auto arguments = std::make_shared<ExperimentArguments>();
  arguments->experiment = experiment::make_experiment(name, "nwedge");
  arguments->training.record_points = 20;
  CLI::App& command = add_command(
      program, name, fmt::format("Experiment: {}.", arguments->experiment->title()),
      fmt::format("nwedge {} --model mlp:100,100 --train-examples 10000 --train-epochs 10 -o runs/{}", name,
                  name));
  bind_options(command, "Landscape", *arguments);
  command
      .add_option("--weights", arguments->weights,
                  "safetensors: work on these weights of the network instead of training optima")
      ->excludes(command.get_option("--optima"))
      ->group("Landscape");
  for (const std::string& kind : study::landscape_kinds()) {
    arguments->landscapes[kind] = study::make_landscape_options(kind, "nwedge");
    bind_options(command, group_of(kind), *arguments->landscapes[kind]);
  }
  bind_options(command, "Training", arguments->training, "train-");
  bind_options(command, "Experiment", *arguments->experiment);
  command.add_option("-o,--output", arguments->output.folder,
                     "folder of the run (default: runs/ and the command's name)");
  command.add_flag("--resume", arguments->output.resume,
                   "also continue a run of other options; what is unchanged is kept");
  command.add_flag("--json", arguments->output.as_json, "print the summary as JSON");
  command.callback([&command, arguments] {
    take_command(command, *arguments);
    for (const auto& [kind, options] : arguments->landscapes)
      if (kind != arguments->kind)
        refuse_group(command, group_of(kind),
                     fmt::format("--landscape {}, the kind to work on", arguments->kind));
    const std::string file = network::model_file(command.get_option("--model")->as<std::string>());
    if (arguments->kind == "network" && !file.empty() && arguments->weights.empty() &&
        command.count("--optima") == 0)
      arguments->weights = {file};
    const bool given = arguments->kind == "network" && !arguments->weights.empty();
    const std::string assumed = given ? take_metadata(command, arguments->weights) : "";
    run_experiment_command(*arguments);
    say_unless_quiet(assumed);
  });
}

}  // namespace

void add_experiment_commands(CLI::App& program) {
  for (const std::string& name : experiment::experiment_names()) {
    const auto has_own = [&](const CLI::App* command) { return command->get_name() == name; };
    if (program.get_subcommands(has_own).empty()) add_experiment_command(program, name);
  }
}

}  // namespace nwedge::cli
