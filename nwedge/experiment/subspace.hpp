#pragma once
#include <optional>

#include "nwedge/core/fields.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/section_search.hpp"

namespace nwedge::experiment {

struct SubspaceTarget {
  std::string kind;   ///< "accuracy" or "loss"
  std::string split;  ///< on which it is to be reached: the one that decides
  double value = 0;
  double initial = 0;  ///< at the initial point
  double full = 0;     ///< after full training
  void visit(FieldVisitor& visitor);
};

/// The least dimension that reaches a target lies in (failing, reaching].
struct SubspaceInterval {
  std::int64_t failing = 0;              ///< 0: none that was tried
  std::optional<std::int64_t> reaching;  ///< empty: none that was tried
  void visit(FieldVisitor& visitor);
};

struct TriedSections {
  std::int64_t d = 0;
  double loss = 0;  ///< means over the sections
  std::optional<double> accuracy;
  std::optional<double> test_loss;
  std::optional<double> test_accuracy;
  void visit(FieldVisitor& visitor);
};

/// The closed form for one initial point: the least d with probability 1/2, .05 and .95 of reaching the
/// target.
struct SubspacePrediction {
  std::optional<std::int64_t> d_int;
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
  std::string absent;  ///< why there is none
  void visit(FieldVisitor& visitor);
};

struct SubspaceResult {
  std::int64_t dimension = 0;
  std::int64_t largest = 0;  ///< largest dimension that was listed
  bool exact = false;        ///< minimised by least squares, not trained
  SubspaceTarget target;
  SubspaceInterval d_int;
  std::optional<SubspaceInterval> other;  ///< of the split that does not decide, among the d tried
  std::vector<TriedSections> tried;
  std::optional<SubspacePrediction> prediction;
  void visit(FieldVisitor& visitor);
};

/// How low one gets on random d-dimensional sections theta_0 + P z through the initial point, against d
/// [chunyuan2018], and the intrinsic dimension d_int: the least d that reaches a target.
///   target "accuracy"  accuracy >= `accuracy-fraction` of that of the full training from the same point
///   target "loss"      loss <= full + `loss-share` (initial - full)
/// on the split `split`; "auto" takes the accuracy where there is one. d_int by halving between the listed
/// dimensions until it is known to `tolerance`; none listed: 10, 30, 100, … up to the first above `low-share`
/// of all.
///
/// Arrays: d [n] (all tried, ascending); loss-train, loss-test, accuracy-train, accuracy-test [n, sections];
/// predicted-loss [n], the mean over initial points (wedge model)
class Subspace final : public Experiment {
 public:
  std::vector<std::int64_t> dimensions;
  SectionOptions section;
  std::string target = "auto";
  std::string split = "train";
  double accuracy_fraction = 0.9;
  double loss_share = 0.05;
  double tolerance = 0.1;
  double low_share = 0.1;

  std::string_view name() const override { return "subspace"; }
  std::string_view title() const override { return "Training in random sections"; }
  std::string_view claim() const override { return "observation-2"; }
  Grain grain() const override { return Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  SpreadLoop loop(const Landscape& landscape, std::int64_t optima) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;

 private:
  /// The listed dimensions that a landscape of `most` dimensions has room for, or those that stand for none.
  std::vector<std::int64_t> possible(std::int64_t most) const;
};

/// The target of a section search from this run's initial point; `kind` is "auto", "accuracy" or "loss".
SectionTarget section_target(const Landscape& landscape, const optimize::Result& run, std::string_view kind,
                             double accuracy_fraction, double loss_share, Split split = Split::train);

}  // namespace nwedge::experiment
