#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "nwedge/cli/barrier_figure.hpp"
#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/cli/given_network.hpp"
#include "nwedge/cli/option_binder.hpp"
#include "nwedge/cli/output_files.hpp"
#include "nwedge/cli/progress.hpp"
#include "nwedge/cli/progress_line.hpp"
#include "nwedge/cli/weights_metadata.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/version.hpp"
#include "nwedge/experiment/advice_record.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/tensor_matching.hpp"
#include "nwedge/report/report.hpp"
#include "nwedge/study/single.hpp"

namespace nwedge::cli {
namespace {

using experiment::Advice;
using experiment::CandidateAdvice;
using experiment::Checkpoint;
using nlohmann::json;

struct AdviseArguments {
  NetworkArguments network;
  experiment::AdviceRequest request;
  std::vector<std::string> weights;
  std::string folder;
  bool as_json = false;

  void visit(OptionVisitor& visitor) {
    network.data.visit_source(visitor);
    network.model.visit_function(visitor);
    network.network.visit_function(visitor);
    visitor.field("examples", network.examples, between(0, 1e8),
                  "test images to use, chosen by --data-seed; 0: all");
    visitor.field("match", network.match, network::kMatches,
                  "how the tensors of files of weights are told apart");
  }
};

/// The checkpoints that count, and where each stands among the files.
struct Given {
  std::vector<Checkpoint> checkpoints;
  std::vector<std::int64_t> places;
  std::vector<std::string> notes;
};

bool is_finite(const std::string& path) {
  for (const io::Tensor& tensor : io::read_safetensors(path).tensors)
    if (!std::visit(
            [](const auto& values) {
              return std::all_of(values.begin(), values.end(),
                                 [](auto value) { return std::isfinite(static_cast<double>(value)); });
            },
            tensor.values))
      return false;
  return true;
}

/// The files' names without folder and ending, where that tells them apart.
std::vector<std::string> short_names(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const std::string& path : paths) names.push_back(std::filesystem::path(path).stem().string());
  return std::set(names.begin(), names.end()).size() == names.size() ? names : paths;
}

Given read_checkpoints(const network::Graph& graph, const AdviseArguments& arguments) {
  Given given;
  const std::vector<std::string> names = short_names(arguments.weights);
  for (std::size_t i = 0; i < arguments.weights.size(); ++i) {
    const std::string& path = arguments.weights[i];
    if (!is_finite(path)) {
      given.notes.push_back(fmt::format("[{}] holds numbers that are not finite: left out", path));
      continue;
    }
    network::State state = network::read_state(graph, path, arguments.network.match);
    say_how_it_was_read(state);
    const auto twin = std::find_if(given.checkpoints.begin(), given.checkpoints.end(),
                                   [&](const Checkpoint& other) { return other.weights == state.weights; });
    if (twin != given.checkpoints.end()) {
      given.notes.push_back(fmt::format("[{}] holds the same weights as {}: left out", path, twin->name));
      continue;
    }
    given.checkpoints.push_back({names[i], std::move(state.weights)});
    given.places.push_back(static_cast<std::int64_t>(i));
  }
  if (given.checkpoints.empty())
    throw Error("--weights", "at least one file must hold finite numbers, none does");
  return given;
}

/// Checkpoints by their places among the files.
void restore_places(Advice& advice, const Given& given, const std::vector<std::string>& paths) {
  const auto restore = [&](std::int64_t& member) { member = given.places[static_cast<std::size_t>(member)]; };
  for (auto* groups : {&advice.wedges, &advice.aligned_wedges})
    for (auto& group : *groups) std::for_each(group.begin(), group.end(), restore);
  for (auto& check : advice.checks) std::for_each(check.members.begin(), check.members.end(), restore);
  for (auto& candidate : advice.candidates)
    std::for_each(candidate.members.begin(), candidate.members.end(), restore);
  for (auto& pair : advice.pairs) {
    restore(pair.first);
    restore(pair.second);
  }
  advice.checkpoints = paths;
  advice.notes.insert(advice.notes.begin(), given.notes.begin(), given.notes.end());
}

/// Where each average will lie.
void name_weights(experiment::AdviceResult& result, const std::filesystem::path& folder) {
  std::map<std::string, int> counts;
  for (const experiment::AdvisedWeights& own : result.weights) {
    CandidateAdvice& candidate = result.advice.candidates[own.candidate];
    candidate.weights =
        (folder / fmt::format("{}-{}.safetensors", candidate.action, ++counts[candidate.action])).string();
  }
}

void write_weights(const experiment::AdviceResult& result, const network::Network& network) {
  for (const experiment::AdvisedWeights& own : result.weights) {
    const CandidateAdvice& candidate = result.advice.candidates[own.candidate];
    network::write_state(network.graph(), own.weights, own.buffers, *candidate.weights,
                         {{"data", network.data().name},
                          {"producer", fmt::format("nwedge {}", version())},
                          {"made-as", candidate.name}});
  }
}

/// Where an interval has been cut at what is possible, its wider half.
std::string forecast_cell(const experiment::Estimate& estimate, double unit, int digits) {
  const double half = std::max(estimate.high - estimate.value, estimate.value - estimate.low);
  return fmt::format("{:.{}f} ± {:.{}f}", unit * estimate.value, digits, unit * half, digits);
}

std::string cell(const experiment::Estimate& estimate, double unit, int digits, bool sign = false) {
  const double half = unit * (estimate.high - estimate.low) / 2;
  return sign ? fmt::format("{:+.{}f} ± {:.{}f}", unit * estimate.value, digits, half, digits)
              : fmt::format("{:.{}f} ± {:.{}f}", unit * estimate.value, digits, half, digits);
}

void print_table(const Advice& advice) {
  std::size_t width = 9;
  for (const CandidateAdvice& candidate : advice.candidates) width = std::max(width, candidate.name.size());
  width = std::min<std::size_t>(width, 60);
  fmt::print("\n{:{}}  cost  {:>14}  {:>14}  {:>16}  {:>14}  {:>14}\n", "candidate", width, "accuracy, %",
             "forecast, %", "loss, nats", "calibration, %", "gain, points");
  for (const CandidateAdvice& candidate : advice.candidates) {
    std::string name = candidate.name;
    if (name.size() > width) name = name.substr(0, width - 3) + "...";
    fmt::print("{:{}}  {:>4}  {:>14}  {:>14}  {:>16}  {:>14}  {:>14}{}\n", name, width, candidate.cost,
               cell(candidate.accuracy, 100, 1),
               candidate.forecast ? forecast_cell(candidate.forecast->accuracy, 100, 1) : "",
               cell(candidate.loss, 1, 4), cell(candidate.calibration_error, 100, 1),
               cell(candidate.gain, 100, 1, true),
               candidate.name == advice.recommendation.candidate ? "  <-" : "");
  }
}

std::string groups_text(const std::vector<std::vector<std::int64_t>>& groups,
                        const std::vector<std::string>& names) {
  std::string text;
  for (const std::vector<std::int64_t>& group : groups) {
    text += text.empty() ? "{" : " {";
    for (std::size_t k = 0; k < group.size(); ++k)
      text += fmt::format("{}{}", k == 0 ? "" : ", ", names[static_cast<std::size_t>(group[k])]);
    text += "}";
  }
  return text;
}

/// What was said before anything was averaged, beside what came of it.
void print_forecast(const experiment::BagForecast& bag) {
  const auto print = [](const char* what, const experiment::CheckedForecast& checked) {
    const experiment::ForecastAdvice& forecast = checked.forecast;
    fmt::print(
        "forecast of the {} of all: {} %, {} nats, at least as good as the best with probability "
        "{:.2f}; measured {:.1f} %, {:.4f} nats, {:+.1f} points\n",
        what, forecast_cell(forecast.accuracy, 100, 1), forecast_cell(forecast.loss, 1, 3),
        forecast.at_least_best, 100 * checked.accuracy.value, checked.loss.value, 100 * checked.gain.value);
  };
  print("average", bag.average);
  print("ensemble", bag.ensemble);
}

void print_text(const Advice& advice, double seconds, const std::filesystem::path& folder) {
  const std::vector<std::string> names = short_names(advice.checkpoints);
  fmt::print("{}\n", advice.recommendation.sentence);
  print_table(advice);
  std::int64_t most = 0;
  for (const experiment::PairAdvice& pair : advice.pairs)
    most = std::max({most, pair.line.examples, pair.aligned ? pair.aligned->examples : 0});
  fmt::print("\n± are 95 %; {} test examples judge, up to {} of {} others decide; {}\n",
             advice.judging_examples, most, advice.deciding_examples, duration(seconds));
  if (advice.forecast) print_forecast(*advice.forecast);
  fmt::print("wedges, barriers up to {:.3g} nats: {}\n", advice.tolerance, groups_text(advice.wedges, names));
  if (advice.aligned_wedges != advice.wedges)
    fmt::print("with units matched: {}\n", groups_text(advice.aligned_wedges, names));
  for (const experiment::WedgeAdvice& check : advice.checks)
    if (!check.confirmed)
      fmt::print("the average of {} is worse than its members: neighbours share a wedge, not all of them\n",
                 groups_text({check.members}, names));
  for (const CandidateAdvice& candidate : advice.candidates)
    if (candidate.weights) fmt::print("{}: {}\n", *candidate.weights, candidate.name);
  fmt::print("all numbers in {}, barriers drawn in {}, all of it on the page {}\n",
             (folder / "advice.json").string(), (folder / "barriers.svg").string(),
             (folder / "report.html").string());
  std::fflush(stdout);
}

void run_advise_command(AdviseArguments arguments) {
  std::vector<NamedFile> inputs = {{"--data", arguments.network.data.data}};
  for (const std::string& path : arguments.weights) inputs.push_back({"--weights", path});
  require_outside({"--output", arguments.folder}, inputs);
  const auto begin = std::chrono::steady_clock::now();
  arguments.network.split = "test";
  GivenNetwork given_network(arguments.network);
  const network::Network& network = given_network.landscape();
  if (!network.graph().buffers.empty() && network.options().statistics == "stored")
    throw Error("--statistics",
                "\"stored\" are those of one checkpoint, an average has none; must be \"recompute\"");
  const Given given = read_checkpoints(network.graph(), arguments);
  for (const std::string& note : given.notes) say_unless_quiet(note);
  const std::filesystem::path folder = arguments.folder;
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  io::require_writable(folder / "advice.json");
  experiment::AdviceResult result;
  json document;
  const auto write = [&] {
    write_weights(result, network);
    io::write_atomically(folder / "advice.json", document.dump(2) + "\n");
    io::write_atomically(folder / "barriers.svg",
                         barrier_figure(result.advice, short_names(arguments.weights)));
  };
  // The answer is there as soon as it is known; what the page draws comes after it.
  const auto answer = [&](Monitor& monitor) {
    result = experiment::advise(network.data(), {network.graph()}, network.options(), given.checkpoints,
                                arguments.request.advice, monitor);
    const experiment::AdviceResult own = result;
    for (const std::string& note : result.advice.notes) say_unless_quiet(note);
    restore_places(result.advice, given, arguments.weights);
    name_weights(result, folder);
    document = to_record(result.advice);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!arguments.as_json) print_text(result.advice, seconds, folder);
    return own;
  };
  const auto page =
      std::make_shared<experiment::AdviceRecord>(arguments.request, given.checkpoints, answer, false);
  std::vector<optimize::Result> points(given.checkpoints.size());
  std::vector<std::string> files;
  for (std::size_t k = 0; k < points.size(); ++k) {
    points[k].seed = k;
    points[k].point = given.checkpoints[k].weights;
    files.push_back(arguments.weights[static_cast<std::size_t>(given.places[k])]);
  }
  study::SingleExperiment single;
  single.title = fmt::format("{} checkpoints of {}", points.size(), network.graph().model);
  single.landscape = given_network.spec();
  single.kind = page->name();
  single.experiment = page;
  single.optima = points;
  single.facts = {{"weights", files}};
  try {
    study::run_single(single, network, given_network.factory(), folder, *make_progress_line("advice"));
  } catch (...) {  // whoever stops the drawing has the answer all the same
    if (!document.is_null()) write();
    throw;
  }
  write();
  report::write_report(folder);
  if (arguments.as_json) print_json(document);
}

}  // namespace

void add_advise_command(CLI::App& program) {
  CLI::App& command = add_command(
      program, "advise",
      "Which of these checkpoints should be averaged, which ensembled: the answer with its numbers, and the "
      "weights.",
      "nwedge advise --data fashion-mnist --model mlp:100,100 --weights a.safetensors b.safetensors "
      "c.safetensors --budget 2 -o runs/advice");
  const auto arguments = std::make_shared<AdviseArguments>();
  bind_options(command, "Network", *arguments);
  bind_options(command, "Advice", arguments->request);
  command.add_option("--weights", arguments->weights, "safetensors of the checkpoints, all of one network")
      ->required();
  command
      .add_option("-o,--output", arguments->folder,
                  "folder for the page, the numbers and the weights of averages")
      ->required();
  command.add_flag("--json", arguments->as_json, "print JSON");
  command.callback([&command, arguments] {
    const std::string assumed = take_metadata(command, arguments->weights);
    run_advise_command(*arguments);
    say_unless_quiet(assumed);
  });
}

}  // namespace nwedge::cli
