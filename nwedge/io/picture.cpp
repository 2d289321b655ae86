#include "nwedge/io/picture.hpp"

#include <fmt/format.h>

#include "nwedge/core/error.hpp"

namespace nwedge::io {
namespace {

using std::string_view_literals::operator""sv;

}  // namespace

Picture parse_picture(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\x89PNG\r\n\x1a\n"sv)) return parse_png(bytes, place);
  if (text.starts_with("\xff\xd8\xff"sv)) return parse_jpeg(bytes, place);
  throw Error(place, fmt::format("must be a PNG or a JPEG file, {}",
                                 bytes.empty() ? "is empty" : "begins like neither"));
}

void check_picture_size(std::int64_t width, std::int64_t height, std::uint64_t needed, std::uint64_t size,
                        std::uint64_t ratio, std::string_view place) {
  if (width < 1 || height < 1 || width > kLargestPictureSide || height > kLargestPictureSide)
    throw Error(place, fmt::format("width and height must be from 1 to {} pixels, are {} and {}",
                                   kLargestPictureSide, width, height));
  if (needed / ratio > size)
    throw Error(
        place, fmt::format("claims {}x{} pixels, which a file of {} bytes cannot hold", width, height, size));
}

std::vector<std::uint8_t> planes_of(std::span<const std::uint8_t> rows, std::size_t stride,
                                    std::size_t channels) {
  const std::size_t area = rows.size() / stride;
  std::vector<std::uint8_t> planes(channels * area);
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < area; ++i) planes[c * area + i] = rows[i * stride + c];
  return planes;
}

}  // namespace nwedge::io
