#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nwedge/network/data/data_set.hpp"

namespace nwedge::network {

using Bytes = std::vector<std::uint8_t>;

/// The data "kind:path".
inline DataSet load(const std::string& kind, const std::filesystem::path& path, std::int64_t train = 0,
                    std::int64_t test = 0, std::int64_t seed = 0) {
  return load_data({kind + ":" + path.string(), train, test, seed});
}

}  // namespace nwedge::network
