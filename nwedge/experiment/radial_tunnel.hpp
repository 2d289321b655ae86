#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// Half-widths and half-angles by measure, one number a radius.
struct RadialShape {
  std::map<std::string, std::vector<double>> half_width;
  std::map<std::string, std::vector<double>> half_angle;

  void visit(FieldVisitor& visitor);
};

/// The tunnel on planes of one base.
struct PlaneTunnel {
  double distance = 0;
  std::string absent;
  RadialShape shape;

  void visit(FieldVisitor& visitor);
};

/// The same sets searched for around a random point of the optimum's norms.
struct ControlTunnel {
  std::map<std::string, double> at_point;
  std::map<std::string, std::vector<double>> half_angle;

  void visit(FieldVisitor& visitor);
};

/// Sections through nothing in particular.
struct RandomSections {
  double lowest_loss = 0;
  double low_share = 0;
  std::int64_t points = 0;
  std::optional<double> planes_needed;

  void visit(FieldVisitor& visitor);
};

/// What the wedge model says of the tunnel by loss on planes through the origin, at each radius.
struct RadialPrediction {
  std::string source;
  std::vector<Quantity> half_width;
  std::vector<Quantity> half_angle;

  void visit(FieldVisitor& visitor);
};

/// What `RadialTunnel` found around one optimum.
struct RadialTunnelResult {
  std::int64_t examples = 0;
  std::map<std::string, double> at_optimum;
  std::map<std::string, double> bound;
  std::map<std::string, PlaneTunnel> planes;
  std::optional<ControlTunnel> control;
  Quantity drop;
  Quantity trace;
  Quantity curvature_angle;
  std::optional<RandomSections> random;
  std::optional<RadialPrediction> prediction;

  void visit(FieldVisitor& visitor);
};

/// What an n-wedge looks like on planes through an optimum: a radial tunnel [fort2019].
///
/// A plane is spanned by u, the unit vector from its base (the origin or the initial point) to the optimum,
/// and a random unit vector v orthogonal to it. At distance R from the base, R / ||optimum - base|| in
/// `radii`:
///   half-width  the mean of the first exits along +v and -v from base + R u
///   half-angle  the mean of the first exits phi, in degrees, of base + R (cos phi u +- sin phi v)
/// from the optimum's low-loss set by each measure that the landscape has:
///   loss         loss <= the optimum's + `rise`
///   accuracy     accuracy >= `accuracy-share` times the optimum's (landscapes with accuracy)
///   temperature  loss of logits / T at the best T > 0 <= the optimum's + `rise` (networks)
/// The exit of a point that is outside itself is 0; one that is never met is 180 degrees, or an infinite
/// half-width (null in JSON).
///
/// Beside it: the half-angle that the curvature at the optimum predicts, tan phi = sqrt(2 rise D / tr H) /
/// ||optimum||, with tr H by Hutchinson's estimate; the same sets around a random point whose parameter
/// groups, and so whose tensors, have the optimum's norms; and planes and blocks through the origin along
/// random directions at the scale of the optimum, of which the points nearer to the origin than half its norm
/// do not count, because there all wedges may cross.
///
/// All on `examples` training examples (0: all).
///
/// Record: `RadialTunnelResult`. Arrays: radii [n]; half-width.PLANE.MEASURE, half-angle.PLANE.MEASURE
///   [directions, n]; map-x.PLANE, map-y.PLANE (along u, along v, in units of the distance),
///   map-MEASURE.PLANE [y, x]; map-path.PLANE [trajectory, 2]; random-axis [m], random-plane-loss [m, m]
///   (units of ||optimum||); block-axis [b], random-block-loss [b, b, b]
class RadialTunnel final : public Experiment {
 public:
  std::vector<std::string> planes = {"origin", "initial"};
  std::int64_t directions = 3;
  std::vector<double> radii = {0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0};
  double rise = 0.3;
  double accuracy_share = 0.9;
  double reach = 3.0;
  double tolerance = 0.01;
  std::int64_t trace_probes = 10;
  std::int64_t map_points = 41;
  std::int64_t block_points = 9;
  std::int64_t examples = 0;

  std::string_view name() const override { return "radial-tunnel"; }
  std::string_view title() const override { return "Radial tunnels"; }
  std::string_view claim() const override { return "contribution-1"; }
  Grain grain() const override { return Grain::each_optimum; }
  void visit(OptionVisitor& visitor) override;
  double cost(const Landscape& landscape, const optimize::Options& training,
              std::int64_t optima) const override;
  Record run(const Input& input, Monitor& monitor) const override;
  std::vector<Finding> do_judge(std::span<const StoredRecord> records) const override;
};

}  // namespace nwedge::experiment
