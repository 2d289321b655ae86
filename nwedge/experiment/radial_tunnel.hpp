#pragma once
#include "nwedge/experiment/experiment.hpp"

namespace nwedge::experiment {

/// What an n-wedge looks like on planes through an optimum: a radial tunnel [fort2019].
///
/// A plane is spanned by u, the unit vector from its base (the origin or the initial point) to the optimum,
/// and a random unit vector v orthogonal to it. At distance R from the base, R / ||optimum - base|| in
/// `radii`:
///   half-width  the mean of the first exits along +v and -v from base + R u
///   half-angle  the mean of the first exits phi, in degrees, of base + R (cos phi u +- sin phi v)
/// where a point is inside by one of three criteria:
///   rise      loss <= loss at base + R u plus `rise`
///   level     loss <= `level`
///   accuracy  accuracy >= `accuracy-share` times that at base + R u (landscapes with accuracy)
/// The exit of a point that is outside itself is 0; inf (null in JSON) where it never leaves.
/// For contrast, planes and blocks through the origin along random directions at the scale of the optimum;
/// their points nearer to the origin than half its norm do not count, because there all wedges may cross.
///
/// Losses and accuracies are those of `examples` training examples (0: all).
///
/// Record: examples; planes.PLANE.distance (||optimum - base||); planes.PLANE.half-width.CRITERION[] and
/// half-angle likewise:
///   the median over directions at each radius; random: {lowest-loss, low-share, points}: least loss and the
///   share of points with loss <= optimum's + rise on the random planes and blocks (absent without any);
///   prediction (wedge model, plane origin, criteria rise and level): half-width and half-angle as above, of
///   random optima of the model (see `wedge::Predictor` and `add_prediction`);
///   planes.PLANE.absent: why there is no such plane, its medians are null then
/// Arrays: radii [n]; half-width.PLANE.CRITERION, half-angle.PLANE.CRITERION [directions, n];
///   map-x.PLANE, map-y.PLANE (along u, along v, in units of the distance), map-loss.PLANE,
///   map-accuracy.PLANE [y, x]; map-path.PLANE [trajectory, 2]; random-axis [m], random-plane-loss [m, m]
///   (units of ||optimum||); block-axis [b], random-block-loss [b, b, b]
class RadialTunnel final : public Experiment {
 public:
  std::vector<std::string> planes = {"origin", "initial"};
  std::int64_t directions = 3;
  std::vector<double> radii = {0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0};
  double rise = 0.3;
  double level = 0.5;
  double accuracy_share = 0.9;
  double reach = 3.0;
  double tolerance = 0.01;
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

/// The base of a plane: the origin or, for "initial", the run's initial point.
std::vector<float> tunnel_base(std::string_view plane, const optimize::Result& run);

/// Why there is no plane through `base` and `optimum`: one dimension, or the two coincide; "" where there is
/// one.
std::string tunnel_plane_missing(std::span<const float> base, std::span<const float> optimum);

/// The plane through `base` along u and a random v orthogonal to it, named by (seed, index); orthonormal
/// directions.
AffineFamily tunnel_plane(std::span<const float> base, std::span<const float> optimum, std::uint64_t seed,
                          std::uint64_t index);

/// Mean first exits to both sides of a tunnel, [criteria][radii]: a length across, degrees around.
using TunnelExits = std::vector<std::vector<double>>;

/// The exits on a plane of `tunnel_plane`, straight across (half-widths) or around the base (half-angles), by
/// criteria "rise", "level", "accuracy". Scanned outward in 24 equal steps, then halved to the tolerance; the
/// criteria share the scan. Cost: about 10 to 40 evaluations a radius on the restriction to the plane.
TunnelExits tunnel_exits(const Landscape& landscape, const AffineFamily& plane, double distance_to_optimum,
                         std::span<const std::string> criteria, bool around, const RadialTunnel& options,
                         Monitor& monitor);

}  // namespace nwedge::experiment
