#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge {

/// A wedge model on an affine family theta = origin + sum_j a_j d_j of few directions, in double. What does
/// not depend on a is computed once, so that a loss costs O(K r^2) with a ball and O(K s r) with a box, r
/// directions, and none of the D coordinates. The same loss as the model's up to the float rounding of the
/// point it would be given.
class WedgeSection {
 public:
  /// `directions` [r, D]; nothing is kept of either. Cost O(K s r^2), with an opening or centres O(K D r^2),
  /// with random frames O(K s D r).
  WedgeSection(const WedgeModel& model, std::span<const float> origin, std::span<const float> directions);

  double loss(std::span<const double> coordinates) const;  ///< coordinates [r]

 private:
  struct Wedge {
    std::vector<double> u;           // box: [r + 1, s], of the origin, then of each direction
    std::vector<double> short_gram;  // ball: [r + 1, r + 1] of Lambda^(1/2) u
    std::vector<double> long_gram;   // the same of the long parts; empty when the wedge does not open
  };

  double energy(const Wedge& wedge, std::span<const double> affine) const;

  const WedgeModel& model_;
  std::size_t rows_;  // r + 1
  std::vector<Wedge> wedges_;
};

}  // namespace nwedge::wedge
