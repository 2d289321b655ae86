#include "nwedge/io/npz.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/io/npy.hpp"
#include "nwedge/io/zip.hpp"

namespace nwedge::io {
namespace {

constexpr std::string_view kEnding = ".npy";

}  // namespace

TensorFile parse_npz(std::span<const std::uint8_t> bytes, std::span<const std::string_view> names,
                     std::string_view place) {
  const ZipArchive archive(bytes, place);
  TensorFile file;
  for (std::size_t i = 0; i < archive.names().size(); ++i) {
    std::string_view name = archive.names()[i];
    if (!name.ends_with(kEnding)) continue;
    name.remove_suffix(kEnding.size());
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    if (file.find(name)) throw Error(place, fmt::format("array \"{}\" must be there once, is twice", name));
    const std::string member = fmt::format("{}: {}", place, archive.names()[i]);
    // The header first: a small archive may inflate to a thousand times its size.
    const NpyHeader header = parse_npy_header(archive.read(i, kLongestNpyHeader), member);
    const std::vector<std::uint8_t> whole = archive.read(i, header.data_begin + header.data_size + 1);
    file.tensors.push_back(parse_npy(whole, std::string(name), member));
  }
  return file;
}

}  // namespace nwedge::io
