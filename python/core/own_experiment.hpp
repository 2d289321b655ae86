#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "convert.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/study/study_file.hpp"

namespace nwedge::python {

/// What `nwedge.experiment` makes of a user's function.
struct Definition {
  struct Option {
    std::string name;       ///< in studies
    std::string parameter;  ///< of the function
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                 std::vector<std::string>>
        value;
  };
  std::string name;
  std::string title;
  std::string version;
  experiment::Grain grain = experiment::Grain::all_optima;
  std::vector<Option> options;
  /// (landscape, optima, training, options, seed, progress) -> (numbers, arrays, failure or None)
  Held study_call;
};

/// An experiment that is a Python function. It takes part in studies that are run from Python (`on`), or is
/// called for one result (`calling`).
class OwnExperiment final : public experiment::Experiment {
 public:
  explicit OwnExperiment(std::shared_ptr<const Definition> definition);

  /// The same on a study's landscape.
  std::shared_ptr<OwnExperiment> on(const study::LandscapeSpec& spec,
                                    std::shared_ptr<study::DataSets> data) const;
  /// Lets `run` call `call(options, progress) -> (numbers, arrays)`, whose exceptions pass as they are.
  void calling(Held call) { call_ = std::move(call); }

  std::string_view name() const override { return definition_->name; }
  std::string_view title() const override { return definition_->title; }
  std::string version() const override { return definition_->version; }
  experiment::Grain grain() const override { return definition_->grain; }
  void visit(OptionVisitor& visitor) override;
  /// Nobody knows what a function takes.
  double cost(const Landscape&, const optimize::Options&, std::int64_t) const override { return 0; }
  experiment::Record run(const experiment::Input& input, Monitor& monitor) const override;

 private:
  std::vector<experiment::Finding> do_judge(std::span<const experiment::StoredRecord>) const override {
    return {};
  }
  experiment::Record run_in_study(const experiment::Input& input, Monitor& monitor) const;

  std::shared_ptr<const Definition> definition_;
  std::vector<Definition::Option> options_;
  std::shared_ptr<const study::LandscapeSpec> spec_;  // of the study's landscape
  std::shared_ptr<study::DataSets> data_;
  Held call_;
};

void bind_own_experiments(nb::module_& module);

}  // namespace nwedge::python
