#pragma once
#include <CLI/App.hpp>

namespace nwedge::cli {

// One function per command, defined in the file that bears its name; main.cpp calls each once, in the order
// of `nwedge --help`.

}  // namespace nwedge::cli
