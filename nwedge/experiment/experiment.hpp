#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/fields.hpp"
#include "nwedge/core/monitor.hpp"
#include "nwedge/core/options.hpp"
#include "nwedge/core/parts.hpp"
#include "nwedge/experiment/claim.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/landscape.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::experiment {

/// What an experiment gives back: numbers and small tables as JSON, large arrays as tensors. Together they
/// hold all that the report shows and every verdict is computed from. A NaN is stored as null.
///
/// Arrays named `points.…` hold points of weight space [D] or [n, D]: they are kept, not drawn. Any other
/// array may be drawn, thinned where it is large. Training is a record of this kind too, named "train":
/// points.initial, points.optimum, points.trajectory with trajectory-steps, batch-losses; its result has the
/// metrics of both ends.
struct Record {
  nlohmann::json result = nlohmann::json::object();
  std::vector<io::Tensor> arrays;
};

/// Makes a variant of the landscape under study, for experiments that compare architectures or
/// regularisation: the landscape's own options with the given ones replaced, e.g. {"dropout": 0.2}. An
/// unknown key is an `Error`.
using LandscapeFactory = std::function<std::unique_ptr<Landscape>(const nlohmann::json& changes)>;

/// What an experiment works on.
struct Input {
  const Landscape& landscape;
  const optimize::Options& training;  ///< how the optima were trained
  std::span<const optimize::Result>
      optima;              ///< one (Grain::each_optimum) or all of them, in the order of seeds
  std::uint64_t seed = 0;  ///< for everything random in the experiment itself
  LandscapeFactory vary;   ///< may be empty
  bool trained = true;     ///< false: the optima's weights were given, and nothing is known of their training
  Parts& parts = this_process();                ///< who computes the items of the longest loop
  std::shared_ptr<const Landscape> owner = {};  ///< of `landscape`, for what outlives the run; may be empty

  /// The same on other points, or on another landscape: whoever adds a field need not find who copies it.
  Input with(std::span<const optimize::Result> others) const {
    Input own = *this;
    own.optima = others;
    return own;
  }
  Input on(const Landscape& other) const { return {other, training, optima, seed, vary, trained, parts}; }
};

/// What is known of an `Input` before anything is trained.
struct Planned {
  const Landscape& landscape;
  std::string_view landscape_kind;    ///< "wedge" or "network"
  const optimize::Options& training;  ///< of the landscape's optima
  std::int64_t optima = 1;            ///< as many as `Input::optima` will have, unless a training diverges
  bool trained = true;                ///< false: the optima are given, and have no trajectory
};

/// Whether a study runs an experiment once for each trained optimum or once for all of a landscape.
enum class Grain { each_optimum, all_optima };

/// A finished cell as the report and `judge` see it.
struct StoredRecord {
  std::string experiment;      ///< registry name
  std::string name;            ///< name in the study (default: the registry name)
  std::string landscape;       ///< name in the study
  std::string landscape_kind;  ///< "wedge" or "network"
  std::vector<std::uint64_t> seeds;
  nlohmann::json options;
  nlohmann::json result;  ///< empty when failed
  std::string failure;    ///< empty when the cell finished
  bool control = false;   ///< whether the landscape is one of the study's negative controls
  bool added = false;     ///< of an experiment that a user added: it is shown and not judged
};

/// The result of a record as the struct that its experiment wrote; an `Error` names what does not fit.
template <class Result>
Result result_of(const StoredRecord& record) {
  return from_record<Result>(record.result, "record of " + record.name + " on " + record.landscape);
}

/// A loop whose items several processes may compute.
struct SpreadLoop {
  std::int64_t items = 1;  ///< at most; 1: there is no such loop
  double share = 1;        ///< of the experiment's cost
};

/// One of the poster's experiments: its options (data members with defaults), what it does with them on any
/// landscape, and what follows for the poster's claims.
class Experiment {
 public:
  virtual ~Experiment() = default;
  virtual std::string_view name() const = 0;   ///< registry name, kebab-case: "straight-line", "section", …
  virtual std::string_view title() const = 0;  ///< heading in the report
  /// "" of the registry's own. Of one that a user added: what, with its options, determines its results.
  virtual std::string version() const { return ""; }
  /// Key of the claim that it bears on first; "" when none.
  virtual std::string_view claim() const { return ""; }
  virtual Grain grain() const = 0;
  virtual void visit(OptionVisitor& visitor) = 0;
  /// Checks what ranges cannot say; throws `Error(place, …)`.
  virtual void validate(std::string_view /*place*/) const {}
  /// Checks what these options need of the landscape and its optima; throws `Error(place, …)`. A study calls
  /// it for every experiment before the first cell runs, so that no training is lost to a mistake that could
  /// be seen before.
  virtual void validate_for(const Planned&, std::string_view /*place*/) const {}
  /// Loss evaluations of one training example each, roughly (a gradient counts as 3): `nwedge check` prices
  /// it.
  virtual double cost(const Landscape& landscape, const optimize::Options& training,
                      std::int64_t optima) const = 0;
  virtual Record run(const Input& input, Monitor& monitor) const = 0;
  /// The loop that `run` hands to `Input::parts`.
  virtual SpreadLoop loop(const Landscape&, std::int64_t /*optima*/) const { return {}; }
  /// What the records of this experiment on ONE landscape (all seeds) say about the poster's claims.
  /// Inconclusive, with the reason, where no cell finished or a record does not hold what it should.
  std::vector<Finding> judge(std::span<const StoredRecord> records) const;

 private:
  /// The same of finished records, at least one. Throws `Error` where one cannot be read.
  virtual std::vector<Finding> do_judge(std::span<const StoredRecord> records) const = 0;
};

/// Every experiment's registry name, in the report's order; without those that were added.
std::vector<std::string> experiment_names();

/// A new experiment with default options; an unknown name is an `Error(place, …)` with the nearest one.
std::unique_ptr<Experiment> make_experiment(std::string_view name, std::string_view place);

using ExperimentMaker = std::function<std::unique_ptr<Experiment>()>;

/// What an experiment may be called: at most 40 letters, digits, "-" or "_", as it becomes part of file
/// names.
bool is_experiment_name(std::string_view name);

/// Lets `make_experiment` know a user's experiment, in place of one that was added under this name before.
/// What it makes must have a `version()`. A name of the registry's own, "train" or no name at all is an
/// `Error(place, …)`. Safe from several threads.
void add_experiment(const std::string& name, ExperimentMaker maker, std::string_view place);

}  // namespace nwedge::experiment
