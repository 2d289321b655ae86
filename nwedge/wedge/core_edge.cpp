#include "nwedge/wedge/core_edge.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/wedge/wedge_curvature.hpp"

namespace nwedge::wedge {
namespace {

/// A place in one wedge: short coordinates and long radius.
struct Place {
  std::vector<double> u;
  double rho = 0;
};

/// The way down -grad e from a place to the edge of the core, e > 0 at its start.
class WayDown {
 public:
  explicit WayDown(const CrossSection& section) : section_(section) {}

  Place end(Place place) const {
    if (section_.half_width == 0 && section_.opening == 0) {
      std::fill(place.u.begin(), place.u.end(), 0.0);
      return place;
    }
    if (section_.box)
      return section_.opening == 0 ? clamped(std::move(place)) : box_with_opening(std::move(place));
    return section_.stiffness.empty() ? straight(std::move(place)) : curved(std::move(place));
  }

 private:
  double lambda(std::size_t i) const { return section_.stiffness.empty() ? 1.0 : section_.stiffness[i]; }
  double width(double rho) const { return section_.half_width + section_.opening * rho; }
  /// ||Lambda^p u||.
  double length(const std::vector<double>& u, double power) const {
    double sum = 0;
    for (std::size_t i = 0; i < u.size(); ++i) sum += std::pow(lambda(i), 2 * power) * u[i] * u[i];
    return std::sqrt(sum);
  }

  Place straight(Place place) const {
    const double before = length(place.u, 0.5);
    const double way = (before - width(place.rho)) / (1 + section_.opening * section_.opening);
    for (double& x : place.u) x *= (before - way) / before;
    place.rho += section_.opening * way;
    return place;
  }

  Place clamped(Place place) const {
    for (double& x : place.u) x = std::clamp(x, -width(place.rho), width(place.rho));
    return place;
  }

  /// One step of the flow of a ball: u decays, rho grows with ||Lambda^(1/2) u|| (trapezoid).
  Place stepped(const Place& from, double step) const {
    Place to = from;
    for (std::size_t i = 0; i < to.u.size(); ++i) to.u[i] *= std::exp(-lambda(i) * step);
    to.rho += section_.opening * step * (length(from.u, 0.5) + length(to.u, 0.5)) / 2;
    return to;
  }

  Place curved(Place place) const {
    const auto outside = [&](const Place& at) { return length(at.u, 0.5) > width(at.rho); };
    constexpr double kShare = 0.02;  // of its length that u loses in a step
    while (true) {
      const double slope = length(place.u, 1);
      double step = kShare * std::pow(length(place.u, 0.5) / slope, 2);
      Place next = stepped(place, step);
      if (outside(next)) {
        place = std::move(next);
        continue;
      }
      double low = 0;
      for (int halving = 0; halving < 50; ++halving) {
        const double middle = (low + step) / 2;
        (outside(stepped(place, middle)) ? low : step) = middle;
      }
      return stepped(place, step);
    }
  }

  /// The edge is approached, not reached: goes on until a thousandth of the way is left, then onto it.
  Place box_with_opening(Place place) const {
    constexpr double kStep = 0.02;  // over the largest stiffness
    constexpr double kLeft = 1e-3;
    const auto excess = [&](const Place& at) { return section_.energy(at.u, at.rho); };
    double most = 0;
    for (std::size_t i = 0; i < place.u.size(); ++i) most = std::max(most, lambda(i));
    const double enough = excess(place) * (section_.linear ? kLeft : kLeft * kLeft);
    while (excess(place) > enough) {
      const double here = width(place.rho);
      double growth = 0;
      for (std::size_t i = 0; i < place.u.size(); ++i) {
        const double over = std::abs(place.u[i]) - here;
        if (over <= 0) continue;
        const double moved = over * -std::expm1(-lambda(i) * kStep / most);
        place.u[i] = std::copysign(std::abs(place.u[i]) - moved, place.u[i]);
        growth += section_.opening * moved;
      }
      place.rho += growth;
    }
    return clamped(std::move(place));
  }

  const CrossSection& section_;
};

}  // namespace

std::vector<float> core_edge(const WedgeModel& model, std::span<const float> point, std::int64_t wedge) {
  const bool opens = model.cross_section().opening > 0;
  const Place from{model.short_coordinates(point, wedge), opens ? model.long_radius(point, wedge) : 0};
  std::vector<float> moved(point.begin(), point.end());
  if (!(model.cross_section().energy(from.u, from.rho) > 0)) return moved;
  const Place to = WayDown(model.cross_section()).end(from);
  std::vector<double> sum(point.begin(), point.end());
  if (from.rho > 0 && to.rho != from.rho) {
    const WedgeCurvature::LongPart outward(model, point, wedge);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += (to.rho / from.rho - 1) * outward.values[j];
  }
  std::vector<double> step(to.u.size());
  for (std::size_t i = 0; i < step.size(); ++i) step[i] = to.u[i] - from.u[i];
  Frames(model.geometry()).scatter_add(wedge, step, sum);
  std::transform(sum.begin(), sum.end(), moved.begin(), [](double x) { return static_cast<float>(x); });
  return moved;
}

std::vector<float> descended(const WedgeModel& model, std::span<const float> point) {
  return core_edge(model, point, model.nearest(point));
}

}  // namespace nwedge::wedge
