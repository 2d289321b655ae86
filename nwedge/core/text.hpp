#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace nwedge {

/// The bytes of the longest line that an error makes.
inline constexpr std::size_t kLongestLine = 290;

/// Text from anywhere as part of one line on a terminal: control characters, marks that turn the direction of
/// writing and bytes that are no UTF-8 become "?"; what is longer than `most` bytes loses its middle.
std::string one_line(std::string_view text, std::size_t most = kLongestLine);

}  // namespace nwedge
