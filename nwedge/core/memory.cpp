#include "nwedge/core/memory.hpp"

#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>

#include "nwedge/core/error.hpp"

namespace nwedge {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

/// What a file begins with, if it is a number.
std::optional<std::int64_t> number_in(const fs::path& file) {
  std::int64_t number = 0;
  if (std::ifstream(file) >> number) return number;
  return std::nullopt;
}

/// The number behind `word` at the beginning of a line.
std::optional<std::int64_t> number_behind(std::string_view word, const fs::path& file) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    std::string first;
    std::int64_t number = 0;
    if (parts >> first >> number && first == word) return number;
  }
  return std::nullopt;
}

/// The files that describe a control group of either version.
struct GroupFiles {
  const char* mount;
  const char* limit;
  const char* usage;
  const char* caches[2];
};
constexpr GroupFiles kSecond = {
    "sys/fs/cgroup", "memory.max", "memory.current", {"inactive_file", "active_file"}};
constexpr GroupFiles kFirst = {"sys/fs/cgroup/memory",
                               "memory.limit_in_bytes",
                               "memory.usage_in_bytes",
                               {"total_inactive_file", "total_active_file"}};

std::int64_t left_in_group(const fs::path& group, const GroupFiles& files) {
  const std::optional<std::int64_t> limit = number_in(group / files.limit);
  std::optional<std::int64_t> used = number_in(group / files.usage);
  if (!limit || !used) return kUnlimited;
  for (const char* cache : files.caches) *used -= number_behind(cache, group / "memory.stat").value_or(0);
  return std::max<std::int64_t>(*limit - std::max<std::int64_t>(*used, 0), 0);
}

/// The least that the groups of this process leave it, its own and those around it. In a container the names
/// may be those outside of it: groups that are not there are passed over.
std::int64_t left_in_groups(const fs::path& root) {
  std::int64_t least = kUnlimited;
  std::ifstream groups(root / "proc/self/cgroup");  // "0::/user.slice", "9:memory:/user.slice"
  for (std::string line; std::getline(groups, line);) {
    const std::size_t name = line.find(":/");
    const bool second = line.starts_with("0::");
    if (name == std::string::npos || !(second || line.substr(0, name).ends_with(":memory"))) continue;
    const GroupFiles& files = second ? kSecond : kFirst;
    const fs::path mount = root / files.mount;
    least = std::min(least, left_in_group(mount, files));
    for (fs::path own = fs::path(line.substr(name + 1)).relative_path(); !own.empty();
         own = own.parent_path())
      least = std::min(least, left_in_group(mount / own, files));
  }
  return least;
}

std::int64_t left_of_addresses() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnlimited;
  const std::int64_t used = number_in("/proc/self/statm").value_or(0) * ::sysconf(_SC_PAGESIZE);
  return std::max<std::int64_t>(static_cast<std::int64_t>(limit.rlim_cur) - used, 0);
}

std::string amount(std::int64_t bytes) {
  const double number = static_cast<double>(bytes);
  return number < 1e9 ? fmt::format("{:.0f} MB", number / 1e6)
                      : fmt::format("{:.{}f} GB", number / 1e9, number < 1e10 ? 1 : 0);
}

struct Claims {
  std::mutex mutex;
  std::int64_t bytes = 0;
};

Claims& claims() {
  static Claims all;
  return all;
}

}  // namespace

std::int64_t free_memory(const fs::path& root) {
  const std::optional<std::int64_t> kilobytes = number_behind("MemAvailable:", root / "proc/meminfo");
  const std::int64_t machine = kilobytes ? *kilobytes * 1024 : kUnlimited;
  return std::min({machine, left_in_groups(root), left_of_addresses()});
}

MemoryClaim::MemoryClaim(std::int64_t bytes, std::string_view place, std::string_view what,
                         std::string_view advice)
    : bytes_(bytes) {
  if (bytes == 0) return;
  const std::lock_guard lock(claims().mutex);
  const std::int64_t free = std::max<std::int64_t>(free_memory() - claims().bytes, 0);
  if (bytes > free)
    throw Error(place, fmt::format("{} needs {} of memory, {} is free; {}", what, amount(bytes), amount(free),
                                   advice));
  claims().bytes += bytes;
}

MemoryClaim::~MemoryClaim() { hand_over(bytes_); }

void MemoryClaim::hand_over(std::int64_t bytes) {
  const std::lock_guard lock(claims().mutex);
  bytes = std::min(bytes, bytes_);
  bytes_ -= bytes;
  claims().bytes -= bytes;
}

}  // namespace nwedge
