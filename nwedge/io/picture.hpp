#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nwedge::io {

/// An image of 8 bits a channel, one channel (grey) or three (red, green, blue).
struct Picture {
  std::int64_t channels = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> pixels;  ///< [C, H, W]
};

/// Width and height are at most this.
inline constexpr std::int64_t kLargestPictureSide = 4096;

/// The image of a PNG or JPEG file, told apart by their first bytes. Errors at `place`: another format, a
/// damaged or truncated file, sides above `kLargestPictureSide`, a size that so few bytes cannot hold, and
/// what `parse_png` and `parse_jpeg` refuse.
Picture parse_picture(std::span<const std::uint8_t> bytes, std::string_view place);

/// Bits as they are in the file: no correction of gamma or colour profile. Palettes become colour, 1 to 4
/// bits of grey are spread over 0 … 255. Refused: 16 bits a channel, pixels that are not opaque.
Picture parse_png(std::span<const std::uint8_t> bytes, std::string_view place);

/// Decoded by libjpeg-turbo, accurate method; the orientation that a camera noted is not applied. Refused:
/// CMYK.
Picture parse_jpeg(std::span<const std::uint8_t> bytes, std::string_view place);

/// For the two: an `Error` for sides out of range, and where `size` bytes of file cannot hold `needed` bytes
/// at the format's highest `ratio` of compression, so that memory grows with the file and not with its claim.
void check_picture_size(std::int64_t width, std::int64_t height, std::uint64_t needed, std::uint64_t size,
                        std::uint64_t ratio, std::string_view place);

/// [H, W, stride] to the first `channels` planes [C, H, W].
std::vector<std::uint8_t> planes_of(std::span<const std::uint8_t> rows, std::size_t stride,
                                    std::size_t channels);

}  // namespace nwedge::io
