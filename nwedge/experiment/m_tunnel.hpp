#pragma once
#include "nwedge/experiment/curve_training.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/optima_matching.hpp"

namespace nwedge::experiment {

/// m-tunnels [fort2019]: for m = 1, 2, … optima the centre c that minimises
///   T_m(c) = (1/m) sum_i int_0^1 L(c + t (o_i - c)) dt,
/// the loss on the m segments from it, for three optima a deformed sheet, and how the number of short
/// directions of the m-tunnel grows with m, by four estimators:
///   (a) effective rank (tr H)^2 / tr(H^2) of the Hessian of T_m, divided by the mean one of its branches
///       alone: at least 1 whatever the landscape, so that only its distance to the control says something,
///   (b) its eigenvalues above one threshold for all m, `count-fraction` of the largest at m = 1, over the
///       largest m (in T_m the eigenvalues of one branch are 1/m of themselves),
///   (c) entropy rank of the union of the top eigenspaces of the optima themselves, against the one predicted
///       from the overlap of pairs,
///   (d) connector dimension: the least d for which a centre on a random d-dimensional section through the
///       mean of the optima makes `connector-share` of the way from T_m(mean) to T_m(centre): random cuts
///       meet the connectors of an m-tunnel with s short directions, a set of dimension D - s, from d = s on.
/// Inside flat cores of the wedge model (a half-width or an opening) the Hessian is 0: (d) alone counts
/// there. Control: the same for m points of ONE wedge, continued from one optimum.
///
/// Record: `MTunnelResult`. Arrays: KIND-M-I being a set: KIND-M-I.t [points], .loss-train, .accuracy-train,
/// .loss-test, .accuracy-test [m, points] (t = 0 at the centre), .ritz [steps]; points.KIND-M-I [D] (the
/// centre); points.sheet [1 + bends, D]; points.connectors [r, D]; sheet.x, sheet.y (barycentric position),
/// sheet.loss, sheet.accuracy, sheet.flat-loss, sheet.flat-accuracy [vertices], sheet.triangles [triangles,
/// 3], sheet.optima [3, 2]
class MTunnel final : public Experiment {
 public:
  std::int64_t most_optima = 3;
  std::int64_t combinations = 5;
  OptimaMatching matching;
  CurveTraining training;
  std::int64_t segment_points = 7;
  std::int64_t quadrature = 3;
  std::int64_t sheet_steps = 5000;
  std::int64_t sheet_bends = 1;
  std::int64_t sheet_points = 6;
  std::int64_t connectors = 0;
  double volume_weight = 1e-3;
  std::int64_t examples = 0;
  std::int64_t curvature_examples = 1000;
  std::int64_t probes = 16;
  std::int64_t lanczos_steps = 200;
  std::int64_t lanczos_sets = 5;
  double count_fraction = 0.1;
  std::int64_t eigenvectors = 10;
  std::vector<std::int64_t> connector_dimensions = {30, 60, 100, 150, 200, 300, 500};
  std::int64_t connector_steps = 600;
  double connector_rate = 0.05;
  double connector_share = 0.5;
  bool control = true;
  double control_kick = 0.1;
  std::int64_t control_steps = 300;
  double control_rate = 0.01;
  double low_share = 0.1;

  std::string_view name() const override { return "m-tunnel"; }
  std::string_view title() const override { return "m-tunnels: many optima joined at once"; }
  std::string_view claim() const override { return "contribution-3"; }
  Grain grain() const override { return Grain::all_optima; }
  void visit(OptionVisitor& visitor) override;
  void validate(std::string_view place) const override;
  void validate_for(const Planned& planned, std::string_view place) const override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  SpreadLoop loop(const Landscape& landscape, std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;

 private:
  /// Of the centres and the curvature there, as `cost`.
  double set_cost(const Landscape& landscape, std::int64_t optima) const;
};

}  // namespace nwedge::experiment
