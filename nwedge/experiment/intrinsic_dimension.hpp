#pragma once
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/section_search.hpp"

namespace nwedge::experiment {

/// The number of short directions of one landscape by every estimator, and whether they agree. With H the
/// Hessian of the training loss at an optimum (on `examples` examples) and lambda = tr H^2 / tr H its typical
/// stiffness:
///   sections  least dimension of a random section through the initial point that reaches the target
///   (experiment
///             "subspace")
///   exit      2 threshold D / (lambda r^2), r the median exit radius along `random` random directions
///   rank      effective rank (tr H)^2 / tr H^2, by Hutchinson probes
///   count     eigenvalues above `count-share` times the largest, by stochastic Lanczos quadrature
///   m-tunnel  the same count for the 1-tunnel functional at the optimum, whose Hessian is H / 3: what the
///   number of
///             short directions of an m-tunnel starts from
/// On the wedge model with equal stiffnesses and no core all of them are s.
///
/// Record: dimension, examples, optima[]: seed, estimates.NAME (null where there is none), errors.NAME
/// (standard error of rank, count, m-tunnel; of sections half the interval); estimates.NAME: {count, mean,
/// deviation, least, most} over the optima; largest-ratio: greatest over least of these means; prediction
/// (wedge model with closed forms, no core): short-directions
class IntrinsicDimension final : public Experiment {
 public:
  std::int64_t examples = 2000;
  std::vector<std::int64_t> dimensions = {10, 30, 100, 300, 1000};
  SectionOptions section;
  double accuracy_fraction = 0.9;
  double loss_share = 0.05;
  double tolerance = 0.1;
  double threshold = 0.05;
  std::int64_t random = 10;
  std::int64_t trace_probes = 20;
  std::int64_t density_probes = 4;
  std::int64_t density_steps = 40;
  double count_share = 0.1;
  double factor = 2.0;

  std::string_view name() const override { return "intrinsic-dimension"; }
  std::string_view title() const override { return "One dimension, five estimators"; }
  std::string_view claim() const override { return "contribution-4"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  void validate(std::string_view place) const override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
