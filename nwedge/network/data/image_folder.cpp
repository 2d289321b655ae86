#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/picture.hpp"
#include "nwedge/network/data/assemble.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {
namespace {

namespace fs = std::filesystem;

/// The entries of a folder that are not hidden, sorted by name.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
  if (code) throw Error(folder.string(), fmt::format("cannot read the folder: {}", code.message()));
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_folder(const fs::path& path) {
  std::error_code code;
  return fs::is_directory(path, code);
}

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

/// The names of the classes of a split, sorted; number k of a split's folders is class k of its training one.
std::vector<std::string> classes_of(const fs::path& split) {
  std::vector<std::string> names;
  for (const fs::path& entry : entries_of(split)) {
    if (!is_folder(entry))
      throw Error(entry.string(), "must be a folder with the images of one class; move the file away");
    names.push_back(entry.filename().string());
  }
  if (names.empty()) throw Error(split.string(), "must hold a folder for each class, holds none");
  if (static_cast<std::int64_t>(names.size()) > kMaximumClasses)
    throw Error(split.string(),
                fmt::format("must hold at most {} classes, holds {}", kMaximumClasses, names.size()));
  return names;
}

std::vector<fs::path> pictures_of(const fs::path& folder) {
  std::vector<fs::path> pictures = entries_of(folder);
  for (const fs::path& path : pictures)
    if (!is_picture(path) || is_folder(path))
      throw Error(path.string(), "must be an image, .png, .jpg or .jpeg; move it away or convert it");
  if (pictures.empty()) throw Error(folder.string(), "must hold images, holds none");
  return pictures;
}

/// Appends one image; the first one says which size and colours all have.
void append(const fs::path& path, std::int32_t label, ByteImages& images) {
  const io::Picture picture = io::parse_picture(io::read_bytes(path), path.string());
  const ImageShape shape{picture.channels, picture.height, picture.width};
  if (images.labels.empty()) images.shape = shape;
  if (shape != images.shape)
    throw Error(path.string(),
                fmt::format("all images must have one size and be all grey or all in colour: the first is "
                            "{}x{}x{} (channels, height, width), this {}x{}x{}",
                            images.shape.channels, images.shape.height, images.shape.width, shape.channels,
                            shape.height, shape.width));
  if (static_cast<std::int64_t>(images.pixels.size()) > kMaximumDataBytes - shape.size())
    throw Error(path.string(),
                fmt::format("all images together must have at most {} bytes", kMaximumDataBytes));
  images.pixels.insert(images.pixels.end(), picture.pixels.begin(), picture.pixels.end());
  images.labels.push_back(label);
}

ByteImages read(const fs::path& split, const std::vector<std::string>& classes) {
  ByteImages images;
  for (const std::string& name : classes_of(split)) {
    const auto known = std::lower_bound(classes.begin(), classes.end(), name);
    if (known == classes.end() || *known != name)
      throw Error(
          (split / name).string(),
          fmt::format("class \"{}\" must be one of the training split, which does not have it", name));
    for (const fs::path& path : pictures_of(split / name))
      append(path, static_cast<std::int32_t>(known - classes.begin()), images);
  }
  return images;
}

bool is_divided(const fs::path& folder) { return is_folder(folder / "train"); }

DataSet load(const DataOptions& options, const std::string& name, std::string_view) {
  const fs::path folder = name;
  const bool divided = is_divided(folder);
  const fs::path train = divided ? folder / "train" : folder;
  const std::vector<std::string> classes = classes_of(train);
  const ByteImages images = read(train, classes);
  const auto count = static_cast<std::int64_t>(classes.size());
  if (!divided || !is_folder(folder / "test")) return assemble(options, images, nullptr, count, name);
  return assemble(
      options, images, [&] { return read(folder / "test", classes); }, count, name);
}

std::vector<fs::path> files(const std::string& folder) {
  std::vector<fs::path> found;
  std::error_code code;
  for (fs::recursive_directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code))
    if (is_picture(entry->path())) found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

extern const Reader kImageFolderReader;
const Reader kImageFolderReader = {"folder", "FOLDER", false, load, files};

}  // namespace nwedge::network
