#pragma once
#include <optional>

#include "nwedge/core/fields.hpp"
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// The Hessian at one point.
struct SpectrumPoint {
  std::string where;                 ///< "initial", "trajectory" or "optimum"
  std::optional<std::int64_t> step;  ///< of the training; 0 at the initial point
  double loss = 0;
  std::vector<double> top;            ///< eigenvalues from the largest down
  std::vector<double> top_residuals;  ///< ||Hv - lambda v||
  std::int64_t top_converged = 0;
  std::vector<double> bottom;  ///< from the smallest up
  std::vector<double> bottom_residuals;
  std::int64_t bottom_converged = 0;
  Quantity trace;  ///< errors over probes
  Quantity trace_of_square;
  Quantity effective_rank;
  Quantity count_above;
  std::int64_t products = 0;
  void visit(FieldVisitor& visitor);
};

/// One block of the matrix at the optimum.
struct BlockSpectrum {
  std::string name;
  std::int64_t size = 0;  ///< entries
  double top = 0;         ///< largest eigenvalue of the diagonal block
  double top_residual = 0;
  Quantity trace;  ///< of the block; errors over probes
  Quantity share;  ///< of the trace of all blocks
  void visit(FieldVisitor& visitor);
};

/// How convex the loss is at one multiple of the initial point: the Goldilocks zone [fort2018].
struct ZonePoint {
  double radius = 0;  ///< over the norm of the initial point
  double loss = 0;
  Quantity trace;
  double norm = 0;  ///< Frobenius, of H
  Quantity ratio;   ///< tr H / ||H||
  void visit(FieldVisitor& visitor);
};

struct SpectrumPrediction {
  double trace = 0;
  double trace_of_square = 0;
  double effective_rank = 0;
  double count_above = 0;
  std::vector<double> top;
  std::string absent;  ///< why there is none
  void visit(FieldVisitor& visitor);
};

struct SpectrumResult {
  std::int64_t dimension = 0;
  std::int64_t examples = 0;
  std::vector<SpectrumPoint> points;
  std::vector<ZonePoint> zone;
  std::optional<std::vector<std::string>> parameters;  ///< tensors that the matrix is of; none: all weights
  std::optional<std::vector<BlockSpectrum>> blocks;
  std::optional<SpectrumPrediction> prediction;  ///< on a wedge model
  void visit(FieldVisitor& visitor);
};

/// The spectrum of the Hessian H of the training loss at the initial point, at some points of the trajectory
/// and at the optimum, exact over the chosen examples: how many directions are short, and how stiff they are.
///   top, bottom     eigenvalues by Lanczos, with the residuals ||Hv - lambda v||
///   trace           tr H, tr H^2 by Hutchinson probes; effective rank (tr H)^2 / tr H^2
///   density         stochastic Lanczos quadrature, Gaussian kernel of width `density-width` times the range
///   count-above     eigenvalues above `count-share` times the top one, from the quadrature
///   zone            tr H / ||H|| at `zone-radii` times the initial point: 0 where as much bends down as up
///
/// `matrix` names another matrix than H (`CurvatureMatrix`); `parameters` are patterns of tensors' names,
/// whose diagonal block is then looked at alone; `blocks` adds the blocks of single tensors or layers at the
/// optimum: the largest eigenvalue of each by Lanczos, and their traces by probes v that all share, (v_b)^T
/// (H v)_b.
///
/// Arrays: eigenvalue [points, n], density, density-error [points, n] (share of eigenvalues per unit);
/// quadrature-node, quadrature-weight [points, probes, steps] (weight 0 where a probe needed fewer steps)
class Spectrum final : public Experiment {
 public:
  std::int64_t examples = 2000;
  std::string matrix = "hessian";
  std::vector<std::string> parameters;
  std::string blocks = "none";
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
  std::vector<double> zone_radii = {0.1, 0.3, 0.6, 1, 1.5, 3, 10};
  std::int64_t zone_probes = 10;

  std::string_view name() const override { return "spectrum"; }
  std::string_view title() const override { return "Short directions: the spectrum of the Hessian"; }
  std::string_view claim() const override { return "contribution-4"; }
  Grain grain() const override { return Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;

 private:
  bool of_whole_hessian() const { return matrix == "hessian" && parameters.empty(); }
};

}  // namespace nwedge::experiment
