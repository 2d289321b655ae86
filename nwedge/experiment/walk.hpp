#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// What `Walk` found from one optimum.
struct WalkResult {
  double norm = 0;
  double drop = 0;
  double path = 0;
  double reach = 0;
  double efficiency = 0;
  double drift = 0;
  double highest_rise = 0;
  double cosine = 0;
  std::optional<double> end_accuracy;
  std::optional<double> predicted_efficiency;

  void visit(FieldVisitor& visitor);
};

/// A long walk at low loss along the long directions [fort2019]: from an optimum theta_0 step after step
///   theta <- descend(theta + length ||theta_0|| d),   d = (theta - theta_0) / ||theta - theta_0||,
/// the first d at random, each descent `descent_steps` of the landscape's own training with a cosine
/// schedule, so that the walk turns with the low-loss set. With N steps
///   efficiency = ||theta_N - theta_0|| / (N length ||theta_0||).
/// A long direction keeps what is walked (1), a convex bowl takes it back (0); in a wedge without a core the
/// first step loses its short part, sqrt(1 - s/D) of it is left, all others keep their length, and gradient
/// noise adds its own.
/// Control: the same descents without steps.
///
/// Record: `WalkResult`. Arrays: step [N + 1]; distance, idle-distance (of the control) [N + 1], from
/// theta_0; loss-train, loss-test, accuracy-train, accuracy-test [N + 1]; points.end [D]
class Walk final : public Experiment {
 public:
  std::int64_t walk_steps = 20;
  double length = 0.1;
  std::int64_t descent_steps = 100;
  std::int64_t examples = 0;
  double least_efficiency = 0.5;
  double rise_share = 0.05;

  std::string_view name() const override { return "walk"; }
  std::string_view title() const override { return "Long walks at low loss"; }
  std::string_view claim() const override { return "long-directions"; }
  Grain grain() const override { return Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
