#include "nwedge/network/data_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <span>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/image_files.hpp"
#include "nwedge/network/synthetic.hpp"

namespace nwedge::network {
namespace {

constexpr std::string_view kLabels[] = {"given", "random"};
constexpr const char* kFashionMnist = "/usr/share/datasets/fashion-mnist";

/// x <- (x - mean) * scale in channel c.
struct Standardisation {
  std::vector<double> mean;
  std::vector<double> scale;
};

/// The indices of `keep` of `count` examples, ascending; 0 keeps all.
std::vector<std::int64_t> choose(std::int64_t count, std::int64_t keep, std::int64_t seed,
                                 std::string_view split, std::string_view place) {
  if (keep > count)
    throw Error(place, fmt::format("{}-examples must be at most {}, the examples of the split, is {}", split,
                                   count, keep));
  std::vector<std::int64_t> chosen(static_cast<std::size_t>(keep == 0 ? count : keep));
  if (keep == 0) {
    std::iota(chosen.begin(), chosen.end(), std::int64_t{0});
    return chosen;
  }
  const RandomPermutation order(static_cast<std::uint64_t>(count), static_cast<std::uint64_t>(seed),
                                fmt::format("{} subset", split));
  for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = static_cast<std::int64_t>(order(i));
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

Standardisation standardisation(std::span<const double> sum, std::span<const double> squares, double pixels,
                                std::string_view place) {
  Standardisation result;
  for (std::size_t c = 0; c < sum.size(); ++c) {
    const double mean = sum[c] / pixels;
    const double variance = squares[c] / pixels - mean * mean;
    if (!(variance > 1e-12 * squares[c] / pixels))
      throw Error(
          place,
          fmt::format("channel {} of the training images must not be constant, is {} everywhere", c, mean));
    result.mean.push_back(mean);
    result.scale.push_back(1.0 / std::sqrt(variance));
  }
  return result;
}

template <class Pixel>
Standardisation measure(const LabelledImages<Pixel>& images, std::string_view place) {
  const std::span<const Pixel> pixels = images.pixels;
  const auto area = static_cast<std::size_t>(images.shape.height * images.shape.width);
  const auto channels = static_cast<std::size_t>(images.shape.channels);
  std::vector<double> sum(channels);
  std::vector<double> squares(channels);
  for (std::size_t begin = 0; begin < pixels.size(); begin += area) {
    double plane_sum = 0;
    double plane_squares = 0;
    for (const Pixel pixel : pixels.subspan(begin, area)) {
      plane_sum += pixel;
      plane_squares += static_cast<double>(pixel) * pixel;
    }
    sum[begin / area % channels] += plane_sum;
    squares[begin / area % channels] += plane_squares;
  }
  return standardisation(sum, squares, static_cast<double>(pixels.size()) / static_cast<double>(channels),
                         place);
}

template <class Pixel>
Examples select(const LabelledImages<Pixel>& all, const Standardisation& standard,
                std::span<const std::int64_t> chosen) {
  const auto area = static_cast<std::size_t>(all.shape.height * all.shape.width);
  Examples examples;
  examples.images.reserve(chosen.size() * static_cast<std::size_t>(all.shape.size()));
  for (const std::int64_t index : chosen) {
    examples.labels.push_back(all.labels[static_cast<std::size_t>(index)]);
    const Pixel* image = all.pixels.data() + index * all.shape.size();
    for (std::size_t c = 0; c < standard.mean.size(); ++c)
      for (std::size_t i = 0; i < area; ++i)
        examples.images.push_back(
            static_cast<float>((image[c * area + i] - standard.mean[c]) * standard.scale[c]));
  }
  return examples;
}

std::string text(const ImageShape& shape) {
  return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

/// Every label is in [0, classes).
void check_labels(std::span<const std::int32_t> labels, std::int64_t classes, std::string_view split,
                  std::string_view place) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw Error(place, fmt::format("a label must be from 0 to {} ({} classes), {} label {} is {}",
                                     classes - 1, classes, split, i, labels[i]));
}

std::int64_t count_classes(std::span<const std::int32_t> labels) {
  return labels.empty() ? 0 : std::int64_t{*std::max_element(labels.begin(), labels.end())} + 1;
}

bool random_labels(const DataOptions& options) { return options.labels == "random"; }

/// The labels in a random order named by `seed`.
std::vector<std::int32_t> permuted(std::span<const std::int32_t> labels, std::int64_t seed) {
  const RandomPermutation order(labels.size(), static_cast<std::uint64_t>(seed), "random labels");
  std::vector<std::int32_t> result(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) result[i] = labels[order(i)];
  return result;
}

/// `classes` 0: as many as the training labels need.
template <class Pixel>
DataSet assemble(const DataOptions& options, LabelledImages<Pixel> train, const LabelledImages<Pixel>& test,
                 std::int64_t classes, std::string_view place) {
  if (train.shape != test.shape)
    throw Error(place, fmt::format("training and test images must have one shape, have {} and {}",
                                   text(train.shape), text(test.shape)));
  if (classes == 0) classes = count_classes(train.labels);
  check_labels(train.labels, classes, "training", place);
  check_labels(test.labels, classes, "test", place);
  if (random_labels(options) && !train.labels.empty())
    train.labels = permuted(train.labels, options.data_seed);
  const Standardisation standard = measure(train, place);
  const auto pick = [&](const LabelledImages<Pixel>& split, std::int64_t keep, std::string_view name) {
    const auto count = static_cast<std::int64_t>(split.labels.size());
    return select(split, standard, choose(count, keep, options.data_seed, name, place));
  };
  return {options.data, train.shape, classes, pick(train, options.train_examples, "train"),
          pick(test, options.test_examples, "test")};
}

DataSet load_idx(const DataOptions& options, const std::string& folder, std::int64_t classes) {
  ByteImages train = read_idx_split(folder, "train");  // errors name it first
  return assemble(options, std::move(train), read_idx_split(folder, "t10k"), classes, folder);
}

DataSet load_fashion_mnist(const DataOptions& options, std::string_view place) {
  std::error_code code;
  if (!std::filesystem::is_directory(kFashionMnist, code))
    throw Error(
        place, fmt::format("fashion-mnist must lie in {}; install Debian's package dataset-fashion-mnist, or "
                           "name a folder with idx:FOLDER",
                           kFashionMnist));
  return load_idx(options, kFashionMnist, 10);
}

DataSet load_cifar10(const DataOptions& options, const std::string& folder) {
  ByteImages train = read_cifar10_split(folder, Split::train);
  return assemble(options, std::move(train), read_cifar10_split(folder, Split::test), 10, folder);
}

DataSet load_arrays(const DataOptions& options, const std::string& path) {
  const io::TensorFile file = io::read_safetensors(path);
  FloatImages train = read_array_split(file, "train", path);
  return assemble(options, std::move(train), read_array_split(file, "test", path), 0, path);
}

/// The pixels are drawn from N(0, 1), so they are standardised as they are.
DataSet load_synthetic(const DataOptions& options, std::string_view sizes, std::string_view place) {
  const SyntheticOptions synthetic = parse_synthetic(sizes, place);
  const auto make = [&](std::int64_t count, std::int64_t otherwise, std::string_view split) -> Examples {
    FloatImages images = make_synthetic(synthetic, count > 0 ? count : otherwise,
                                        static_cast<std::uint64_t>(options.data_seed), split);
    return {std::move(images.pixels), std::move(images.labels)};
  };
  DataSet made = {options.data, synthetic.shape, synthetic.classes,
                  make(options.train_examples, 2000, "train"), make(options.test_examples, 1000, "test")};
  if (random_labels(options)) made.train.labels = make(made.train.count(), 0, "random labels").labels;
  return made;
}

}  // namespace

void DataOptions::visit_source(OptionVisitor& visitor) {
  visitor.field(
      "data", data, {},
      "images: fashion-mnist, idx:FOLDER, cifar10:FOLDER, arrays:FILE or synthetic[:CxHxW[,CLASSES]]");
  visitor.field("data-seed", data_seed, any_seed(),
                "seed of the choice of images, of random labels, or of the synthetic images");
  visitor.field("labels", labels, kLabels,
                "training labels as given, or permuted at random as a control with nothing to learn");
}

void DataOptions::visit(OptionVisitor& visitor) {
  visit_source(visitor);
  visitor.field("train-examples", train_examples, between(0, 1e8),
                "training images to keep; 0: all (synthetic: 2,000)");
  visitor.field("test-examples", test_examples, between(0, 1e8),
                "test images to keep; 0: all (synthetic: 1,000)");
}

std::vector<std::filesystem::path> data_files(const DataOptions& options) {
  const std::size_t colon = options.data.find(':');
  const std::string kind = options.data.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : options.data.substr(colon + 1);
  std::error_code code;
  if (options.data == "fashion-mnist") return idx_files(kFashionMnist);
  if (kind == "idx") return idx_files(rest);
  if (kind == "cifar10") return cifar10_files(rest);
  if (kind == "arrays" && std::filesystem::exists(rest, code)) return {rest};
  return {};
}

DataSet load_data(const DataOptions& options, std::string_view place) {
  check_options(place, options);
  const std::string_view data = options.data;
  const std::size_t colon = data.find(':');
  const std::string_view kind = data.substr(0, colon);
  const std::string rest(colon == std::string_view::npos ? "" : data.substr(colon + 1));
  if (data == "fashion-mnist") return load_fashion_mnist(options, place);
  if (kind == "idx" && !rest.empty()) return load_idx(options, rest, 0);
  if (kind == "cifar10" && !rest.empty()) return load_cifar10(options, rest);
  if (kind == "arrays" && !rest.empty()) return load_arrays(options, rest);
  if (data == "synthetic" || (kind == "synthetic" && !rest.empty()))
    return load_synthetic(options, rest, place);
  if (rest.empty() && (data == "idx:" || data == "cifar10:" || data == "arrays:"))
    throw Error(place, fmt::format("a {} must follow \"{}\", nothing does",
                                   data == "arrays:" ? "file" : "folder", data));
  const std::vector<std::string> known = {"fashion-mnist", "idx:", "cifar10:", "arrays:", "synthetic"};
  throw Error(
      place,
      fmt::format("unknown data \"{}\"; must be fashion-mnist, idx:FOLDER, cifar10:FOLDER, arrays:FILE "
                  "or synthetic[:CxHxW[,CLASSES]]{}",
                  data, did_you_mean(data, known)));
}

}  // namespace nwedge::network
