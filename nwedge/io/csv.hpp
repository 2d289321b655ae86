#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace nwedge::io {

/// Calls `take` with the fields of each line and its number from 1; blank lines are left out. Fields are
/// separated by commas, or by semicolons or tabs where the first line has no comma but one of these; spaces
/// around a field do not count; a field in double quotes may hold the separator, and "" for a quote. Line
/// ends are \n or \r\n, and a byte-order mark at the beginning is left out. The fields are valid during the
/// call. Errors at `place`: a quote that does not end on its line, or that is followed by something.
void read_csv(std::string_view text, std::string_view place,
              const std::function<void(std::span<const std::string>, std::int64_t)>& take);

}  // namespace nwedge::io
