#pragma once
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// What the loss does on the straight line from the initial point to the optimum that training reached, and
/// along the trajectory that it took [goodfellow2014].
///   theta(t) = (1 - t) initial + t optimum
///   gap = max_i [L(t_i) - min_{j <= i} L(t_j)]     the largest rise above the running minimum [lucas2021]
///   drop = L(0) - L(1)
///
/// Record: gap, drop, gap-share = gap / drop, trajectory-gap (training split, between recorded points), for
/// the splits "train" and, where there are data, "test": gap, least (loss on the line) and least-at (its t);
/// prediction (wedge model that stays in one wedge, loss(t) = L(0) (1 - t)^2): {gap: 0, departure: the
/// largest of |loss(t) - prediction| / L(0)} Arrays: t [n]; loss-train, loss-test, accuracy-train,
/// accuracy-test [n] (accuracy where there is one); predicted-loss [n] (wedge model); trajectory-steps [m],
/// trajectory-loss-train, trajectory-accuracy-train, trajectory-loss-test, trajectory-accuracy-test [m],
/// trajectory-distance [m] from the initial point
class StraightLine final : public Experiment {
 public:
  std::int64_t points = 51;
  double gap_share = 0.05;

  std::string_view name() const override { return "straight-line"; }
  std::string_view title() const override { return "From the initial point to the optimum"; }
  std::string_view claim() const override { return "observation-1"; }
  Grain grain() const override { return Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

/// max_i [values[i] - min_{j <= i} values[j]]; NaN when a value is.
double monotonicity_gap(std::span<const double> values);

}  // namespace nwedge::experiment
