#pragma once
#include <vector>

#include "nwedge/experiment/experiment.hpp"
#include "nwedge/experiment/m_tunnel.hpp"
#include "nwedge/experiment/m_tunnel_result.hpp"

namespace nwedge::experiment {

/// The deformed sheet over the first three optima: trains its centre and the bends of its edges so that the
/// whole sheet is low, and measures it and the flat one on a lattice of each triangle.
SheetResult measure_sheet(const Input& input, const Landscape& evaluated, const MTunnel& options,
                          std::vector<io::Tensor>& arrays, Monitor& monitor);

/// The simplices of every optimum with `connectors` common points, trained with the reward for volume;
/// `centre` [D] is where the connectors start.
VolumeResult measure_volume(const Input& input, const Landscape& evaluated, std::span<const float> centre,
                            const MTunnel& options, std::vector<io::Tensor>& arrays, Monitor& monitor);

}  // namespace nwedge::experiment
