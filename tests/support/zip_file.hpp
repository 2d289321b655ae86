#pragma once
#include <zip.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nwedge::test {

/// Writes a zip archive of the members (name, bytes), all by one method: ZIP_CM_STORE, ZIP_CM_DEFLATE, ….
inline void write_zip(const std::filesystem::path& path,
                      const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& members,
                      std::int32_t method) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  if (!archive) throw std::runtime_error("cannot make a zip archive for the test");
  for (const auto& [name, bytes] : members) {
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t member = zip_file_add(archive, name.c_str(), source, 0);
    if (member < 0 || zip_set_file_compression(archive, static_cast<zip_uint64_t>(member), method, 0) != 0)
      throw std::runtime_error("cannot add to a zip archive for the test");
  }
  if (zip_close(archive) != 0) throw std::runtime_error("cannot write a zip archive for the test");
}

}  // namespace nwedge::test
