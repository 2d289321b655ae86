#pragma once
#include <span>
#include <string>
#include <string_view>

namespace nwedge {

/// The XXH3-128 hash of the parts, one after the other, as 32 hexadecimal digits: tells contents apart, keeps
/// no secret.
std::string digest(std::span<const std::span<const std::uint8_t>> parts);
std::string digest(std::string_view text);

}  // namespace nwedge
