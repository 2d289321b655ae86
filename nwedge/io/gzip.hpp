#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nwedge::io {

/// Whether the bytes begin like a gzip file (1f 8b).
bool is_gzip(std::span<const std::uint8_t> bytes);

/// The first `most` inflated bytes of a gzip file, fewer when it ends before. Memory grows with what comes
/// out, so a file that claims to be huge costs nothing. Errors at `place`: damaged, truncated, wrong
/// checksum.
std::vector<std::uint8_t> inflate_gzip(std::span<const std::uint8_t> bytes, std::size_t most,
                                       std::string_view place);

}  // namespace nwedge::io
