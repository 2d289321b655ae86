#include <fmt/format.h>

#include "nwedge/core/error.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {

// Each is defined in the file of its name.
extern const Reader kFashionMnistReader, kIdxReader, kCifar10Reader, kCifar100Reader, kImageFolderReader,
    kArraysReader, kCsvReader, kSyntheticReader;

namespace {

constexpr const Reader* kReaders[] = {&kFashionMnistReader, &kIdxReader,         &kCifar10Reader,
                                      &kCifar100Reader,     &kImageFolderReader, &kArraysReader,
                                      &kCsvReader,          &kSyntheticReader};

bool is_optional(const Reader& reader) { return reader.argument.starts_with('['); }
bool is_needed(const Reader& reader) { return !reader.argument.empty() && !is_optional(reader); }

/// "idx:", "synthetic"
std::string beginning(const Reader& reader) {
  return fmt::format("{}{}", reader.name, is_needed(reader) ? ":" : "");
}

[[noreturn]] void refuse(std::string_view data, std::string_view place) {
  std::vector<std::string> known;
  for (const Reader* reader : kReaders) {
    known.push_back(beginning(*reader));
    if (is_needed(*reader) && data == known.back())
      throw Error(place, fmt::format("a {} must follow \"{}\", nothing does",
                                     reader->argument == "FILE" ? "file" : "folder", data));
  }
  const std::size_t colon = data.find(':');
  const std::string_view named = colon == std::string_view::npos ? data : data.substr(0, colon + 1);
  throw Error(place, fmt::format("unknown data \"{}\"; must be {}{}", data, reader_texts(),
                                 did_you_mean(named, known)));
}

}  // namespace

std::span<const Reader* const> readers() { return kReaders; }

std::string reader_texts() {
  std::string texts;
  for (std::size_t i = 0; i < std::size(kReaders); ++i) {
    if (i > 0) texts += i + 1 < std::size(kReaders) ? ", " : " or ";
    texts += beginning(*kReaders[i]).append(kReaders[i]->argument);
  }
  return texts;
}

std::optional<NamedReader> look_for_reader(std::string_view data) {
  const std::size_t colon = data.find(':');
  const std::string_view name = data.substr(0, colon);
  const std::string_view argument = colon == std::string_view::npos ? "" : data.substr(colon + 1);
  for (const Reader* reader : kReaders) {
    if (name != reader->name) continue;
    const bool fits = colon == std::string_view::npos ? !is_needed(*reader)
                                                      : !reader->argument.empty() && !argument.empty();
    if (fits) return NamedReader{reader, std::string(argument)};
  }
  return std::nullopt;
}

NamedReader find_reader(std::string_view data, std::string_view place) {
  std::optional<NamedReader> found = look_for_reader(data);
  if (!found) refuse(data, place);
  return *std::move(found);
}

}  // namespace nwedge::network
