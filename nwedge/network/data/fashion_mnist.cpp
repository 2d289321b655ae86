#include <fmt/format.h>

#include "nwedge/core/error.hpp"
#include "nwedge/network/data/idx.hpp"
#include "nwedge/network/data/reader.hpp"

namespace nwedge::network {
namespace {

constexpr const char* kFolder = "/usr/share/datasets/fashion-mnist";  // of Debian's dataset-fashion-mnist

DataSet load(const DataOptions& options, const std::string&, std::string_view place) {
  std::error_code code;
  if (!std::filesystem::is_directory(kFolder, code))
    throw Error(
        place, fmt::format("fashion-mnist must lie in {}; install Debian's package dataset-fashion-mnist, or "
                           "name a folder with idx:FOLDER",
                           kFolder));
  return load_idx(options, kFolder, 10);
}

std::vector<std::filesystem::path> files(const std::string&) { return idx_files(kFolder); }

}  // namespace

extern const Reader kFashionMnistReader;
const Reader kFashionMnistReader = {"fashion-mnist", "", false, load, files};

}  // namespace nwedge::network
