#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::wedge {

/// Where slow descent on the energy of one wedge ends. It stops as soon as the energy is 0: at the edge of a
/// core and not in its middle when half-width or opening are above 0, on the wedge itself when both are 0. In
/// short coordinates u and long radius rho the way follows -grad e (the same for both energies):
///   ball, stiffness 1      straight, e = ||u|| - epsilon - kappa rho: u shortens by e / (1 + kappa^2), rho
///   grows
///                          by kappa times that
///   box, opening 0         each u_i moves to the nearest end of its interval
///   other stiffness        u_i(x) = u_i exp(-lambda_i x), up to the edge
///   other opening wedges   the same with rho integrated along, to 1e-3 of the way
/// `point` [D] itself where the energy is 0 already. Cost O(s) for axis frames without opening, else O(D) or
/// O(sD).
std::vector<float> core_edge(const WedgeModel& model, std::span<const float> point, std::int64_t wedge);

/// The same in the wedge of least energy: where descent from `point` ends under a hard minimum.
std::vector<float> descended(const WedgeModel& model, std::span<const float> point);

}  // namespace nwedge::wedge
