#include "nwedge/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nwedge/core/error.hpp"

namespace nwedge::io {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kSuffix = 6;  // letters that make a temporary name unique

std::atomic<std::int64_t> calls_until_failure = -1;

/// Whether this call is the one that a test lets fail.
bool fails() {
  if (calls_until_failure < 0 || calls_until_failure-- != 0) return false;
  errno = ENOSPC;
  return true;
}

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
    if (!name.empty()) ::unlink(name.c_str());
    if (descriptor >= 0) ::close(descriptor);
  }
};

void write_all(int descriptor, std::span<const std::uint8_t> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = fails() ? -1 : ::write(descriptor, bytes.data(), bytes.size());
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

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

/// A name in a folder is on disk only when the folder is. Some file systems cannot sync a folder: they are
/// not asked.
void sync_folder(const std::filesystem::path& folder, const std::filesystem::path& path) {
  const Pending open("", ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open.descriptor < 0) return;
  if ((fails() || ::fsync(open.descriptor) != 0) && (errno == EIO || errno == ENOSPC))
    fail(path, "cannot write");
}

/// Makes a folder and those above it; returns the ones that were not there, innermost first.
std::vector<std::filesystem::path> make_folders(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> missing;
  std::error_code code;
  for (std::filesystem::path at = folder; !at.empty() && !std::filesystem::exists(at, code);
       at = at.parent_path())
    if (at.has_filename()) missing.push_back(at);
  std::filesystem::create_directories(folder, code);
  if (code) throw Error(folder.string(), fmt::format("cannot make the folder: {}", code.message()));
  for (const std::filesystem::path& made : missing) sync_folder(folder_of(made), made);
  return missing;
}

std::string random_suffix() {
  std::array<unsigned char, kSuffix> bytes = {};
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    throw Error("random numbers", fmt::format("the system gives none: {}", std::strerror(errno)));
  std::string suffix;
  for (const unsigned char byte : bytes) suffix += kLetters[byte % kLetters.size()];
  return suffix;
}

/// An open temporary file beside `path`, locked so that others see that its writer lives.
Pending open_beside(const std::filesystem::path& path) {
  while (true) {
    const std::filesystem::path name =
        folder_of(path) / fmt::format(".{}.{}", path.filename().string(), random_suffix());
    const int descriptor =
        fails() ? -1 : ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);  // less the umask
    if (descriptor < 0 && errno == EEXIST) continue;
    if (descriptor < 0) fail(path, "cannot write");
    Pending pending(name, descriptor);
    struct stat now = {};
    const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    // Until the lock held, another process could take this file for abandoned.
    if (locked && ::fstat(descriptor, &now) == 0 && now.st_nlink > 0)
      return {std::exchange(pending.name, ""), std::exchange(pending.descriptor, -1)};
  }
}

/// Gives the file that will stand at `path` the mode of the one that stands there now.
void keep_mode(int descriptor, const std::filesystem::path& path) {
  struct stat before = {};
  if (::stat(path.c_str(), &before) == 0 && ::fchmod(descriptor, before.st_mode & 07777) != 0)
    fail(path, "cannot write");
}

std::vector<std::uint8_t> read_all(const std::filesystem::path& path, bool regular_only) {
  const Pending open("", ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (regular_only ? O_NONBLOCK : 0)));
  struct stat status = {};
  if (open.descriptor < 0 || ::fstat(open.descriptor, &status) != 0) fail(path, "cannot read");
  if (S_ISCHR(status.st_mode) || (regular_only && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
    throw Error(path.string(), fmt::format("cannot read: is a {}, must be a file",
                                           S_ISFIFO(status.st_mode) ? "pipe" : "device"));
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::max<off_t>(65535, status.st_size)) + 1);
  std::size_t used = 0;
  while (true) {
    if (used == bytes.size()) bytes.resize(2 * bytes.size());
    const ssize_t got = ::read(open.descriptor, bytes.data() + used, bytes.size() - used);
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

}  // namespace

void write_atomically(const std::filesystem::path& path,
                      std::span<const std::span<const std::uint8_t>> parts) {
  if (is_device(path)) return write_into(path, parts);
  make_folders(folder_of(path));
  Pending pending = open_beside(path);
  for (const auto part : parts) write_all(pending.descriptor, part, path);
  keep_mode(pending.descriptor, path);
  if (fails() || ::fsync(pending.descriptor) != 0) fail(path, "cannot write");
  if (fails() || ::rename(pending.name.c_str(), path.c_str()) != 0) fail(path, "cannot write");
  pending.name.clear();
  sync_folder(folder_of(path), path);
}

void require_writable(const std::filesystem::path& path) {
  if (is_device(path)) return;
  const std::vector<std::filesystem::path> made = make_folders(folder_of(path));
  std::error_code ignored;  // somebody may already have put something there
  struct Remove {
    const std::vector<std::filesystem::path>& folders;
    std::error_code& code;
    ~Remove() {
      for (const std::filesystem::path& folder : folders) std::filesystem::remove(folder, code);
    }
  } remove{made, ignored};
  open_beside(path);
}

void remove_irregular(const std::filesystem::path& path) {
  std::error_code code;
  if (std::filesystem::is_other(std::filesystem::status(path, code))) std::filesystem::remove(path, code);
}

std::string temporary_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (name.empty() || name.front() != '.' || dot < 2 || name.size() - dot - 1 != kSuffix) return "";
  if (name.find_first_not_of(kLetters, dot + 1) != std::string_view::npos) return "";
  return std::string(name.substr(1, dot - 1));
}

void remove_abandoned(const std::filesystem::path& folder, std::span<const std::string> names) {
  std::error_code code;
  std::vector<std::filesystem::path> found;
  for (auto entry = std::filesystem::directory_iterator(folder, code);
       !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
    const std::string file = temporary_of(entry->path().filename().string());
    if (!file.empty() && std::find(names.begin(), names.end(), file) != names.end())
      found.push_back(entry->path());
  }
  for (const std::filesystem::path& path : found) {
    const Pending open("", ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    struct stat status = {};
    if (open.descriptor >= 0 && ::fstat(open.descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
        ::flock(open.descriptor, LOCK_EX | LOCK_NB) == 0)
      ::unlink(path.c_str());
  }
}

void fail_write_call(std::int64_t number) { calls_until_failure = number; }

void write_atomically(const std::filesystem::path& path, std::string_view text) {
  const std::span<const std::uint8_t> part(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  write_atomically(path, std::span(&part, 1));
}

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) { return read_all(path, false); }

std::vector<std::uint8_t> read_regular(const std::filesystem::path& path) { return read_all(path, true); }

std::string read_text(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_bytes(path);
  return {bytes.begin(), bytes.end()};
}

}  // namespace nwedge::io
