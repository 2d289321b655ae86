#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nwedge::network::onnx {

/// Where an array's bytes lie outside of the ONNX file.
struct ExternalPlace {
  std::string location;  ///< a file, relative to the folder of the ONNX file
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// Reads them. Errors at `place`: a path that leaves the folder (also through a link), no regular file, bytes
/// past its end.
std::vector<std::uint8_t> read_external(const std::filesystem::path& folder, const ExternalPlace& from,
                                        const std::string& place);

}  // namespace nwedge::network::onnx
