#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// The loss on one line, on one split.
struct LineOnSplit {
  double gap = 0;
  double drop = 0;
  double drop_by_half = 0;
  double least = 0;
  double least_at = 0;

  void visit(FieldVisitor& visitor);
};

/// The line from the initial point of a seed to its optimum.
struct SeedLine {
  std::int64_t seed = 0;
  LineOnSplit train;
  std::optional<LineOnSplit> test;
  std::optional<double> trajectory_gap;
  std::optional<Quantity> departure;

  void visit(FieldVisitor& visitor);
};

/// A line from one optimum to another, which has an obstacle where they are separated.
struct ControlLine {
  std::int64_t first = 0;
  std::int64_t second = 0;
  double gap = 0;

  void visit(FieldVisitor& visitor);
};

/// What `StraightLine` found on one landscape.
struct StraightLineResult {
  bool trained = true;
  std::vector<SeedLine> lines;
  Quantity gap;
  Quantity drop;
  Quantity drop_by_half;
  Quantity test_gap;
  Quantity test_drop;
  std::vector<ControlLine> controls;
  Quantity control_gap;

  void visit(FieldVisitor& visitor);
};

/// What the loss does on the straight lines from the initial points to the optima that training reached, and
/// along the trajectories that it took [goodfellow2014].
///   theta(t) = (1 - t) initial + t optimum
///   gap = max_i [L(t_i) - min_{j <= i} L(t_j)]     the largest rise above the running minimum [lucas2021]
///   drop = L(0) - L(1)
/// Control: the same on lines between optima of different seeds.
///
/// Record: `StraightLineResult`. Arrays: t [n]; loss-train, loss-test, accuracy-train, accuracy-test [N, n]
/// (accuracy where there is one); control-loss-train [pairs, 5]; predicted-loss (wedge model; of the seeds
/// that have a closed form); trajectory-steps [m] and trajectory-loss-train, trajectory-accuracy-train,
/// trajectory-loss-test, trajectory-accuracy-test, trajectory-distance [N, m] from the initial point
class StraightLine final : public Experiment {
 public:
  std::int64_t points = 51;
  double gap_share = 0.05;

  std::string_view name() const override { return "straight-line"; }
  std::string_view title() const override { return "From the initial point to the optimum"; }
  std::string_view claim() const override { return "observation-1"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

/// max_i [values[i] - min_{j <= i} values[j]]; NaN when a value is.
double monotonicity_gap(std::span<const double> values);

}  // namespace nwedge::experiment
