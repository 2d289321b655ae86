#pragma once
#include <string_view>

namespace nwedge {

/// The version of this library, as in `nwedge --version` and in every record: "0.1.0".
std::string_view version();

/// Part of every digest, as the version is: a record counts only for a program whose numbers are the same.
/// Add one with every change after which the same study gives other numbers (CONTRIBUTING.md).
inline constexpr int kNumericsRevision = 7;

}  // namespace nwedge
