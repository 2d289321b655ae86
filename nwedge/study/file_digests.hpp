#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace nwedge::study {

/// The digests of the files that determine results: data, given weights. A file whose size, times and place
/// on disk are those of a digest in the cache is not read again. Safe from several threads.
class FileDigests {
 public:
  /// `cache`: what an earlier run learned; without one every file is read once.
  explicit FileDigests(std::filesystem::path cache = {});

  /// An `Error` names a file that cannot be read.
  std::string of(const std::filesystem::path& file);

  /// Throws `Error` when a file has changed since its digest was taken.
  void require_unchanged() const;

  /// Writes the cache where it lacks something; a folder that cannot be written does without.
  void save() const;

 private:
  /// All that the system changes when the content of a file changes.
  struct Known {
    std::string state;  ///< device, inode, size, times of modification and change
    std::string digest;
    bool settled = false;  ///< the times lie so far back that another change would show
  };
  void load();

  std::filesystem::path cache_;
  mutable std::mutex mutex_;
  std::map<std::string, Known> cached_;  // by absolute path
  std::map<std::string, Known> used_;
};

}  // namespace nwedge::study
