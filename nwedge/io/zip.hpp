#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nwedge::io {

/// Whether the bytes begin like a zip archive (PK 03 04, or PK 05 06 of an empty one).
bool is_zip(std::span<const std::uint8_t> bytes);

/// A zip archive in memory. Its members must be stored or deflated, and not encrypted.
class ZipArchive {
 public:
  /// `bytes` must outlive the archive. Errors at `place`: no archive, a damaged or truncated one.
  ZipArchive(std::span<const std::uint8_t> bytes, std::string_view place);
  ~ZipArchive();

  /// The members' names, in the order of the archive's list of contents.
  const std::vector<std::string>& names() const { return names_; }

  /// The first `most` bytes of a member, fewer when it ends before. Memory grows with what comes out. Errors:
  /// another method of compression, encryption, damage, wrong checksum.
  std::vector<std::uint8_t> read(std::size_t member, std::size_t most) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  std::vector<std::string> names_;
  std::string place_;
};

}  // namespace nwedge::io
