#pragma once
#include <vector>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment::test {

/// A wedge model with optima on the cores of its wedges: what an experiment on all optima works on.
struct WedgeStudy {
  wedge::WedgeModel model;
  optimize::Options training;
  std::vector<optimize::Result> optima;

  /// `optima`: how many, from the initial points of seeds 0, 1, …, each projected on its nearest wedge.
  WedgeStudy(const wedge::WedgeOptions& options, std::int64_t count) : model(options) {
    training.steps = 100;
    for (std::int64_t seed = 0; seed < count; ++seed) {
      optimize::Result result;
      result.seed = static_cast<std::uint64_t>(seed);
      result.initial = model.initial_point(result.seed);
      const std::vector<std::int64_t> nearest{model.nearest(result.initial)};
      result.point = model.project(result.initial, nearest);
      optima.push_back(result);
    }
  }

  Input input() const { return {model, training, optima, 7, {}}; }

  /// A record as the report gets it back: written as text and read again.
  static StoredRecord stored(const Experiment& experiment, const Record& record,
                             const nlohmann::json& options) {
    StoredRecord stored;
    stored.experiment = stored.name = std::string(experiment.name());
    stored.landscape = "wedge";
    stored.landscape_kind = "wedge";
    stored.options = options;
    stored.result = nlohmann::json::parse(record.result.dump());
    return stored;
  }
};

}  // namespace nwedge::experiment::test
