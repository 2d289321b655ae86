#include "nwedge/network/data/idx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/gzip.hpp"
#include "nwedge/network/data/assemble.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {
namespace {

constexpr std::uint8_t kByteType = 0x08;

std::vector<std::uint8_t> first_bytes(std::span<const std::uint8_t> bytes, std::size_t most,
                                      std::string_view place) {
  if (io::is_gzip(bytes)) return io::inflate_gzip(bytes, most, place);
  const auto part = bytes.first(std::min(most, bytes.size()));
  return {part.begin(), part.end()};
}

void check_magic(std::span<const std::uint8_t> header, int dimensions, std::string_view place) {
  const std::array<std::uint8_t, 4> expected = {0, 0, kByteType, static_cast<std::uint8_t>(dimensions)};
  if (header.size() < 4)
    throw Error(place, fmt::format("an IDX file begins with 4 bytes of magic number, this has {} bytes",
                                   header.size()));
  if (!std::equal(expected.begin(), expected.end(), header.begin()))
    throw Error(place, fmt::format("magic number must be 000008{:02x} (bytes in {} dimensions), is "
                                   "{:02x}{:02x}{:02x}{:02x}",
                                   dimensions, dimensions, header[0], header[1], header[2], header[3]));
}

constexpr std::string_view kIdxImages = "images-idx3-ubyte";
constexpr std::string_view kIdxLabels = "labels-idx1-ubyte";

/// Empty when it is not there.
std::filesystem::path look_for(const std::filesystem::path& folder, std::string_view prefix,
                               std::string_view kind) {
  std::error_code code;
  for (const char separator : {'-', '.'})
    for (const std::string_view ending : {"", ".gz"}) {
      auto path =
          folder /
          fmt::format("{}-{}{}{}", prefix, kind.substr(0, 6), separator, kind.substr(7)).append(ending);
      if (std::filesystem::exists(path, code)) return path;
    }
  return {};
}

std::filesystem::path find_file(const std::filesystem::path& folder, std::string_view prefix,
                                std::string_view kind) {
  std::filesystem::path path = look_for(folder, prefix, kind);
  if (!path.empty()) return path;
  throw Error(folder.string(),
              fmt::format("the folder must hold {}-{} or {}-{}.gz", prefix, kind, prefix, kind));
}

/// What the header of an IDX file says; the values are not looked at, nor inflated.
std::vector<std::int64_t> idx_extents(std::span<const std::uint8_t> bytes, int dimensions,
                                      std::string_view place) {
  const std::size_t header_size = 4 + 4 * static_cast<std::size_t>(dimensions);
  const std::vector<std::uint8_t> header = first_bytes(bytes, header_size, place);
  check_magic(header, dimensions, place);
  if (header.size() < header_size)
    throw Error(place, fmt::format("the header must have {} bytes, the file ends after {}", header_size,
                                   header.size()));
  std::vector<std::int64_t> extents;
  std::int64_t count = 1;
  for (std::size_t d = 4; d < header_size; d += 4) {
    const std::int64_t extent =
        std::int64_t{header[d]} << 24 | header[d + 1] << 16 | header[d + 2] << 8 | header[d + 3];
    if (extent == 0 || count > kMaximumDataBytes / extent)
      throw Error(place, fmt::format("extent {} must be at least 1 and the array at most {} bytes, is {}",
                                     d / 4, kMaximumDataBytes, extent));
    count *= extent;
    extents.push_back(extent);
  }
  return extents;
}

DataSet load(const DataOptions& options, const std::string& folder, std::string_view) {
  return load_idx(options, folder, 0);
}

std::vector<std::filesystem::path> files(const std::string& folder) { return idx_files(folder); }

}  // namespace

IdxArray parse_idx(std::span<const std::uint8_t> bytes, int dimensions, std::string_view place) {
  const std::size_t header_size = 4 + 4 * static_cast<std::size_t>(dimensions);
  IdxArray array{idx_extents(bytes, dimensions, place), {}};
  std::size_t count = 1;
  for (const std::int64_t extent : array.extents) count *= static_cast<std::size_t>(extent);
  const std::size_t expected = header_size + count;
  array.values = first_bytes(bytes, expected + 1, place);
  if (array.values.size() != expected)
    throw Error(place, fmt::format("the header promises {} bytes of values, the file has {}", count,
                                   array.values.size() > expected
                                       ? "more"
                                       : fmt::format("{}", array.values.size() - header_size)));
  array.values.erase(array.values.begin(), array.values.begin() + static_cast<std::ptrdiff_t>(header_size));
  return array;
}

ByteImages read_idx_split(const std::filesystem::path& folder, std::string_view prefix) {
  const std::filesystem::path image_path = find_file(folder, prefix, kIdxImages);
  const std::filesystem::path label_path = find_file(folder, prefix, kIdxLabels);
  const std::vector<std::uint8_t> label_bytes = io::read_bytes(label_path);
  const std::vector<std::uint8_t> image_bytes = io::read_bytes(image_path);
  // The headers first: a small file may inflate to a thousand times its size.
  const std::int64_t label_count = idx_extents(label_bytes, 1, label_path.string())[0];
  const std::int64_t image_count = idx_extents(image_bytes, 3, image_path.string())[0];
  if (image_count != label_count)
    throw Error(image_path.string(), fmt::format("images and labels must be equally many, are {} and {} ({})",
                                                 image_count, label_count, label_path.filename().string()));
  const IdxArray labels = parse_idx(label_bytes, 1, label_path.string());
  IdxArray images = parse_idx(image_bytes, 3, image_path.string());
  return {{1, images.extents[1], images.extents[2]},
          std::move(images.values),
          {labels.values.begin(), labels.values.end()}};
}

std::vector<std::filesystem::path> idx_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const std::string_view prefix : {"train", "t10k"})
    for (const std::string_view kind : {kIdxImages, kIdxLabels})
      if (std::filesystem::path path = look_for(folder, prefix, kind); !path.empty())
        files.push_back(std::move(path));
  return files;
}

DataSet load_idx(const DataOptions& options, const std::string& folder, std::int64_t classes) {
  return assemble(
      options, read_idx_split(folder, "train"), [&] { return read_idx_split(folder, "t10k"); }, classes,
      folder);
}

extern const Reader kIdxReader;
const Reader kIdxReader = {"idx", "FOLDER", false, load, files};

}  // namespace nwedge::network
