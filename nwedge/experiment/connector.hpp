#pragma once
#include "nwedge/experiment/m_tunnel.hpp"
#include "nwedge/experiment/m_tunnel_result.hpp"
#include "nwedge/experiment/star_sets.hpp"

namespace nwedge::experiment {

/// Estimator (d): centres of a set on random sections through the mean of its points, of each of
/// `connector_dimensions` up to D, by Adam; the functional that each reaches, and the least dimension, linear
/// between two of the list, at which it falls to `target`. `at_mean`: the functional at dimension 0. None
/// where no dimension of the list reaches it.
ConnectorResult connector_dimension(const Landscape& landscape, const Landscape& evaluated,
                                    const MTunnel& options, const StarSet& set, double at_mean, double target,
                                    std::uint64_t seed, Monitor& monitor);

/// Where a falling curve through (dimensions, values) first reaches `target`: fills dimension, at-least and
/// at-most.
void first_crossing(ConnectorResult& result, double target);

}  // namespace nwedge::experiment
