#pragma once
#include <string_view>

#include "nwedge/core/monitor.hpp"

namespace nwedge::cli {

/// Makes the first SIGINT or SIGTERM a request that `stop_monitor` passes on, and the second an immediate
/// exit. Work that has not ended 0.7 s after the request, as it has no checkpoint on its way, is ended there:
/// files are written whole or not at all, so that nothing finished is lost.
void install_stop_signals();

/// What is said when a request stops the program; nothing when empty. Without this, that the command begins
/// again.
void continue_with(std::string_view command_line);

/// Says that the program was stopped; the exit code that says so too.
int end_stopped() noexcept;

/// The signal that asked to stop; 0 while none has.
int stop_signal();

/// A monitor whose checkpoints throw `Cancelled` once a signal asked to stop: what commands pass to long
/// work.
Monitor& stop_monitor();

}  // namespace nwedge::cli
