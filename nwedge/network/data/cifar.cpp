#include "nwedge/network/data/cifar.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/network/data/assemble.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {
namespace {

constexpr ImageShape kShape{3, 32, 32};

using Names = std::vector<std::string>;

struct Files {
  Names train;
  Names test;
};

const Files kFiles10 = {
    {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
    {"test_batch.bin"}};
const Files kFiles100 = {{"train.bin"}, {"test.bin"}};

ByteImages read(const CifarFormat& format, const std::filesystem::path& folder, const Names& names) {
  ByteImages examples;
  for (const std::string& name : names) {
    const std::filesystem::path path = folder / name;
    parse_cifar(format, io::read_bytes(path), path.string(), examples);
  }
  return examples;
}

DataSet load(const CifarFormat& format, const Files& files, const DataOptions& options,
             const std::string& folder) {
  return assemble(
      options, read(format, folder, files.train), [&] { return read(format, folder, files.test); },
      format.classes, folder);
}

std::vector<std::filesystem::path> existing(const Files& files, const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code code;
  for (const Names* names : {&files.train, &files.test})
    for (const std::string& name : *names)
      if (std::filesystem::exists(folder / name, code)) found.push_back(folder / name);
  return found;
}

DataSet load10(const DataOptions& options, const std::string& folder, std::string_view) {
  return load(kCifar10, kFiles10, options, folder);
}
DataSet load100(const DataOptions& options, const std::string& folder, std::string_view) {
  return load(kCifar100, kFiles100, options, folder);
}
std::vector<std::filesystem::path> files10(const std::string& folder) { return existing(kFiles10, folder); }
std::vector<std::filesystem::path> files100(const std::string& folder) { return existing(kFiles100, folder); }

}  // namespace

void parse_cifar(const CifarFormat& format, std::span<const std::uint8_t> bytes, std::string_view place,
                 ByteImages& examples) {
  const auto record = format.label_bytes + static_cast<std::size_t>(kShape.size());
  if (bytes.empty() || bytes.size() % record != 0)
    throw Error(place, fmt::format("a {} binary file holds records of {} bytes, this has {} bytes",
                                   format.name, record, bytes.size()));
  examples.shape = kShape;
  for (std::size_t begin = 0; begin < bytes.size(); begin += record) {
    const std::uint8_t label = bytes[begin + format.label_bytes - 1];
    if (label >= format.classes)
      throw Error(place, fmt::format("a label must be from 0 to {}, record {} has {}", format.classes - 1,
                                     begin / record, label));
    examples.labels.push_back(label);
    const auto pixels = bytes.subspan(begin + format.label_bytes, record - format.label_bytes);
    examples.pixels.insert(examples.pixels.end(), pixels.begin(), pixels.end());
  }
}

extern const Reader kCifar10Reader, kCifar100Reader;
const Reader kCifar10Reader = {"cifar10", "FOLDER", false, load10, files10};
const Reader kCifar100Reader = {"cifar100", "FOLDER", false, load100, files100};

}  // namespace nwedge::network
