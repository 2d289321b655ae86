#pragma once
#include <optional>
#include <vector>

#include "nwedge/core/fields.hpp"
#include "nwedge/core/monitor.hpp"
#include "nwedge/landscape.hpp"

namespace nwedge::experiment {

/// How far the loss stays low along one direction of a family.
struct DirectionReach {
  double curvature = 0;         ///< second derivative of the loss by c at the origin
  std::optional<double> below;  ///< least c > 0 at which the loss at -c is twice that at the origin; none:
                                ///< not up to `kFarthestReach`
  std::optional<double> above;  ///< the same at +c

  void visit(FieldVisitor& visitor);
};

inline constexpr double kFarthestReach = 4;  // units of c
inline constexpr double kReachMargin = 1.5;  // a range is so many times as long as what it is to show

/// For each direction of `family`. The curvature is exact where the landscape has Hessian products, else a
/// central difference over c = 0.01. From where a parabola of this curvature would have risen by 1/256 of the
/// loss the ray is scanned outward in steps of at most 1.4, then halved to 1 %: a rise and fall between two
/// radii is not seen. Nothing where the loss at the origin is not above 0. Cost: about 25 evaluations a side,
/// and one Hessian product a direction.
std::vector<DirectionReach> doubling_reaches(const Landscape& landscape, const AffineFamily& family,
                                             Split split, Monitor& monitor);

}  // namespace nwedge::experiment
