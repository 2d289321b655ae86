// What holds for every experiment on every wedge landscape, degenerate ones too: it finishes, writes a record
// that reads back, and predicts numbers or says why there are none.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/study/option_reader.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::experiment {
namespace {

using nlohmann::json;

struct Scene {
  std::string name;
  wedge::WedgeOptions model;
  std::vector<std::uint64_t> seeds = {0, 1, 2};  // of the optima; equal ones coincide
  std::int64_t steps = 20;                       // 0: untrained
};

wedge::WedgeOptions small() {
  wedge::WedgeOptions options;
  options.dimension = 20;
  options.wedges = 3;
  options.short_directions = 4;
  return options;
}

Scene scene(std::string name, const std::function<void(wedge::WedgeOptions&)>& change) {
  Scene made{std::move(name), small()};
  change(made.model);
  return made;
}

std::vector<Scene> scenes() {
  using Options = wedge::WedgeOptions;
  std::vector<Scene> all = {
      scene("plain", [](Options&) {}),
      scene("opening", [](Options& o) { o.opening = 0.05; }),
      scene("wide-opening", [](Options& o) { o.opening = 0.3; }),
      scene("core", [](Options& o) { o.half_width = 0.5; }),
      scene("core-opening", [](Options& o) { o.half_width = 0.5, o.opening = 0.05; }),
      scene("box", [](Options& o) { o.cross_section = "box", o.half_width = 0.2; }),
      scene("box-opening", [](Options& o) { o.cross_section = "box", o.half_width = 0.2, o.opening = 0.1; }),
      scene("soft", [](Options& o) { o.minimum = "soft", o.temperature = 0.5; }),
      scene("linear", [](Options& o) { o.energy = "linear"; }),
      scene("linear-opening", [](Options& o) { o.energy = "linear", o.half_width = 0.2, o.opening = 0.05; }),
      scene("stiff", [](Options& o) { o.stiffness_spread = 10, o.half_width = 0.2; }),
      scene("stiff-opening",
            [](Options& o) { o.stiffness_spread = 10, o.half_width = 0.2, o.opening = 0.1; }),
      scene("random-frames", [](Options& o) { o.frames = "random", o.opening = 0.1; }),
      scene("centres", [](Options& o) { o.centre_spread = 1; }),
      scene("centres-opening", [](Options& o) { o.centre_spread = 1, o.opening = 0.1; }),
      scene("points", [](Options& o) { o.short_directions = 20; }),
      scene("bowls", [](Options& o) { o.short_directions = 20, o.centre_spread = 1; }),
      scene("one-bowl", [](Options& o) { o.short_directions = 20, o.wedges = 1; }),
      scene("one-wedge", [](Options& o) { o.wedges = 1; }),
      scene("one-dimension", [](Options& o) { o.dimension = 1, o.short_directions = 1; }),
      scene("two-dimensions", [](Options& o) { o.dimension = 2, o.short_directions = 1; }),
      scene("flat", [](Options& o) { o.half_width = 100; }),
      scene("initial-point-0", [](Options& o) { o.initial_sigma = 0; }),
  };
  all.push_back(all.front());
  all.back().name = "untrained";
  all.back().steps = 0;
  all.push_back(all.front());
  all.back().name = "coinciding";
  all.back().seeds = {0, 1, 0};
  return all;
}

/// Options that keep an experiment short; every other one has its default.
json short_options(const std::string& experiment) {
  static const std::map<std::string, json> all = {
      {"section", {{"grid", {9, 9}}}},
      {"subspace", {{"dimensions", {1, 2, 3, 5}}, {"steps", 10}, {"sections", 2}}},
      {"barriers", {{"points", 7}}},
      {"alignment", {{"points", 5}, {"tunnel-steps", 10}}},
      {"tunnel",
       {{"paths", {"chain", "quadratic", "cubic", "auto-neb"}},
        {"steps", 12},
        {"random-paths", 3},
        {"points", 7}}},
      {"m-tunnel",
       {{"steps", 10},
        {"sheet-steps", 6},
        {"control-steps", 5},
        {"connector-dimensions", {1, 2}},
        {"connector-steps", 5},
        {"lanczos-steps", 20},
        {"eigenvectors", 3},
        {"connectors", 1}}},
      {"radial-tunnel", {{"map-points", 5}, {"block-points", 3}}},
      {"spectrum", {{"density-steps", 10}}},
      {"intrinsic-dimension", {{"dimensions", {1, 2, 5}}, {"steps", 10}, {"density-steps", 10}}},
      {"ensemble", {{"schedules", {"constant", "cyclic", "restarts"}}, {"kicks", {0.5}}}},
      {"hyper-parameters", {{"trainings", 2}}}};
  const auto found = all.find(experiment);
  return found == all.end() ? json::object() : found->second;
}

std::unique_ptr<Experiment> short_experiment(const std::string& name) {
  std::unique_ptr<Experiment> experiment = make_experiment(name, "test");
  const auto table = study::option_table(short_options(name), "test");
  study::read_options(*experiment, table);
  experiment->validate("test");
  return experiment;
}

struct Trained {
  wedge::WedgeModel model;
  optimize::Options training;
  std::vector<optimize::Result> optima;

  explicit Trained(const Scene& scene) : model(scene.model) {
    training.steps = std::max<std::int64_t>(1, scene.steps);
    training.learning_rate = scene.steps > 0 ? 0.1 : 1e-30;
    training.record_points = 3;
    Monitor silent;
    for (const std::uint64_t seed : scene.seeds)
      optima.push_back(optimize::minimize(model, model.initial_point(seed), training, seed, silent));
  }
};

/// The path of the first null, the only form that a NaN can take in a record, that lies below a prediction.
std::string null_prediction(const json& value, const std::string& path, bool predicted) {
  if (value.is_number() && !std::isfinite(value.get<double>())) return predicted ? path : "";
  if (value.is_null() && predicted) return path;
  if (!value.is_structured()) return "";
  if (predicted && value.is_object() && value.contains("absent")) return "";  // with its reason
  for (const auto& [key, entry] : value.items()) {
    const bool below = predicted || key == "prediction" || key == "between-wedges";
    if (const std::string found = null_prediction(entry, path + "/" + key, below); !found.empty())
      return found;
  }
  return "";
}

StoredRecord stored(Experiment& experiment, const Record& record, std::uint64_t seed) {
  StoredRecord made;
  made.experiment = made.name = std::string(experiment.name());
  made.landscape = made.landscape_kind = "wedge";
  made.seeds = {seed};
  JsonOptionWriter writer(made.options = json::object());
  experiment.visit(writer);
  made.result = json::parse(record.result.dump());
  return made;
}

class ExperimentsOnWedges : public ::testing::TestWithParam<std::string> {};

TEST_P(ExperimentsOnWedges, FinishesOnEveryWedgeLandscapeAndPredictsNumbers) {
  const std::unique_ptr<Experiment> experiment = short_experiment(GetParam());
  for (const Scene& scene : scenes()) {
    SCOPED_TRACE(scene.name);
    if (GetParam() == "section" && scene.model.dimension < 2) continue;  // asks for a plane
    const Trained trained(scene);
    Monitor silent;
    const bool each = experiment->grain() == Grain::each_optimum;
    std::vector<StoredRecord> records;
    for (std::size_t i = 0; i < (each ? trained.optima.size() : 1); ++i) {
      const auto optima = std::span(trained.optima).subspan(i, each ? 1 : trained.optima.size());
      Record record;
      ASSERT_NO_THROW(record = experiment->run({trained.model, trained.training, optima, i, {}}, silent));
      records.push_back(stored(*experiment, record, i));
      EXPECT_EQ(null_prediction(records.back().result, "", false), "");
      for (const io::Tensor& array : record.arrays) {
        if (!array.name.starts_with("predict")) continue;
        for (const double x : std::get<std::vector<double>>(array.values))
          EXPECT_TRUE(std::isfinite(x)) << array.name;
      }
    }
    ASSERT_NO_THROW(static_cast<void>(experiment->judge(records)));
  }
}

/// What processes that share an experiment rely on.
TEST_P(ExperimentsOnWedges, GivesTheSameRecordFromParts) {
  const std::unique_ptr<Experiment> experiment = short_experiment(GetParam());
  const Trained trained(scenes().front());
  const bool each = experiment->grain() == Grain::each_optimum;
  const auto optima = std::span(trained.optima).first(each ? 1 : trained.optima.size());
  const SpreadLoop loop = experiment->loop(trained.model, std::ssize(optima));
  ASSERT_GE(loop.items, 1);
  Monitor silent;
  const auto run = [&](Parts& parts) {
    return experiment->run({trained.model, trained.training, optima, 7, {}, true, parts}, silent);
  };
  if (loop.items == 1) {  // nothing is handed out: a part would do all of it
    SomeParts all(0, 2);
    EXPECT_NO_THROW(run(all));
    return;
  }
  std::map<std::int64_t, Parts::Bytes> items;
  for (std::int64_t part = 0; part < 3; ++part) {
    SomeParts some(part, 3);
    ASSERT_THROW(run(some), PartDone);
    items.insert(some.items().begin(), some.items().end());
  }
  EXPECT_GE(std::ssize(items), 2);
  EXPECT_LE(std::ssize(items), loop.items);
  ComputedParts joined(items);
  const Record parted = run(joined);
  const Record whole = run(this_process());
  EXPECT_EQ(parted.result.dump(), whole.result.dump());
  ASSERT_EQ(parted.arrays.size(), whole.arrays.size());
  for (std::size_t k = 0; k < whole.arrays.size(); ++k) {
    EXPECT_EQ(parted.arrays[k].name, whole.arrays[k].name);
    EXPECT_TRUE(parted.arrays[k].values == whole.arrays[k].values) << whole.arrays[k].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Wedges, ExperimentsOnWedges, ::testing::ValuesIn(experiment_names()),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nwedge::experiment
