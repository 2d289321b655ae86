#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace nwedge {

/// Bytes that this process may still take: the least of what the system has left (MemAvailable), of what its
/// control groups leave it (file caches, which give way, do not count), and of its limit of address space.
/// The largest number where the system says nothing. `root`: the folder that holds proc and sys.
std::int64_t free_memory(const std::filesystem::path& root = "/");

/// Free memory that is about to be taken: as long as this lives, other claims cannot have it. The kernel
/// itself promises more than it has and kills whoever then uses it. Safe from several threads at once.
class MemoryClaim {
 public:
  /// Error(place, "WHAT needs 31 GB of memory, 24 GB is free; ADVICE") where there is less.
  MemoryClaim(std::int64_t bytes, std::string_view place, std::string_view what, std::string_view advice);
  ~MemoryClaim();
  MemoryClaim(const MemoryClaim&) = delete;
  MemoryClaim& operator=(const MemoryClaim&) = delete;

  /// Gives up to `bytes` of it back, to somebody who claims them himself.
  void hand_over(std::int64_t bytes);

 private:
  std::int64_t bytes_;
};

}  // namespace nwedge
