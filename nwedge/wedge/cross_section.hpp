#pragma once
#include <span>
#include <vector>

namespace nwedge::wedge {

/// The energy of one wedge as a function of short coordinates u [s] and long radius rho >= 0:
/// w = half_width + opening * rho; ball: e = max(||Lambda^(1/2) u|| - w, 0), box: e = ||Lambda^(1/2) max(|u|
/// - w, 0)||; E = e^2/2, or E = e when `linear`. All costs O(s).
struct CrossSection {
  bool box = false;
  bool linear = false;
  double half_width = 0;
  double opening = 0;
  std::vector<double> stiffness;  ///< lambda [s]; empty: 1

  double energy(std::span<const double> u, double rho) const;
  /// E from sum_i lambda_i u_i^2 (ball) or sum_i lambda_i max(|u_i| - w, 0)^2 (box).
  double energy_of_sum(double sum, double rho) const;
  /// dE/du [s] and dE/drho; 0 where E is 0. Returns E.
  double slope(std::span<const double> u, double rho, std::span<double> by_u, double& by_rho) const;
  /// The second derivative at (u, rho) applied to (p, t): out_u [s], out_rho. On the smooth piece that
  /// contains the point: 0 inside a flat core. With a core of width 0 and a quadratic energy it is exact on
  /// the core too.
  void bend(std::span<const double> u, double rho, std::span<const double> p, double t,
            std::span<double> out_u, double& out_rho) const;

 private:
  double lambda(std::size_t i) const { return stiffness.empty() ? 1.0 : stiffness[i]; }
};

}  // namespace nwedge::wedge
