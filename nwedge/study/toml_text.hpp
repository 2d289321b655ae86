#pragma once
#include <string_view>

namespace nwedge::study {

/// Throws `Error` with file and line when keys of this TOML text have more than 32 parts or its lists and
/// tables are nested deeper: a parser that follows them recursively would run out of stack.
void require_shallow_toml(std::string_view text, std::string_view place);

}  // namespace nwedge::study
