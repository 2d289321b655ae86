#pragma once
#include <CLI/App.hpp>
#include <span>
#include <string>

namespace nwedge::cli {

/// Sets --model and --activation of a command, where they were not given, to what the metadata of the weights
/// in `paths` say; throws when the files differ in it. What was given is held against the files when they are
/// read. Returns what to say with the result: which of the two is assumed, as neither the command line nor a
/// file names it; empty where nothing is.
std::string take_metadata(CLI::App& command, std::span<const std::string> paths);

}  // namespace nwedge::cli
