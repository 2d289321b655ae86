#pragma once
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// The spectrum of the Hessian H of the training loss at the initial point, at some points of the trajectory
/// and at the optimum, exact over the chosen examples: how many directions are short, and how stiff they are.
///   top, bottom     eigenvalues by Lanczos, with the residuals ||Hv - lambda v||
///   trace           tr H, tr H^2 by Hutchinson probes; effective rank (tr H)^2 / tr H^2
///   density         stochastic Lanczos quadrature, Gaussian kernel of width `density-width` times the range
///   count-above     eigenvalues above `count-share` times the top one, from the quadrature
///
/// Record: dimension, examples (0: no data), points[]: where ("initial", "trajectory" or "optimum"), step (0
/// at the initial point; null where unknown), loss, top[], top-residuals[], top-converged, bottom[],
/// bottom-residuals[], bottom-converged, trace, trace-of-square, effective-rank, count-above: {value,
/// standard-error}, products; prediction (wedge model without a core): {trace, trace-of-square,
/// effective-rank, count-above, top[]} Arrays: eigenvalue [points, n], density, density-error [points, n]
/// (share of eigenvalues per unit); quadrature-node, quadrature-weight [points, probes, steps] (weight 0
/// where a probe needed fewer steps)
class Spectrum final : public Experiment {
 public:
  std::int64_t examples = 2000;
  std::int64_t trajectory_points = 1;
  std::int64_t top = 10;
  std::int64_t bottom = 3;
  double tolerance = 1e-3;
  std::int64_t max_products = 200;
  std::int64_t trace_probes = 20;
  std::int64_t density_probes = 4;
  std::int64_t density_steps = 40;
  double density_width = 0.01;
  std::int64_t density_points = 400;
  double count_share = 0.1;
  double few_share = 0.1;

  std::string_view name() const override { return "spectrum"; }
  std::string_view title() const override { return "Short directions: the spectrum of the Hessian"; }
  std::string_view claim() const override { return "contribution-4"; }
  Grain grain() const override { return Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
