#pragma once
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// How training shapes the tunnel it ends in ([fort2019], abstract): one factor at a time is varied around
/// the landscape's own training, and for each value and seed a new optimum is trained and its radial tunnel
/// measured at the optimum's distance (see `RadialTunnel` for planes and criteria).
///
/// Half-angles are measured on `examples` training examples (0: all).
///
/// Record: runs[]: factor ("learning-rate", "batch-size", "weight-decay", "dropout" or "model"), value (a
/// number, or
///   the model's name), seed, diverged; where it did not diverge: dimension, train, test: {loss, accuracy}
///   (test with data), norm, distance (from the initial point), half-angle.PLANE.CRITERION in degrees (median
///   over directions; null where it never leaves);
/// trends.FACTOR.QUANTITY {value, low, high}: Spearman's rank correlation of the value with norm, distance
/// and the
///   half-angle on the origin plane (by accuracy, or by rise without one) over all runs, 95 % bootstrap
///   interval; models are ranked by dimension
class HyperParameters final : public Experiment {
 public:
  std::vector<double> learning_rates = {};
  std::vector<std::int64_t> batch_sizes = {};
  std::vector<double> weight_decays = {};
  std::vector<double> dropouts = {};
  std::vector<std::string> models = {};
  std::int64_t seeds = 3;
  std::int64_t directions = 3;
  double rise = 0.3;
  double level = 0.5;
  double accuracy_share = 0.9;
  std::int64_t examples = 0;

  /// Whether any factor is named. Where none is, learning rates of half, one and two times the landscape's
  /// own are.
  bool any_factor() const;

  std::string_view name() const override { return "hyper-parameters"; }
  std::string_view title() const override { return "How training shapes the tunnel"; }
  std::string_view claim() const override { return "hyper-parameters"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  /// None: the poster makes no claim about training; the trends are in the record.
  std::vector<Finding> do_judge(std::span<const StoredRecord>) const override { return {}; }
};

}  // namespace nwedge::experiment
