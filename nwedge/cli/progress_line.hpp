#pragma once
#include <memory>
#include <string>

#include "nwedge/core/monitor.hpp"

namespace nwedge::cli {

/// A monitor for a command with one piece of work: its checkpoints pass on the user's wish to stop and, when
/// stderr is a terminal and --quiet was not given, draw how much of `work` is done and the time left. Wiped
/// at its end.
std::unique_ptr<Monitor> make_progress_line(std::string work);

}  // namespace nwedge::cli
