#include "nwedge/io/npy.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <limits>
#include <optional>

#include "nwedge/core/error.hpp"
#include "nwedge/io/raw_values.hpp"

namespace nwedge::io {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are read as they lie");

using std::string_view_literals::operator""sv;

constexpr std::string_view kMagic = "\x93NUMPY"sv;
constexpr std::size_t kMostDimensions = 32;  // as many as NumPy has

/// Reads the dictionary of a header from its beginning.
class HeaderText {
 public:
  HeaderText(std::string_view text, std::string_view place) : text_(text), place_(place) {}

  [[noreturn]] void fail(std::string_view rule) const {
    throw Error(place_, fmt::format("header of the npy array: {}", rule));
  }

  /// Whether the next word is `word`, which then is read.
  bool take(std::string_view word) {
    skip_spaces();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  void need(std::string_view word) {
    if (!take(word)) fail(fmt::format("\"{}\" must stand before \"{}\"", word, text_.substr(0, 20)));
  }
  std::string_view quoted() {
    const char quote = take("'") ? '\'' : take("\"") ? '"' : '\0';
    const std::size_t end = quote == '\0' ? std::string_view::npos : text_.find(quote);
    if (end == std::string_view::npos) fail("keys and descr must be quoted texts (no structured types)");
    const std::string_view word = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return word;
  }
  std::int64_t whole() {
    skip_spaces();
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (code != std::errc() || value < 0) fail("shape must hold whole numbers from 0 to 2^63 - 1");
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }
  bool at_end() {
    skip_spaces();
    return text_.empty();
  }

 private:
  void skip_spaces() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size())); }

  std::string_view text_;
  std::string_view place_;
};

std::vector<std::int64_t> read_shape(HeaderText& text) {
  std::vector<std::int64_t> shape;
  text.need("(");
  while (!text.take(")")) {
    shape.push_back(text.whole());
    if (shape.size() > kMostDimensions)
      text.fail(fmt::format("shape must have at most {} extents", kMostDimensions));
    if (text.take(",")) continue;
    text.need(")");
    if (shape.size() == 1) text.fail("a shape of one extent must be written (N,)");
    break;
  }
  return shape;
}

std::string read_type(HeaderText& text) {
  const std::string_view descr = text.quoted();
  for (const std::string_view known : {"<f4", "<f8", "<i4", "<i8", "|u1"})
    if (descr == known) return std::string(known.substr(1));
  text.fail(
      fmt::format("the element type must be one of <f4 <f8 <i4 <i8 |u1, is {}; convert it with "
                  "x.astype('<f4') or x.astype('<i8')",
                  descr));
}

void read_order(HeaderText& text) {
  if (text.take("False")) return;
  text.need("True");
  text.fail("fortran_order must be False; convert the array with numpy.ascontiguousarray");
}

std::uint64_t element_size(std::string_view type) { return static_cast<std::uint64_t>(type[1] - '0'); }

std::uint64_t bytes_of(const NpyHeader& header, const HeaderText& text) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::uint64_t bytes = element_size(header.type);
  for (const std::int64_t extent : header.shape) {
    const auto n = static_cast<std::uint64_t>(extent);
    if (n != 0 && bytes > kMost / n) text.fail("shape is too large");
    bytes *= n;
  }
  return bytes;
}

NpyHeader read_dictionary(HeaderText text) {
  std::optional<std::string> type;
  std::optional<std::vector<std::int64_t>> shape;
  bool ordered = false;
  text.need("{");
  while (!text.take("}")) {
    const std::string_view key = text.quoted();
    text.need(":");
    if (key == "descr" && !type) {
      type = read_type(text);
    } else if (key == "shape" && !shape) {
      shape = read_shape(text);
    } else if (key == "fortran_order" && !ordered) {
      read_order(text);
      ordered = true;
    } else {
      text.fail(fmt::format("keys must be descr, fortran_order and shape, once each, one is \"{}\"", key));
    }
    if (!text.take(",")) {
      text.need("}");
      break;
    }
  }
  if (!text.at_end()) text.fail("nothing must follow its dictionary");
  if (!type || !shape || !ordered) text.fail("must hold descr, fortran_order and shape");
  NpyHeader header{*std::move(type), *std::move(shape), 0, 0};
  header.data_size = bytes_of(header, text);
  return header;
}

Tensor::Values values_of(std::string_view type, std::span<const std::uint8_t> bytes) {
  if (type == "f4") return copy_values<float>(bytes);
  if (type == "f8") return copy_values<double>(bytes);
  if (type == "i4") return copy_values<std::int32_t>(bytes);
  if (type == "i8") return copy_values<std::int64_t>(bytes);
  return copy_values<std::uint8_t>(bytes);
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic))
    throw Error(place, "a NumPy array begins with the byte 93 and \"NUMPY\", this does not");
  const int major = bytes.size() > 6 ? bytes[6] : 0;
  if (bytes.size() > 6 && (major < 1 || major > 3))
    throw Error(place, fmt::format("version of the npy format must be 1, 2 or 3, is {}", major));
  const std::size_t width = major == 1 ? 2 : 4;
  const std::size_t begin = 8 + width;
  std::size_t length = 0;
  if (bytes.size() >= begin)
    for (std::size_t i = 0; i < width; ++i) length |= static_cast<std::size_t>(bytes[8 + i]) << (8 * i);
  if (begin + length > kLongestNpyHeader)
    throw Error(place, fmt::format("header of the npy array must have at most {} bytes, claims {}",
                                   kLongestNpyHeader - begin, length));
  if (bytes.size() < begin + length)
    throw Error(place, fmt::format("header of the npy array claims {} bytes, the file ends before", length));
  NpyHeader header = read_dictionary(HeaderText(text.substr(begin, length), place));
  header.data_begin = begin + length;
  return header;
}

Tensor parse_npy(std::span<const std::uint8_t> bytes, std::string name, std::string_view place) {
  NpyHeader header = parse_npy_header(bytes, place);
  const std::span<const std::uint8_t> data = bytes.subspan(header.data_begin);
  if (data.size() != header.data_size)
    throw Error(place, fmt::format("shape and type need {} bytes, the array has {}", header.data_size,
                                   data.size() > header.data_size ? "more" : fmt::format("{}", data.size())));
  return {std::move(name), std::move(header.shape), values_of(header.type, data)};
}

}  // namespace nwedge::io
