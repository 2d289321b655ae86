#include "nwedge/wedge/cross_section.hpp"

#include <algorithm>
#include <cmath>

namespace nwedge::wedge {

double CrossSection::energy(std::span<const double> u, double rho) const {
  const double width = box ? half_width + opening * rho : 0;
  double sum = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double v = std::max(std::abs(u[i]) - width, 0.0);
    sum += lambda(i) * v * v;
  }
  return energy_of_sum(sum, rho);
}

double CrossSection::energy_of_sum(double sum, double rho) const {
  const double width = box ? 0 : half_width + opening * rho;
  if (!linear && width == 0) return sum / 2;
  const double excess = std::sqrt(sum) - width;
  // Written so that a NaN passes through.
  if (excess < 0) return 0;
  return linear ? excess : excess * excess / 2;
}

double CrossSection::slope(std::span<const double> u, double rho, std::span<double> by_u,
                           double& by_rho) const {
  const double energy_here = energy(u, rho);
  const double width = half_width + opening * rho;
  const double excess = linear ? energy_here : std::sqrt(2 * energy_here);
  by_rho = 0;
  if (energy_here == 0) {
    std::fill(by_u.begin(), by_u.end(), 0.0);
    return energy_here;
  }
  const double by_excess = linear ? 1 : excess;
  if (!box) {
    const double factor = by_excess / (excess + width);  // excess + width = ||Lambda^(1/2) u||
    for (std::size_t i = 0; i < u.size(); ++i) by_u[i] = factor * lambda(i) * u[i];
    by_rho = -opening * by_excess;
    return energy_here;
  }
  const double factor = by_excess / excess;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double pull = factor * lambda(i) * std::max(std::abs(u[i]) - width, 0.0);
    by_u[i] = std::copysign(pull, u[i]);
    by_rho -= opening * pull;
  }
  return energy_here;
}

void CrossSection::bend(std::span<const double> u, double rho, std::span<const double> p, double t,
                        std::span<double> out_u, double& out_rho) const {
  const double width = half_width + opening * rho;
  std::fill(out_u.begin(), out_u.end(), 0.0);
  out_rho = 0;
  const double energy_here = energy(u, rho);
  const double excess = linear ? energy_here : std::sqrt(2 * energy_here);
  const bool smooth_core = width == 0 && !linear;
  if (energy_here == 0 && !smooth_core) return;

  // q(u, rho) is the squared length under the root, q' and q'' its derivatives along (p, t):
  // ball: q = sum lambda u^2, e = sqrt(q) - w;  box: q = sum lambda (|u| - w)^2 over |u| > w, e = sqrt(q).
  // A vector of second derivatives follows from d(e) = d(q)/(2 sqrt q) and its product rule.
  const double length = box ? excess : excess + width;
  const double width_rate = opening * t;
  double half_rate = 0;  // q'/2 along (p, t)
  const auto side_of = [&](std::size_t i) { return u[i] < 0 ? -1.0 : 1.0; };
  const auto reach = [&](std::size_t i) { return std::abs(u[i]) - (box ? width : 0); };
  const auto reach_rate = [&](std::size_t i) { return side_of(i) * p[i] - (box ? width_rate : 0); };
  const auto outside = [&](std::size_t i) { return !box || width == 0 || reach(i) > 0; };
  for (std::size_t i = 0; i < u.size(); ++i)
    if (outside(i)) half_rate += lambda(i) * reach(i) * reach_rate(i);
  const double length_rate = length > 0 ? half_rate / length : 0;
  const double excess_rate = box ? length_rate : length_rate - width_rate;
  // E' = c * excess-gradient with c = excess (quadratic) or 1; d(c * g) = c' g + c g'.
  const double c = linear ? 1 : excess;
  const double c_rate = linear ? 0 : excess_rate;
  for (std::size_t i = 0; i < u.size(); ++i) {
    if (!outside(i)) continue;
    double bent = lambda(i) * reach_rate(i);  // on a core of width 0, where E = sum lambda u^2 / 2
    if (length > 0)
      bent = lambda(i) * (c * reach_rate(i) + (c_rate - c * length_rate / length) * reach(i)) / length;
    out_u[i] = side_of(i) * bent;
    if (box) out_rho -= opening * bent;
  }
  if (!box) out_rho = -opening * c_rate;
}

}  // namespace nwedge::wedge
