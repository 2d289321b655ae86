#include "nwedge/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

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

  Pending(std::filesystem::path file, int open) : name(std::move(file)), descriptor(open) {}
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
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
  const Pending pending("", ::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (pending.descriptor < 0) fail(path, "cannot write");
  for (const auto part : parts) write_all(pending.descriptor, part, path);
}

/// Whether `path` names something that takes bytes but is no file; an `Error` when it is a folder.
bool is_device(const std::filesystem::path& path) {
  std::error_code none;
  const std::filesystem::file_status status = std::filesystem::status(path, none);
  if (std::filesystem::is_directory(status))
    throw Error(path.string(), "cannot write: is a folder, must be a file");
  return std::filesystem::is_other(status);
}

/// An open temporary file beside `path`, whose folder is made.
Pending open_beside(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) throw Error(folder.string(), fmt::format("cannot make the folder: {}", code.message()));
  std::string pattern = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  const int descriptor = ::mkstemp(pattern.data());
  if (descriptor < 0) fail(path, "cannot write");
  return {pattern, descriptor};
}

}  // namespace

void write_atomically(const std::filesystem::path& path,
                      std::span<const std::span<const std::uint8_t>> parts) {
  if (is_device(path)) return write_into(path, parts);
  Pending pending = open_beside(path);
  for (const auto part : parts) write_all(pending.descriptor, part, path);
  if (::fchmod(pending.descriptor, 0644) != 0 || ::fsync(pending.descriptor) != 0) fail(path, "cannot write");
  const int descriptor = std::exchange(pending.descriptor, -1);
  if (::close(descriptor) != 0) fail(path, "cannot write");
  if (::rename(pending.name.c_str(), path.c_str()) != 0) fail(path, "cannot write");
  pending.name.clear();
}

void require_writable(const std::filesystem::path& path) {
  if (!is_device(path)) open_beside(path);
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
