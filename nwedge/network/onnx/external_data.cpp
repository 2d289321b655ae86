#include "nwedge/network/onnx/external_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "nwedge/core/error.hpp"

namespace nwedge::network::onnx {
namespace {

namespace fs = std::filesystem;

bool lies_in(const fs::path& folder, const fs::path& file) {
  return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
}

fs::path path_inside(const fs::path& folder, const std::string& location, const std::string& place) {
  std::error_code failed;
  const fs::path within = fs::canonical(folder.empty() ? fs::path(".") : folder, failed);
  const fs::path file = failed ? fs::path() : fs::weakly_canonical(within / location, failed);
  if (location.empty() || location.find('\0') != std::string::npos || fs::path(location).is_absolute() ||
      failed || !lies_in(within, file))
    throw Error(place,
                fmt::format("external data must lie in the folder of the ONNX file, is \"{}\"", location));
  return file;
}

}  // namespace

std::vector<std::uint8_t> read_external(const fs::path& folder, const ExternalPlace& from,
                                        const std::string& place) {
  const fs::path file = path_inside(folder, from.location, place);
  std::error_code failed;
  if (!fs::is_regular_file(file, failed))
    throw Error(place,
                fmt::format("the file of external data \"{}\" is not there; keep it beside the ONNX file",
                            from.location));
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed || from.offset > size || from.bytes > size - from.offset)
    throw Error(place, fmt::format("bytes {} + {} of \"{}\" are asked for, the file has {}", from.offset,
                                   from.bytes, from.location, failed ? 0 : size));
  std::vector<std::uint8_t> bytes(from.bytes);
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(from.offset));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!stream) throw Error(place, fmt::format("\"{}\" cannot be read", from.location));
  return bytes;
}

}  // namespace nwedge::network::onnx
