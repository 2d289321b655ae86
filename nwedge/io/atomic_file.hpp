#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nwedge::io {

/// Writes `parts` one after the other to a temporary name beside `path`, fsyncs, and renames it to `path`:
/// readers see the old file or the whole new one, also after kill -9. Parent folders are made. Errors name
/// the path and the system's reason (disk full, permission).
void write_atomically(const std::filesystem::path& path,
                      std::span<const std::span<const std::uint8_t>> parts);
void write_atomically(const std::filesystem::path& path, std::string_view text);

/// Throws unless a file could be written to `path` now; makes its folder. Called before work whose result
/// would otherwise be lost at its end.
void require_writable(const std::filesystem::path& path);

/// The whole file; an `Error` names the path and the reason.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

}  // namespace nwedge::io
