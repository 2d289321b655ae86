#pragma once
#include <span>
#include <string>

#include "nwedge/experiment/claim.hpp"

namespace nwedge::cli {

/// Findings for the terminal: the few of a single experiment in full, those of a study as a table of claims.
std::string summary(std::span<const experiment::Finding> findings);

}  // namespace nwedge::cli
