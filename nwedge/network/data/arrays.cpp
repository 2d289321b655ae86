#include "nwedge/network/data/arrays.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/npy.hpp"
#include "nwedge/io/npz.hpp"
#include "nwedge/io/zip.hpp"
#include "nwedge/network/data/assemble.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {
namespace {

namespace fs = std::filesystem;

/// By split, then kind; the second name is that of Keras.
constexpr std::string_view kNames[] = {"train_images", "x_train", "train_labels", "train_targets", "y_train",
                                       "test_images",  "x_test",  "test_labels",  "test_targets",  "y_test"};

const io::Tensor& find_tensor(const io::TensorFile& file, std::string_view split, std::string_view kind,
                              std::string_view place) {
  const std::string name = fmt::format("{}_{}", split, kind);
  if (const io::Tensor* tensor = file.find(name)) return *tensor;
  const char letter = kind == "images" ? 'x' : 'y';
  if (const io::Tensor* tensor = file.find(fmt::format("{}_{}", letter, split))) return *tensor;
  const std::string_view answers = kind == "targets" ? "targets" : "labels";
  throw Error(place, fmt::format("tensor \"{}\" is missing; the file must hold train_images, train_{} and, "
                                 "unless validation is set, test_images, test_{} (or x_train, y_train, …)",
                                 name, answers, answers));
}

std::vector<float> numbers_of(const io::Tensor& tensor, bool whole_too, std::string_view place) {
  return std::visit(
      [&](const auto& values) {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        if (std::is_integral_v<Value> && sizeof(Value) > 1 && !whole_too)
          throw Error(place, fmt::format("tensor \"{}\" must be of type F32, F64 or U8", tensor.name));
        std::vector<float> numbers(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          numbers[i] = static_cast<float>(values[i]);
          if (!std::isfinite(numbers[i]))
            throw Error(place, fmt::format("tensor \"{}\" must hold finite numbers, entry {} is {}",
                                           tensor.name, i, numbers[i]));
        }
        return numbers;
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

/// Images as NumPy and Keras have them, [N, H, W, C], would be read as H channels.
void refuse_channels_last(const io::Tensor& images, std::string_view place) {
  const std::vector<std::int64_t>& s = images.shape;
  if (s.size() == 4 && s[1] == s[2] && s[1] > s[3] && (s[3] == 1 || s[3] == 3))
    throw Error(place, fmt::format("tensor \"{}\" must have shape [N, C, H, W], has [{}]; move its channels "
                                   "with x.transpose(0, 3, 1, 2)",
                                   images.name, fmt::join(s, ", ")));
}

ImageShape shape_of(const io::Tensor& images, std::string_view place) {
  const std::vector<std::int64_t>& s = images.shape;
  if (s.size() < 2 || s.size() > 4 || std::find(s.begin(), s.end(), 0) != s.end())
    throw Error(place, fmt::format("tensor \"{}\" must have shape [N, C, H, W], [N, H, W] or [N, F] without "
                                   "zeros, has [{}]",
                                   images.name, fmt::join(s, ", ")));
  refuse_channels_last(images, place);
  if (s.size() == 2) return {s[1], 1, 1};
  return s.size() == 4 ? ImageShape{s[1], s[2], s[3]} : ImageShape{1, s[1], s[2]};
}

/// [count] or [count, K]; returns K. Labels have K = 1.
std::int64_t answer_size(const io::Tensor& answers, std::int64_t count, bool with_targets,
                         std::string_view place) {
  const std::vector<std::int64_t>& s = answers.shape;
  const bool is_column = s.size() == 2 && s[0] == count && s[1] >= 1 && (with_targets || s[1] == 1);
  if (s == std::vector<std::int64_t>{count} || is_column) return is_column ? s[1] : 1;
  throw Error(place,
              fmt::format("tensor \"{}\" must have shape [{}]{}, has [{}]", answers.name, count,
                          with_targets ? fmt::format(" or [{}, K]", count) : ", one label for each image",
                          fmt::join(s, ", ")));
}

/// NAME.npy of each array that is in the folder.
std::vector<fs::path> npy_files(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code code;
  for (const std::string_view name : kNames) {
    const fs::path path = folder / fmt::format("{}.npy", name);
    if (fs::exists(path, code)) found.push_back(path);
  }
  return found;
}

io::TensorFile read_file(const std::string& path) {
  std::error_code code;
  io::TensorFile file;
  if (fs::is_directory(path, code)) {
    for (const fs::path& array : npy_files(path))
      file.tensors.push_back(io::parse_npy(io::read_bytes(array), array.stem().string(), array.string()));
    return file;
  }
  const std::vector<std::uint8_t> bytes = io::read_bytes(path);
  if (io::is_zip(bytes)) return io::parse_npz(bytes, kNames, path);
  if (path.ends_with(".npy"))
    throw Error(path,
                "an .npy file holds one array; name the folder with train_images.npy, train_labels.npy, "
                "test_images.npy and test_labels.npy, or an .npz file");
  return io::parse_safetensors(bytes, path);
}

DataSet load(const DataOptions& options, const std::string& path, std::string_view) {
  return assemble_arrays(options, read_file(path), path);
}

std::vector<fs::path> files(const std::string& path) {
  std::error_code code;
  if (fs::is_directory(path, code)) return npy_files(path);
  return fs::exists(path, code) ? std::vector<fs::path>{path} : std::vector<fs::path>{};
}

}  // namespace

std::span<const std::string_view> array_names() { return kNames; }

FloatImages read_array_split(const io::TensorFile& file, std::string_view split, bool with_targets,
                             std::string_view place) {
  const io::Tensor& images = find_tensor(file, split, "images", place);
  const io::Tensor& answers = find_tensor(file, split, with_targets ? "targets" : "labels", place);
  FloatImages read;
  read.shape = shape_of(images, place);
  const std::int64_t size = answer_size(answers, images.shape[0], with_targets, place);
  read.pixels = numbers_of(images, false, place);
  if (std::holds_alternative<std::vector<std::uint8_t>>(images.values)) read.white = 255;
  if (with_targets) {
    read.target_size = size;
    read.targets = numbers_of(answers, true, place);
  } else {
    read.labels = labels_of(answers, place);
  }
  return read;
}

DataSet assemble_arrays(const DataOptions& options, const io::TensorFile& file, std::string_view place) {
  const bool with_targets = options.task == "regression";
  return assemble(
      options, read_array_split(file, "train", with_targets, place),
      [&] { return read_array_split(file, "test", with_targets, place); }, 0, place);
}

extern const Reader kArraysReader;
const Reader kArraysReader = {"arrays", "FILE", true, load, files};

}  // namespace nwedge::network
