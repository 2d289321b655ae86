#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/network/data/labelled_images.hpp"

namespace nwedge::network {

/// Parses rows of F features and, in the last column, a label or (`with_targets`) one number as target. The
/// first line is a header where none of its features is a number, or where its label alone of all is none.
///
/// Labels are whole numbers from 0, or names: then `names` are those of the classes, sorted. Where `names` is
/// not empty at first, labels must be among them. Errors at place:LINE: a value that is no finite number,
/// another number of columns than in the first row, a label that is out of range or unknown; no rows.
FloatImages parse_csv(std::string_view text, bool with_targets, std::vector<std::string>& names,
                      std::string_view place);

}  // namespace nwedge::network
