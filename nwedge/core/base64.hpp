#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace nwedge {

/// Bytes as base64 text with padding [rfc4648].
std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace nwedge
