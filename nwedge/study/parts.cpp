#include "nwedge/study/parts.hpp"

#include <fmt/core.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "nwedge/io/atomic_file.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

constexpr const char* kFolder = "parts";

}  // namespace

std::filesystem::path PartStore::file(const Cell& cell, std::size_t part, std::size_t parts) {
  return std::filesystem::path(kFolder) / fmt::format("{}.{}-of-{}.cbor", cell.digest, part, parts);
}

bool PartStore::has(const Cell& cell, std::size_t part, std::size_t parts) const {
  std::error_code code;
  return std::filesystem::is_regular_file(run_ / file(cell, part, parts), code);
}

std::map<std::string, std::size_t> PartStore::left_behind() const {
  std::map<std::string, std::size_t> found;
  std::error_code code;
  for (auto entry = std::filesystem::directory_iterator(run_ / kFolder, code);
       !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    const std::size_t dot = name.find('.');
    const std::size_t of = name.find("-of-");
    std::size_t parts = 0;
    if (dot == 0 || dot == std::string::npos || of == std::string::npos) continue;
    std::from_chars(name.data() + of + 4, name.data() + name.size(), parts);
    if (parts > 1) found[name.substr(0, dot)] = parts;
  }
  return found;
}

void PartStore::write(const Cell& cell, std::size_t part, std::size_t parts, const Items& items) const {
  json document = json::array();
  for (const auto& [item, bytes] : items) document.push_back({item, json::binary(bytes)});
  const std::vector<std::uint8_t> text = json::to_cbor(document);
  const std::span<const std::uint8_t> all = text;
  io::write_atomically(run_ / file(cell, part, parts), std::span(&all, 1));
}

PartStore::Items PartStore::read(const Cell& cell, std::size_t parts) const {
  Items items;
  for (std::size_t part = 0; part < parts; ++part) {
    if (!has(cell, part, parts)) continue;
    try {
      for (const json& item : json::from_cbor(io::read_regular(run_ / file(cell, part, parts))))
        items[item.at(0).get<std::int64_t>()] = item.at(1).get_binary();
    } catch (const json::exception&) {  // damaged: what is missing is computed again
    }
  }
  return items;
}

void PartStore::remove(const Cell& cell, std::size_t parts) const {
  std::error_code code;  // what stays behind is harmless
  for (std::size_t part = 0; part < parts; ++part)
    std::filesystem::remove(run_ / file(cell, part, parts), code);
}

void PartStore::remove_all() const {
  std::error_code code;
  std::filesystem::remove_all(run_ / kFolder, code);
}

}  // namespace nwedge::study
