#pragma once
#include "nwedge/core/monitor.hpp"

namespace nwedge::cli {

/// Makes the first SIGINT or SIGTERM a request that `stop_monitor` passes on, and the second an immediate
/// exit.
void install_stop_signals();

/// The signal that asked to stop; 0 while none has.
int stop_signal();

/// A monitor whose checkpoints throw `Cancelled` once a signal asked to stop: what commands pass to long
/// work.
Monitor& stop_monitor();

}  // namespace nwedge::cli
