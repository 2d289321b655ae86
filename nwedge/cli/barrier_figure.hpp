#pragma once
#include <string>
#include <vector>

#include "nwedge/experiment/advice.hpp"

namespace nwedge::cli {

/// The matrix of barriers between checkpoints, before and after their units are matched, as SVG, with the
/// dendrogram of single linkage above each: two checkpoints join at the height of the greatest barrier on the
/// best way from one to the other, so a wedge is what joins below the tolerance's line.
std::string barrier_figure(const experiment::Advice& advice, const std::vector<std::string>& names);

}  // namespace nwedge::cli
