#include "nwedge/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nwedge/core/error.hpp"

namespace nwedge::io {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  throw Error(path.string(), fmt::format("{}: {}", what, std::strerror(errno)));
}

/// A descriptor that is closed, and a temporary file that is removed, unless the write succeeds.
struct Pending {
  std::filesystem::path name;
  int descriptor = -1;
  ~Pending() {
    if (descriptor >= 0) ::close(descriptor);
    if (!name.empty()) ::unlink(name.c_str());
  }
};

void write_all(int descriptor, std::span<const std::uint8_t> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(path, "cannot write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

/// A device, pipe or socket cannot be replaced by a file: what is written goes into it.
void write_into(const std::filesystem::path& path, std::span<const std::span<const std::uint8_t>> parts) {
  Pending pending;
  pending.descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (pending.descriptor < 0) fail(path, "cannot write");
  for (const auto part : parts) write_all(pending.descriptor, part, path);
}

}  // namespace

void write_atomically(const std::filesystem::path& path,
                      std::span<const std::span<const std::uint8_t>> parts) {
  std::error_code none;
  const std::filesystem::file_status status = std::filesystem::status(path, none);
  if (std::filesystem::is_other(status)) return write_into(path, parts);
  if (std::filesystem::is_directory(status))
    throw Error(path.string(), "cannot write: is a folder, must be a file");
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) throw Error(folder.string(), fmt::format("cannot make the folder: {}", code.message()));

  Pending pending;
  std::string pattern = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  pending.descriptor = ::mkstemp(pattern.data());
  if (pending.descriptor < 0) fail(path, "cannot write");
  pending.name = pattern;
  for (const auto part : parts) write_all(pending.descriptor, part, path);
  if (::fchmod(pending.descriptor, 0644) != 0 || ::fsync(pending.descriptor) != 0) fail(path, "cannot write");
  const int descriptor = pending.descriptor;
  pending.descriptor = -1;
  if (::close(descriptor) != 0) fail(path, "cannot write");
  if (::rename(pending.name.c_str(), path.c_str()) != 0) fail(path, "cannot write");
  pending.name.clear();
}

void write_atomically(const std::filesystem::path& path, std::string_view text) {
  const std::span<const std::uint8_t> part(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  write_atomically(path, std::span(&part, 1));
}

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(path, "cannot read");
  struct Close {
    int descriptor;
    ~Close() { ::close(descriptor); }
  } close{descriptor};
  std::vector<std::uint8_t> bytes;
  std::error_code code;
  const auto expected = std::filesystem::file_size(path, code);
  std::size_t used = 0;
  bytes.resize(code ? 65536 : static_cast<std::size_t>(expected) + 1);
  while (true) {
    if (used == bytes.size()) bytes.resize(2 * bytes.size());
    const ssize_t got = ::read(descriptor, bytes.data() + used, bytes.size() - used);
    if (got < 0) {
      if (errno == EINTR) continue;
      fail(path, "cannot read");
    }
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

std::string read_text(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_bytes(path);
  return {bytes.begin(), bytes.end()};
}

}  // namespace nwedge::io
