#pragma once
#include "nwedge/experiment/m_tunnel.hpp"

namespace nwedge::experiment {

/// The work of `MTunnel::run` after its input was checked.
Record run_m_tunnel(const MTunnel& options, const Input& input, Monitor& monitor);

}  // namespace nwedge::experiment
