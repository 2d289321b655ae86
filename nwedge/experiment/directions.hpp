#pragma once
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// How far one can walk from an optimum along different directions before the loss has risen by `threshold`:
/// the exit radius r*. Directions of each optimum:
///   random      isotropic
///   gradient    down and up the gradient of the training loss (none where it is 0)
///   trajectory  ahead and back along the last recorded stretch of training
///   initial     towards the initial point
///   optima      towards every other optimum
///   top, bottom both ways along the eigenvectors of the largest and the smallest Hessian eigenvalues
/// Where the loss is quadratic, r* = sqrt(2 threshold / curvature along the direction), and along random
/// directions sqrt(2 threshold D / tr H): the exit radius measures the trace. Loss and Hessian are those of
/// `examples` training examples.
///
/// Record: dimension, examples, reach (largest radius scanned, mean over optima), optima[]: seed, loss,
/// radii.GROUP[] (null: still inside at the end of the scan), distances: {initial, optima[]}, eigenvalues:
/// {top[], bottom[]}, trace, effective-rank: {value, standard-error}, predicted-random (from the trace; null
/// unless positive), predicted-top[] (one for each direction of the group, from the eigenvalue);
/// groups.GROUP: {count, beyond (how many of them are null), median, least, most} over all optima;
/// random-over-top: median of the random radii over that along the first eigenvector;
/// prediction (wedge model with closed forms): random: {median, low, high} (5 % and 95 %), top (short
/// direction) Arrays: random-radius [optima, random] (inf where null)
class Directions final : public Experiment {
 public:
  std::int64_t examples = 2000;
  double threshold = 0.3;
  std::int64_t random = 20;
  std::int64_t eigenvectors = 3;
  double reach = 3.0;
  std::int64_t scan_points = 24;
  double tolerance = 0.02;
  std::int64_t trace_probes = 20;
  double trace_factor = 1.5;

  std::string_view name() const override { return "directions"; }
  std::string_view title() const override { return "Long and short directions"; }
  std::string_view claim() const override { return "contribution-4"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
