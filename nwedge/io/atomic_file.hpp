#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nwedge::io {

/// Writes `parts` one after the other to a temporary name beside `path`, fsyncs, and renames it to `path`:
/// readers see the old file or the whole new one, also after kill -9 or a power cut. Parent folders are made.
/// A new file has the mode that the umask gives, one that is written over keeps its own. Errors name the path
/// and the system's reason (disk full, permission).
void write_atomically(const std::filesystem::path& path,
                      std::span<const std::span<const std::uint8_t>> parts);
void write_atomically(const std::filesystem::path& path, std::string_view text);

/// Throws unless a file could be written to `path` now; leaves nothing behind. Called before work whose
/// result would otherwise be lost at its end.
void require_writable(const std::filesystem::path& path);

/// Removes a pipe or a device, or a link to one, that stands where a file belongs: writing would go into it.
void remove_irregular(const std::filesystem::path& path);

/// Whether this is the name of a temporary file of `write_atomically`, and of which file: ".NAME.XXXXXX".
/// Empty when it is none.
std::string temporary_of(std::string_view name);

/// Removes the temporary files in `folder` of the files called `names` whose writers are dead. A live one
/// holds a lock, also in another process.
void remove_abandoned(const std::filesystem::path& folder, std::span<const std::string> names);

/// For tests: of the system calls that write files from now on, the one with this number (from 0) fails as on
/// a full disk; -1: none does.
void fail_write_call(std::int64_t number);

/// The whole file; an `Error` names the path and the reason. A device is no file; a pipe is read to its end.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

/// The same of a file that the program wrote itself: what is no regular file, such as a pipe that nobody
/// fills, is an `Error` at once.
std::vector<std::uint8_t> read_regular(const std::filesystem::path& path);

}  // namespace nwedge::io
