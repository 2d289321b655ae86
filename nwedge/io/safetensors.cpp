#include "nwedge/io/safetensors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/foreign_file.hpp"
#include "nwedge/io/header_guard.hpp"
#include "nwedge/io/raw_values.hpp"

namespace nwedge::io {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

// A tensor takes about 100 bytes of header, and 20 times as much memory while it is read. The reference
// implementation takes 100 MB.
constexpr std::uint64_t kMaximumHeader = 32'000'000;

float from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const int exponent = (half >> 10) & 0x1f;
  const std::uint32_t mantissa = half & 0x3ff;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const std::uint32_t bits =
      exponent == 31 ? sign | 0x7f800000u | (mantissa << 13)
                     : sign | (static_cast<std::uint32_t>(exponent + 112) << 23) | (mantissa << 13);
  return std::bit_cast<float>(bits);
}

float from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

std::vector<float> convert_values(std::span<const std::uint8_t> bytes, float (*convert)(std::uint16_t)) {
  const std::vector<std::uint16_t> raw = copy_values<std::uint16_t>(bytes);
  std::vector<float> values(raw.size());
  std::transform(raw.begin(), raw.end(), values.begin(), convert);
  return values;
}

std::uint64_t element_size(const std::string& type) {
  if (type == "F64" || type == "I64") return 8;
  if (type == "F32" || type == "I32") return 4;
  if (type == "F16" || type == "BF16") return 2;
  if (type == "U8") return 1;
  return 0;
}

Tensor::Values make_values(const std::string& type, std::span<const std::uint8_t> bytes) {
  if (type == "F32") return copy_values<float>(bytes);
  if (type == "F64") return copy_values<double>(bytes);
  if (type == "I64") return copy_values<std::int64_t>(bytes);
  if (type == "I32") return copy_values<std::int32_t>(bytes);
  if (type == "F16") return convert_values(bytes, from_half);
  if (type == "BF16") return convert_values(bytes, from_bfloat);
  return copy_values<std::uint8_t>(bytes);
}

std::string_view type_name(const Tensor::Values& values) {
  static constexpr std::string_view kNames[] = {"F32", "F64", "I64", "I32", "U8"};
  return kNames[values.index()];
}

std::span<const std::uint8_t> bytes_of(const Tensor::Values& values) {
  return std::visit(
      [](const auto& v) {
        return std::span(reinterpret_cast<const std::uint8_t*>(v.data()), v.size() * sizeof(v[0]));
      },
      values);
}

/// A tensor's place in the data, checked against its type and shape.
struct Entry {
  std::string name;
  std::string type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

Entry read_entry(const std::string& name, const nlohmann::json& description, std::uint64_t data_size,
                 std::string_view place) {
  const auto fail = [&](const std::string& rule) -> void {
    throw Error(place, fmt::format("tensor \"{}\": {}", name, rule));
  };
  Entry entry;
  entry.name = name;
  if (!description.is_object() || !description.contains("dtype") || !description["dtype"].is_string() ||
      !description.contains("shape") || !description["shape"].is_array() ||
      !description.contains("data_offsets") || !description["data_offsets"].is_array() ||
      description["data_offsets"].size() != 2)
    fail("needs dtype, shape and two data_offsets");
  entry.type = description["dtype"].get<std::string>();
  const std::uint64_t size = element_size(entry.type);
  if (size == 0) fail(fmt::format("element type {} is not one of F64 F32 F16 BF16 I64 I32 U8", entry.type));
  std::uint64_t bytes = size;
  for (const nlohmann::json& extent : description["shape"]) {
    if (!extent.is_number_unsigned()) fail("shape must hold whole numbers of at least 0");
    const auto n = extent.get<std::uint64_t>();
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (n > kMost || (n != 0 && bytes > kMost / n)) fail("shape is too large");
    bytes *= n;
    entry.shape.push_back(static_cast<std::int64_t>(n));
  }
  for (const nlohmann::json& offset : description["data_offsets"])
    if (!offset.is_number_unsigned()) fail("data_offsets must be whole numbers of at least 0");
  entry.begin = description["data_offsets"][0].get<std::uint64_t>();
  entry.end = description["data_offsets"][1].get<std::uint64_t>();
  if (entry.begin > entry.end || entry.end > data_size)
    fail(fmt::format("data_offsets {}..{} must lie within the {} bytes of data", entry.begin, entry.end,
                     data_size));
  if (entry.end - entry.begin != bytes)
    fail(fmt::format("shape and type need {} bytes, data_offsets give {}", bytes, entry.end - entry.begin));
  return entry;
}

nlohmann::json parse_header(std::string_view text, std::string_view place) {
  HeaderGuard guard(place);
  nlohmann::json::sax_parse(text, &guard);
  return nlohmann::json::parse(text);
}

/// The bytes of the header, after the 8 of its length; an `Error` says what the file is instead.
std::string_view header_of(std::span<const std::uint8_t> bytes, std::string_view place) {
  std::uint64_t size = 0;
  if (bytes.size() >= 8) std::memcpy(&size, bytes.data(), 8);
  const bool fits = bytes.size() >= 8 && size <= bytes.size() - 8;
  if (!fits || (size > 0 && bytes[8] != '{')) {
    const std::string foreign = foreign_file(bytes, place);
    if (!foreign.empty()) throw Error(place, foreign);
  }
  if (bytes.size() < 8)
    throw Error(place, fmt::format("a safetensors file has at least 8 bytes, this has {}", bytes.size()));
  if (!fits)
    throw Error(place, fmt::format("the header claims {} bytes, the file has {} after its length", size,
                                   bytes.size() - 8));
  if (size > kMaximumHeader)
    throw Error(place, fmt::format("the header must have at most {} bytes, has {}", kMaximumHeader, size));
  return {reinterpret_cast<const char*>(bytes.data()) + 8, size};
}

}  // namespace

std::int64_t Tensor::size() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

const Tensor* TensorFile::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

TensorFile parse_safetensors(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::string_view text = header_of(bytes, place);
  const std::span<const std::uint8_t> data = bytes.subspan(8 + text.size());
  const nlohmann::json header = parse_header(text, place);
  if (!header.is_object()) throw Error(place, "the header must be a JSON object");

  TensorFile file;
  std::vector<Entry> entries;
  for (const auto& [name, description] : header.items()) {
    if (name != "__metadata__") {
      entries.push_back(read_entry(name, description, data.size(), place));
      continue;
    }
    if (!description.is_object()) throw Error(place, "__metadata__ must be a JSON object of texts");
    for (const auto& [key, value] : description.items()) {
      if (!value.is_string()) throw Error(place, fmt::format("__metadata__ \"{}\" must be a text", key));
      file.metadata[key] = value.get<std::string>();
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != expected)
      throw Error(
          place,
          fmt::format("tensor \"{}\" begins at byte {} of the data, must begin at {} (no gaps, no overlap)",
                      entry.name, entry.begin, expected));
    expected = entry.end;
  }
  if (expected != data.size())
    throw Error(place, fmt::format("the tensors hold {} bytes, the file has {} bytes of data", expected,
                                   data.size()));
  for (Entry& entry : entries)
    file.tensors.push_back({std::move(entry.name), std::move(entry.shape),
                            make_values(entry.type, data.subspan(entry.begin, entry.end - entry.begin))});
  return file;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_bytes(path), path.string());
}

void write_safetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  // Appended to as the vector that it is: looking for each name among those before takes quadratic time.
  auto& entries = header.get_ref<nlohmann::ordered_json::object_t&>();
  std::unordered_set<std::string> names;
  std::uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    const std::span<const std::uint8_t> bytes = bytes_of(tensor.values);
    const auto held = std::visit([](const auto& v) { return v.size(); }, tensor.values);
    if (static_cast<std::size_t>(tensor.size()) != held)
      throw std::logic_error(fmt::format("tensor {}: the shape holds {} values, the array {}", tensor.name,
                                         tensor.size(), held));
    if (!names.insert(tensor.name).second)
      throw std::logic_error("tensor " + tensor.name + " is given twice");
    entries.emplace_back(tensor.name,
                         nlohmann::ordered_json{{"dtype", type_name(tensor.values)},
                                                {"shape", tensor.shape},
                                                {"data_offsets", {offset, offset + bytes.size()}}});
    offset += bytes.size();
  }
  // A text that is not UTF-8 (a path) must not cost the numbers.
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');  // keeps the data aligned
  const std::uint64_t size = text.size();
  std::vector<std::span<const std::uint8_t>> parts;
  parts.emplace_back(reinterpret_cast<const std::uint8_t*>(&size), 8);
  parts.emplace_back(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  for (const Tensor& tensor : tensors) parts.push_back(bytes_of(tensor.values));
  write_atomically(path, parts);
}

}  // namespace nwedge::io
