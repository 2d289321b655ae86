#pragma once
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/section_search.hpp"

namespace nwedge::experiment {

/// How low one gets on random d-dimensional sections theta_0 + P z through the initial point, against d
/// [chunyuan2018], and the intrinsic dimension d_int: the least d that reaches a target.
///   target "accuracy"  training accuracy >= `accuracy-fraction` of that of the full training from the same
///   point target "loss"      training loss <= full + `loss-share` (initial - full)
/// "auto" takes the accuracy where there is one. d_int by halving between the listed dimensions until it is
/// known to `tolerance`.
///
/// Record: dimension, exact (minimised by least squares, not trained), target: {kind, value, initial, full}
/// (loss or accuracy of the initial point and of full training), d-int: {failing (largest tried below it, 0:
/// none), reaching (null: no tried one does)}, tried[]: {d, loss, accuracy} (means over sections); prediction
/// (wedge model with closed forms): d-int (for this initial point: least d that reaches the target with
/// probability 1/2), low, high (probability 5 % and 95 %)
/// Arrays: d [n] (all tried, ascending); loss-train, loss-test, accuracy-train, accuracy-test [n, sections];
/// predicted-loss [n], the mean over initial points (wedge model)
class Subspace final : public Experiment {
 public:
  std::vector<std::int64_t> dimensions = {10, 30, 100, 300, 1000};
  SectionOptions section;
  std::string target = "auto";
  double accuracy_fraction = 0.9;
  double loss_share = 0.05;
  double tolerance = 0.1;
  double low_share = 0.1;

  std::string_view name() const override { return "subspace"; }
  std::string_view title() const override { return "Training in random sections"; }
  std::string_view claim() const override { return "observation-2"; }
  Grain grain() const override { return Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override;
  void validate(std::string_view place) const override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

/// The target of a section search from this run's initial point; `kind` is "auto", "accuracy" or "loss".
SectionTarget section_target(const Landscape& landscape, const optimize::Result& run, std::string_view kind,
                             double accuracy_fraction, double loss_share);

}  // namespace nwedge::experiment
