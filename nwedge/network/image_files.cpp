#include "nwedge/network/image_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/gzip.hpp"

namespace nwedge::network {
namespace {

constexpr std::uint8_t kByteType = 0x08;
constexpr std::int64_t kMaximumBytes = std::int64_t{1} << 34;  // 16 GiB: larger than any set of small images
constexpr ImageShape kCifarShape{3, 32, 32};
constexpr int kCifarClasses = 10;
constexpr std::int64_t kMaximumClasses =
    65536;  // far above any data set; a wild label must not make a giant network

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

std::vector<std::string> cifar10_names(Split split) {
  if (split == Split::test) return {"test_batch.bin"};
  std::vector<std::string> names;
  for (int batch = 1; batch <= 5; ++batch) names.push_back(fmt::format("data_batch_{}.bin", batch));
  return names;
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
    if (extent == 0 || count > kMaximumBytes / extent)
      throw Error(place, fmt::format("extent {} must be at least 1 and the array at most {} bytes, is {}",
                                     d / 4, kMaximumBytes, extent));
    count *= extent;
    extents.push_back(extent);
  }
  return extents;
}

const io::Tensor& find_tensor(const io::TensorFile& file, const std::string& name, std::string_view place) {
  if (const io::Tensor* tensor = file.find(name)) return *tensor;
  throw Error(place, fmt::format("tensor \"{}\" is missing; the file must hold train_images, train_labels, "
                                 "test_images and test_labels",
                                 name));
}

std::vector<float> pixels_of(const io::Tensor& tensor, std::string_view place) {
  return std::visit(
      [&](const auto& values) {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<Value, std::int64_t> || std::is_same_v<Value, std::int32_t>)
          throw Error(place, fmt::format("tensor \"{}\" must be of type F32, F64 or U8", tensor.name));
        std::vector<float> pixels(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          pixels[i] = static_cast<float>(values[i]);
          if (!std::isfinite(pixels[i]))
            throw Error(place, fmt::format("tensor \"{}\" must hold finite numbers, entry {} is {}",
                                           tensor.name, i, pixels[i]));
        }
        return pixels;
      },
      tensor.values);
}

std::vector<std::int32_t> labels_of(const io::Tensor& tensor, std::string_view place) {
  return std::visit(
      [&](const auto& values) {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_floating_point_v<Value>)
          throw Error(place, fmt::format("tensor \"{}\" must be of type I64, I32 or U8", tensor.name));
        std::vector<std::int32_t> labels(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          const auto value = static_cast<std::int64_t>(values[i]);
          if (value < 0 || value >= kMaximumClasses)
            throw Error(place, fmt::format("tensor \"{}\": a label must be from 0 to {}, entry {} is {}",
                                           tensor.name, kMaximumClasses - 1, i, value));
          labels[i] = static_cast<std::int32_t>(value);
        }
        return labels;
      },
      tensor.values);
}

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

std::vector<std::filesystem::path> cifar10_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code code;
  for (const Split split : {Split::train, Split::test})
    for (const std::string& name : cifar10_names(split))
      if (std::filesystem::exists(folder / name, code)) files.push_back(folder / name);
  return files;
}

void parse_cifar10(std::span<const std::uint8_t> bytes, std::string_view place, ByteImages& examples) {
  const auto record = static_cast<std::size_t>(1 + kCifarShape.size());
  if (bytes.empty() || bytes.size() % record != 0)
    throw Error(place, fmt::format("a CIFAR-10 binary file holds records of {} bytes, this has {} bytes",
                                   record, bytes.size()));
  examples.shape = kCifarShape;
  for (std::size_t begin = 0; begin < bytes.size(); begin += record) {
    if (bytes[begin] >= kCifarClasses)
      throw Error(place, fmt::format("a label must be from 0 to {}, record {} has {}", kCifarClasses - 1,
                                     begin / record, bytes[begin]));
    examples.labels.push_back(bytes[begin]);
    const auto pixels = bytes.subspan(begin + 1, record - 1);
    examples.pixels.insert(examples.pixels.end(), pixels.begin(), pixels.end());
  }
}

ByteImages read_cifar10_split(const std::filesystem::path& folder, Split split) {
  ByteImages examples;
  for (const std::string& name : cifar10_names(split)) {
    const std::filesystem::path path = folder / name;
    parse_cifar10(io::read_bytes(path), path.string(), examples);
  }
  return examples;
}

FloatImages read_array_split(const io::TensorFile& file, std::string_view split, std::string_view place) {
  const io::Tensor& images = find_tensor(file, fmt::format("{}_images", split), place);
  const io::Tensor& labels = find_tensor(file, fmt::format("{}_labels", split), place);
  const std::vector<std::int64_t>& s = images.shape;
  if ((s.size() != 3 && s.size() != 4) || std::find(s.begin(), s.end(), 0) != s.end())
    throw Error(place,
                fmt::format("tensor \"{}\" must have shape [N, C, H, W] or [N, H, W] without zeros, has [{}]",
                            images.name, fmt::join(s, ", ")));
  if (labels.shape != std::vector<std::int64_t>{s[0]})
    throw Error(place, fmt::format("tensor \"{}\" must have shape [{}], one label for each image, has [{}]",
                                   labels.name, s[0], fmt::join(labels.shape, ", ")));
  const ImageShape shape = s.size() == 4 ? ImageShape{s[1], s[2], s[3]} : ImageShape{1, s[1], s[2]};
  return {shape, pixels_of(images, place), labels_of(labels, place)};
}

}  // namespace nwedge::network
