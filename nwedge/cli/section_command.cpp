#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <type_traits>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/given_network.hpp"
#include "nwedge/cli/option_binder.hpp"
#include "nwedge/cli/output_files.hpp"
#include "nwedge/cli/progress_line.hpp"
#include "nwedge/cli/weights_metadata.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/experiment/section.hpp"
#include "nwedge/geometry/directions.hpp"
#include "nwedge/report/report.hpp"
#include "nwedge/study/single.hpp"

namespace nwedge::cli {
namespace {

using nlohmann::json;

struct SectionArguments {
  NetworkArguments network;
  std::string weights;
  std::vector<std::string> through;
  std::string directions;
  bool vary_biases = false;
  SeedOption seed{"seed of random directions"};
  std::string grid;
  std::string range;
  std::string run;
  bool as_json = false;
};

std::vector<std::string_view> pieces(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class Number>
Number parse_number(std::string_view option, std::string_view text, std::string_view form) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw Error(option, fmt::format("must look like {}, has \"{}\" in it", form, text));
  if constexpr (std::is_floating_point_v<Number>)
    if (!std::isfinite(value)) throw Error(option, fmt::format("must hold finite numbers, one is {}", text));
  return value;
}

/// "25x25" -> {25, 25}
std::vector<std::int64_t> parse_grid(const std::string& text) {
  std::vector<std::int64_t> grid;
  for (const std::string_view part : pieces(text, 'x'))
    grid.push_back(parse_number<std::int64_t>("--grid", part, "51, 25x25 or 15x15x15"));
  return grid;
}

/// "-1:1,0:2" -> least {-1, 0}, most {1, 2}; one range serves for every direction.
void parse_range(const std::string& text, experiment::Section& section) {
  constexpr std::string_view kForm = "-1:1, -1:1,0:2 or auto";
  if (text == "auto") {
    section.range = text;
    return;
  }
  for (const std::string_view part : pieces(text, ',')) {
    const std::vector<std::string_view> ends = pieces(part, ':');
    if (ends.size() != 2)
      throw Error("--range", fmt::format("must look like {}, has \"{}\" in it", kForm, part));
    section.least.push_back(parse_number<double>("--range", ends[0], kForm));
    section.most.push_back(parse_number<double>("--range", ends[1], kForm));
  }
  if (section.least.size() == 1 && section.grid.size() > 1) {
    section.least.resize(section.grid.size(), section.least[0]);
    section.most.resize(section.grid.size(), section.most[0]);
  }
  if (section.least.size() != section.grid.size())
    throw Error("--range",
                fmt::format("must have 1 range, or one for each of the {} directions of the grid, has {}",
                            section.grid.size(), section.least.size()));
}

std::shared_ptr<experiment::Section> make_section(const SectionArguments& arguments) {
  if (!arguments.through.empty() && !arguments.directions.empty())
    throw Error("--through", "cannot be given together with --directions: the points give the directions");
  auto section = std::make_shared<experiment::Section>();
  section->directions = !arguments.through.empty()      ? "points"
                        : !arguments.directions.empty() ? arguments.directions
                                                        : "filter";
  section->vary_biases = arguments.vary_biases;
  section->splits = {arguments.network.split};
  if (!arguments.grid.empty())
    section->grid = parse_grid(arguments.grid);
  else if (arguments.through.size() == 1)
    section->grid = {51};
  if (!arguments.range.empty()) parse_range(arguments.range, *section);
  check_options("nwedge section", std::as_const(*section));
  section->validate("nwedge section");
  if (section->directions == "points" && arguments.through.size() < section->grid.size())
    throw Error("--through",
                fmt::format("a grid in {} directions needs as many points besides --weights, has {}",
                            section->grid.size(), arguments.through.size()));
  return section;
}

std::vector<std::string> files(const SectionArguments& arguments) {
  std::vector<std::string> paths = {arguments.weights};
  paths.insert(paths.end(), arguments.through.begin(), arguments.through.end());
  return paths;
}

/// Points that are to span a family must each leave that of the files before; names the one that does not.
void require_independent(std::span<const optimize::Result> points, std::span<const std::string> paths) {
  const std::vector<float>& origin = points.front().point;
  std::vector<float> directions;
  for (std::size_t i = 1; i < points.size(); ++i) {
    for (std::size_t j = 0; j < origin.size(); ++j) directions.push_back(points[i].point[j] - origin[j]);
    try {
      geometry::orthonormalise(directions, std::ssize(origin));
    } catch (const Error&) {
      throw Error(paths[i],
                  fmt::format("--through must lead away from {}: these weights lie in it; leave them out",
                              i == 1 ? "the point of --weights" : "the points before it"));
    }
  }
}

json summary_of(const SectionArguments& arguments, const study::SingleRun& run, const std::string& report) {
  const std::filesystem::path records = std::filesystem::path(arguments.run) / "records";
  json document = run.record.result;
  document["run"] = arguments.run;
  document["record"] = (records / (run.id + ".json")).string();
  document["arrays"] = (records / (run.id + ".safetensors")).string();
  document["report"] = report;
  document["seconds"] = run.seconds;
  return document;
}

void print_text(const json& document, const std::string& split) {
  const auto number = [](const json& value) {  // null: not finite
    return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
  };
  fmt::print("Least {} loss {:.6g} nats at {}; {:.6g} at the centre; {} images\nArrays: {}\nFigure: {}\n",
             split, number(document[split]["least"]), document[split]["least-at"].dump(),
             number(document[split]["at-centre"]), document["examples"][split].get<std::int64_t>(),
             document["arrays"].get<std::string>(), document["report"].get<std::string>());
}

void run_section_command(const SectionArguments& arguments) {
  const std::shared_ptr<experiment::Section> section = make_section(arguments);
  const std::vector<std::string> paths = files(arguments);
  std::vector<NamedFile> inputs = {{"--data", arguments.network.data.data}};
  for (const std::string& path : paths) inputs.push_back({"--weights, --through", path});
  require_outside({"--output", arguments.run}, inputs);
  GivenNetwork network(arguments.network);
  const std::vector<optimize::Result> points = network.read_points(paths);
  if (section->directions == "points") require_independent(points, paths);
  study::SingleExperiment single;
  single.title =
      fmt::format("Section of {} on {}", network.landscape().graph().model, network.landscape().data().name);
  single.landscape = network.spec();
  single.kind = section->name();
  single.experiment = section;
  single.optima = points;
  single.facts = {{"weights", paths}};
  single.seed = static_cast<std::uint64_t>(arguments.seed.seed);
  const study::SingleRun run = study::run_single(single, network.landscape(), network.factory(),
                                                 arguments.run, *make_progress_line("section"));
  const json document = summary_of(arguments, run, report::write_report(arguments.run).string());
  if (arguments.as_json)
    print_json(document);
  else
    print_text(document, arguments.network.split);
}

}  // namespace

void add_section_command(CLI::App& program) {
  CLI::App& command = add_command(
      program, "section", "Loss and accuracy of a network on a line, plane or block through its weights.",
      "nwedge section --data fashion-mnist --model cnn --weights a.safetensors --through b.safetensors "
      "--through c.safetensors --grid 25x25 -o runs/plane");
  const auto arguments = std::make_shared<SectionArguments>();
  bind_options(command, "Network", arguments->network);
  command.add_option(
      "--weights", arguments->weights,
      "safetensors: the point at the centre, or the first point; of --model onnx:FILE its own by default");
  command.add_option(
      "--through", arguments->through,
      "safetensors of another point of the section; once for a line, twice for a plane, three times "
      "for a block; more points are projected");
  command
      .add_option(
          "--directions", arguments->directions,
          "filter: random with the norm of each filter (default), random: isotropic, as long as the weights, "
          "eigenvectors: of the largest eigenvalues of the Hessian on --examples, gradient: steepest descent "
          "first")
      ->check(CLI::IsMember({"filter", "random", "eigenvectors", "gradient"}));
  command.add_flag("--vary-biases", arguments->vary_biases,
                   "of filter: move biases and scales and shifts of normalisations too, by their norms");
  bind_options(command, "Options", arguments->seed);
  command.add_option("--grid", arguments->grid,
                     "grid points along each direction, 51, 25x25 (default) or 15x15x15");
  command.add_option(
      "--range", arguments->range,
      "--range=-1:1,-1:1: lowest and highest coordinate along each direction, in units of the "
      "direction's length; auto: half as far again as where the loss doubles; default -1:1, or "
      "what shows all points");
  command.add_option("-o,--output", arguments->run, "folder for the record, its arrays and the figure")
      ->required();
  command.add_flag("--json", arguments->as_json, "print JSON");
  command.callback([&command, arguments] {
    if (arguments->weights.empty()) arguments->weights = network::model_file(arguments->network.model.model);
    if (arguments->weights.empty()) throw Error("nwedge section", "--weights is required");
    make_section(*arguments);  // its mistakes first
    const std::string assumed = take_metadata(command, files(*arguments));
    run_section_command(*arguments);
    say_unless_quiet(assumed);
  });
}

}  // namespace nwedge::cli
