#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "nwedge/core/parts.hpp"
#include "nwedge/study/plan.hpp"

namespace nwedge::study {

/// What is there of cells that are split and not yet finished: a file of the items of each part below
/// RUN/parts (CBOR: number of the item, its bytes). Safe from several threads and processes.
class PartStore {
 public:
  using Items = std::map<std::int64_t, Parts::Bytes>;

  explicit PartStore(const std::filesystem::path& run) : run_(run) {}

  /// Where a part lies within the run's folder. Its name covers the cell's digest: parts of another version
  /// of a study are never joined.
  static std::filesystem::path file(const Cell& cell, std::size_t part, std::size_t parts);

  bool has(const Cell& cell, std::size_t part, std::size_t parts) const;
  /// How an earlier run split the cells of which it has left parts, by digest.
  std::map<std::string, std::size_t> left_behind() const;
  void write(const Cell& cell, std::size_t part, std::size_t parts, const Items& items) const;
  /// The items of all parts that are there and whole.
  Items read(const Cell& cell, std::size_t parts) const;
  void remove(const Cell& cell, std::size_t parts) const;
  /// Removes the folder, once a run is finished.
  void remove_all() const;

 private:
  std::filesystem::path run_;
};

}  // namespace nwedge::study
