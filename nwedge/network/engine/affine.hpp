#pragma once
#include <memory>

#include "nwedge/curvature.hpp"
#include "nwedge/network/data/data_set.hpp"
#include "nwedge/network/engine/engine.hpp"

namespace nwedge::network {

/// A network on an affine family theta(c) = theta_0 + sum_j c_j d_j, faster than by composition: the first
/// layer's pre-activations are affine in c,
///
///   W(c) x + b(c) = (W_0 x + b_0) + sum_j c_j (D_j x + b_j),
///
/// so they are made once for the origin and each direction and only added up at a point. Losses equal those
/// at family.point(c) to float rounding; gradients, minibatches and curvature are those of the composition.
///
/// Cost of a loss: 2 (d + 1) FLOP instead of 2 fan_in for a pre-activation. The pre-activations of a split
/// are kept when they take at most `kept_bytes`; else each `evaluate_many` makes them again, tile by tile,
/// with the same bits.
///
/// Null where this saves nothing: for d > 3, and for first layers whose fan-in is below 8 (d + 1). The
/// network, its engine and examples must outlive the result.
std::unique_ptr<Landscape> make_affine_network(const CurvedLandscape& network, Engine& engine,
                                               const DataSet& data,
                                               std::shared_ptr<const AffineFamily> family,
                                               std::int64_t kept_bytes = std::int64_t{1} << 28);

}  // namespace nwedge::network
