#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/monitor.hpp"
#include "nwedge/landscape.hpp"
#include "nwedge/optimize/optimizer.hpp"

namespace nwedge::experiment {

/// What a point has by each measure of a tunnel; NaN where its landscape lacks the measure.
struct TunnelValues {
  double loss = 0;
  double accuracy = 0;
  double temperature = 0;  ///< loss after the best temperature: see `TemperedMetrics`

  double by(std::string_view measure) const;
};

/// The measures that a landscape has, in this order: "loss", "accuracy", "temperature".
std::vector<std::string> tunnel_measures(const Landscape& landscape);

/// The low-loss sets of one optimum, one by each measure:
///   loss         loss <= the optimum's + rise
///   accuracy     accuracy >= accuracy share * the optimum's
///   temperature  loss after the best temperature <= the optimum's + rise
/// Values that are not numbers are outside.
struct TunnelSet {
  TunnelValues bound;

  static TunnelSet of(const TunnelValues& optimum, double rise, double accuracy_share);
  bool contains(std::string_view measure, const TunnelValues& values) const;
};

/// A plane on which points are evaluated by all measures at once. `landscape` must outlive it.
class MeasuredPlane {
 public:
  MeasuredPlane(const Landscape& landscape, AffineFamily family);

  /// At coordinates [P, d].
  std::vector<TunnelValues> evaluate(std::span<const float> coordinates) const;
  const AffineFamily& family() const { return family_; }

 private:
  const Landscape& landscape_;
  AffineFamily family_;
  std::unique_ptr<Landscape> restricted_;
};

/// Of one point of the landscape itself.
TunnelValues tunnel_values(const Landscape& landscape, std::span<const float> point);

/// The base of a plane: the origin or, for "initial", the run's initial point.
std::vector<float> tunnel_base(std::string_view plane, const optimize::Result& run);

/// Why there is no plane through `base` and `optimum`: one dimension, or the two coincide; "" where there is
/// one.
std::string tunnel_plane_missing(std::span<const float> base, std::span<const float> optimum);

/// The plane through `base` along u, the unit vector to `optimum`, and a random v orthogonal to it, named by
/// (seed, index); orthonormal directions.
AffineFamily tunnel_family(std::span<const float> base, std::span<const float> optimum, std::uint64_t seed,
                           std::uint64_t index);

/// Mean first exits to both sides of a tunnel, [measures][radii]: a length across, degrees around.
using TunnelExits = std::vector<std::vector<double>>;

/// How exits are searched for.
struct ExitSearch {
  double most = 180;        ///< how far: a length across, degrees around
  double tolerance = 0.01;  ///< of an exit, as a share of it
};

/// The first exits from `set` on a plane of `tunnel_family`, at each of `radii` from its base, straight
/// across (half-widths) or `around` it (half-angles). Scanned outward from 1/2000 of `most` in sixteen steps
/// of equal ratio (1.6), then halved until the bracket is at most the tolerance times its upper end, however
/// narrow the tunnel; the measures share the scan. 0 where the point on the axis is outside; where it never
/// leaves, infinity across and 180 around. Cost: about 10 to 25 evaluations a radius and side.
TunnelExits tunnel_exits(const MeasuredPlane& plane, std::span<const double> radii, const TunnelSet& set,
                         std::span<const std::string> measures, bool around, const ExitSearch& search,
                         Monitor& monitor);

/// The middle of the values, infinite ones among them; NaN where there is none or one is NaN.
double median_exit(std::vector<double> exits);

}  // namespace nwedge::experiment
