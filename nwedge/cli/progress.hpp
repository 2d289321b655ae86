#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "nwedge/study/runner.hpp"

namespace nwedge::cli {

/// "850 ms", "12 s", "3 min 20 s", "2 h 5 min".
std::string duration(double seconds);

/// What a command shows on stderr while a study runs: a bar with the expected time left when stderr is a
/// terminal, one line for each finished cell when it is not, nothing but failures when `quiet`.
std::unique_ptr<study::RunObserver> make_progress(bool quiet);

}  // namespace nwedge::cli
