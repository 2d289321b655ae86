#pragma once
#include <string_view>

namespace nwedge {

/// The version of this library, as in `nwedge --version` and in every record: "0.1.0".
std::string_view version();

}  // namespace nwedge
