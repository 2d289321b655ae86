#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge {

/// The lowest point of a wedge model on an affine section theta = origin + P z, z in R^d.
struct SectionMinimum {
  double loss = 0;
  std::int64_t wedge = 0;           ///< whose least energy it is
  std::vector<double> coordinates;  ///< z [d], of least norm where there are several
};

/// Whether `section_minimum` is exact: a hard minimum over wedges that do not open, with a ball or a core of
/// width 0. Then the energy of wedge k grows with ||Lambda^(1/2) (u_k + A_k z)||, A_k = B_k^T P, whatever the
/// energy and the half-width, so that its least value on the section is a least-squares problem.
bool has_section_minimum(const WedgeModel& model);

/// min_z L(origin + P z) = min_k min_z E_k, one least-squares problem [s, d] for each wedge, in double.
/// `column` writes column j of P [D]. An `Error` for a model without it. Cost d columns and O(K s d min(s,
/// d)).
SectionMinimum section_minimum(const WedgeModel& model, std::span<const float> origin, std::int64_t d,
                               const std::function<void(std::int64_t j, std::span<float> column)>& column);

}  // namespace nwedge::wedge
