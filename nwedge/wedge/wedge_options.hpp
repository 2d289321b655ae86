#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"

namespace nwedge::wedge {

/// What a wedge model is made of [fort2019]: K wedges in R^D, each with s short and n = D - s long
/// directions. With short coordinates u = B^T (theta - c), long radius rho = ||(I - B B^T)(theta - c)|| and
/// half-width w = half_width + opening * rho, the excess of a wedge is
///   ball: e = max(||Lambda^(1/2) u|| - w, 0),   box: e = ||Lambda^(1/2) max(|u| - w, 0)||,
/// its energy E = e^2 / 2 (quadratic) or e (linear), and the loss
///   hard: min_k E_k,   soft: -temperature * log(mean_k exp(-E_k / temperature)).
struct WedgeOptions {
  std::int64_t dimension = 1000;       ///< D >= 1
  std::int64_t wedges = 20;            ///< K >= 1
  std::int64_t short_directions = 50;  ///< s, 1 to D
  std::string frames = "axis";  ///< "axis": s coordinate axes at random; "random": a random orthonormal frame
  double half_width = 0.0;      ///< epsilon >= 0
  double opening = 0.0;         ///< kappa >= 0, half-width gained per unit of long radius
  std::vector<double> stiffness;  ///< lambda > 0: empty = 1, one value for all, or s values
  double stiffness_spread =
      1.0;  ///< >= 1: largest over smallest stiffness, log-spaced over the short directions
  double centre_spread = 0.0;  ///< >= 0: centres ~ N(0, centre_spread^2 I); 0: all wedges cross at the origin
  std::string cross_section = "ball";  ///< "ball" or "box"
  std::string energy = "quadratic";    ///< "quadratic" or "linear"
  std::string minimum = "hard";        ///< "hard" or "soft"
  double temperature = 0.0;            ///< tau > 0 for a soft minimum, 0 for a hard one
  double gradient_noise =
      0.0;  ///< sigma_g >= 0 of one example: a batch of b has sigma_g / sqrt(b) per coordinate
  double initial_sigma = 1.0;  ///< sigma_0 >= 0: initial points ~ N(0, sigma_0^2 I)
  std::int64_t seed = 0;       ///< of axes, frames and centres

  void visit(OptionVisitor& visitor);
  /// Throws `Error(place, …)` unless every field is in range and they fit together.
  void validate(std::string_view place) const;
  /// lambda_i [s], the spread applied; empty when all are 1.
  std::vector<double> stiffness_values() const;
};

}  // namespace nwedge::wedge
