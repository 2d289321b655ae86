#include "nwedge/study/training.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "nwedge/command_landscape.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/network/weights.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

/// Null for a landscape without such normalisation.
json statistics_of(const Landscape& landscape) {
  const auto* network = dynamic_cast<const network::Network*>(&landscape);
  if (network == nullptr || network->graph().buffers.empty()) return nullptr;
  const network::NetworkOptions& options = network->options();
  return {{"policy", options.statistics},
          {"examples", std::min(options.statistics_examples, landscape.examples(Split::train))}};
}

json to_json(const Metrics& metrics) { return {{"loss", metrics.loss}, {"accuracy", metrics.accuracy}}; }

/// Loss and accuracy on both splits; on the training split only when the landscape is not made from data.
json measure(const Landscape& landscape, std::span<const float> point) {
  json splits = {{"train", to_json(landscape.evaluate(point, Split::train))}};
  if (landscape.examples(Split::test) > 0) splits["test"] = to_json(landscape.evaluate(point, Split::test));
  return splits;
}

std::vector<io::Tensor> arrays_of(const optimize::Result& result, std::int64_t dimension) {
  std::vector<io::Tensor> arrays = {{"points.initial", {dimension}, result.initial},
                                    {"points.optimum", {dimension}, result.point},
                                    {"batch-losses", {std::ssize(result.batch_losses)}, result.batch_losses}};
  if (!result.trajectory.empty()) {
    arrays.push_back(
        {"points.trajectory", {std::ssize(result.trajectory_steps), dimension}, result.trajectory});
    arrays.push_back({"trajectory-steps", {std::ssize(result.trajectory_steps)}, result.trajectory_steps});
  }
  return arrays;
}

template <class T>
std::vector<T> values_of(const io::TensorFile& arrays, std::string_view name, std::string_view place) {
  const io::Tensor* found = arrays.find(name);
  const auto* values = found ? std::get_if<std::vector<T>>(&found->values) : nullptr;
  if (!values) throw Error(place, fmt::format("the array \"{}\" is missing or of another type", name));
  return *values;
}

json result_of(const Landscape& landscape, const optimize::Result& result) {
  json document = {
      {"dimension", landscape.dimension()},
      {"steps", result.batch_losses.size()},
      {"examples", {{"train", landscape.examples(Split::train)}, {"test", landscape.examples(Split::test)}}},
      {"initial", measure(landscape, result.initial)},
      {"optimum", measure(landscape, result.point)},
      {"initial-norm", norm(result.initial)},
      {"optimum-norm", norm(result.point)},
      {"distance", distance(result.initial, result.point)}};
  add_facts(document, landscape);
  return document;
}

}  // namespace

void add_facts(json& result, const Landscape& landscape) {
  if (json statistics = statistics_of(landscape); !statistics.is_null())
    result["statistics"] = std::move(statistics);
  const auto* command = dynamic_cast<const CommandLandscape*>(&landscape);
  if (command == nullptr) return;
  const Introduction& said = command->introduction();
  result["outside"] = {{"name", said.name},
                       {"dimension", said.dimension},
                       {"accuracy", said.accuracy},
                       {"curvature", said.hessian ? "exact" : "central differences"},
                       {"deterministic", said.deterministic},
                       {"notes", said.notes}};
}

Outcome train(const Landscape& landscape, const optimize::Options& options, std::uint64_t seed,
              Monitor& monitor) {
  const std::vector<float> start = landscape.initial_point(seed);
  const optimize::Result result = optimize::minimize(landscape, start, options, seed, monitor);
  Outcome outcome;
  outcome.record.arrays = arrays_of(result, landscape.dimension());
  if (result.termination == optimize::Termination::diverged) {
    outcome.failure = Failure::diverged;
    outcome.reason = fmt::format("training from seed {} left the finite numbers after {} steps", seed,
                                 result.batch_losses.size());
    return outcome;
  }
  outcome.record.result = result_of(landscape, result);
  return outcome;
}

network::State read_optimum(const Landscape& landscape, const std::filesystem::path& path,
                            std::string_view match) {
  const auto* network = dynamic_cast<const network::Network*>(&landscape);
  if (network == nullptr) throw Error(path.string(), "optima can be given for networks only");
  return network::read_state(network->graph(), path, match);
}

Outcome take_optimum(const Landscape& landscape, const std::filesystem::path& path, std::string_view match,
                     std::uint64_t seed) {
  optimize::Result result;
  result.seed = seed;
  result.initial = landscape.initial_point(seed);
  network::State state = read_optimum(landscape, path, match);
  result.point = std::move(state.weights);
  Outcome outcome;
  outcome.record.arrays = arrays_of(result, landscape.dimension());
  outcome.record.result = result_of(landscape, result);
  outcome.record.result["weights"] = path.string();
  if (!state.notes.empty()) outcome.record.result["notes"] = state.notes;
  if (!state.pairs.empty()) outcome.record.result["matched"] = state.pairs;
  return outcome;
}

optimize::Result restore_training(const io::TensorFile& arrays, std::uint64_t seed, std::string_view place) {
  optimize::Result result;
  result.seed = seed;
  result.initial = values_of<float>(arrays, "points.initial", place);
  result.point = values_of<float>(arrays, "points.optimum", place);
  result.batch_losses = values_of<double>(arrays, "batch-losses", place);
  if (arrays.find("points.trajectory")) {
    result.trajectory = values_of<float>(arrays, "points.trajectory", place);
    result.trajectory_steps = values_of<std::int64_t>(arrays, "trajectory-steps", place);
  }
  return result;
}

}  // namespace nwedge::study
