#include "nwedge/experiment/section_range.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/core/vectors.hpp"
#include "nwedge/curvature.hpp"
#include "nwedge/geometry/rays.hpp"

namespace nwedge::experiment {
namespace {

constexpr double kTolerance = 0.01;      // of a reach
constexpr double kStep = 1.4;            // of the scan
constexpr double kLeastReach = 1e-6;     // where the scan may begin
constexpr double kDifference = 0.01;     // c of a second difference
constexpr double kFirstRise = 1.0 / 16;  // of the parabola's reach, where the scan begins

std::vector<float> moved(std::span<const float> origin, std::span<const float> direction, double c) {
  std::vector<float> point(origin.begin(), origin.end());
  for (std::size_t i = 0; i < point.size(); ++i) point[i] += static_cast<float>(c * direction[i]);
  return point;
}

double second_difference(const Landscape& landscape, std::span<const float> origin,
                         std::span<const float> direction, Split split, double loss) {
  const double above = landscape.evaluate(moved(origin, direction, kDifference), split).loss;
  const double below = landscape.evaluate(moved(origin, direction, -kDifference), split).loss;
  return (above - 2 * loss + below) / (kDifference * kDifference);
}

std::vector<double> scan_from(double curvature, double loss) {
  const bool bowl = std::isfinite(curvature) && curvature > 0;
  const double parabola = bowl ? std::sqrt(2 * loss / curvature) : 1;
  const double least = std::clamp(kFirstRise * parabola, kLeastReach, kFirstRise);
  const double steps = std::ceil(std::log(kFarthestReach / least) / std::log(kStep));
  return geometry::geometric_radii(least, kFarthestReach, static_cast<std::int64_t>(steps) + 1);
}

std::optional<double> finite(double radius) {
  return std::isfinite(radius) ? std::optional<double>(radius) : std::nullopt;
}

}  // namespace

std::vector<DirectionReach> doubling_reaches(const Landscape& landscape, const AffineFamily& family,
                                             Split split, Monitor& monitor) {
  const double loss = landscape.evaluate(family.origin, split).loss;
  if (!(loss > 0) || !std::isfinite(loss)) return {};
  const auto* curved = dynamic_cast<const CurvedLandscape*>(&landscape);
  const std::unique_ptr<Curvature> hessian =
      curved == nullptr ? nullptr : curved->curvature_at(family.origin, split);
  std::vector<DirectionReach> reaches;
  for (std::int64_t j = 0; j < family.dimension(); ++j) {
    const std::span<const float> direction = family.direction(j);
    DirectionReach reach;
    if (hessian != nullptr) {
      std::vector<float> product(direction.size());
      hessian->multiply(direction, product);
      reach.curvature = dot(direction, product);
    } else {
      reach.curvature = second_difference(landscape, family.origin, direction, split, loss);
    }
    std::vector<float> opposite(direction.begin(), direction.end());
    for (float& x : opposite) x = -x;
    const geometry::Criterion inside{.highest_loss = 2 * loss};
    const geometry::Ray rays[] = {{family.origin, opposite, inside}, {family.origin, direction, inside}};
    const std::vector<double> scan = scan_from(reach.curvature, loss);
    const std::vector<double> radii = geometry::exit_radii(landscape, rays, scan, kTolerance, split, monitor);
    reach.below = finite(radii[0]);
    reach.above = finite(radii[1]);
    reaches.push_back(reach);
  }
  return reaches;
}

void DirectionReach::visit(FieldVisitor& visitor) {
  visitor.field("curvature", curvature, "second derivative of the loss by c at the centre");
  visitor.field("below", below, "how far towards negative c the loss doubles; null: nowhere near");
  visitor.field("above", above, "the same towards positive c");
}

}  // namespace nwedge::experiment
