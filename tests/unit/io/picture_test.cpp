#include "nwedge/io/picture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/expect_error.hpp"
#include "tests/support/picture_file.hpp"

namespace nwedge::io {
namespace {

using test::expect_error;
using test::jpeg_file;
using test::png_file;
using Bytes = std::vector<std::uint8_t>;

TEST(Png, GreyAndColourComeAsPlanes) {
  const Picture grey = parse_picture(png_file(Bytes{0, 10, 20, 30, 40, 255}, 3, 2, PNG_FORMAT_GRAY), "place");
  EXPECT_EQ(grey.channels, 1);
  EXPECT_EQ(grey.height, 2);
  EXPECT_EQ(grey.width, 3);
  EXPECT_EQ(grey.pixels, (Bytes{0, 10, 20, 30, 40, 255}));
  const Picture colour = parse_picture(png_file(Bytes{1, 2, 3, 4, 5, 6}, 2, 1, PNG_FORMAT_RGB), "place");
  EXPECT_EQ(colour.channels, 3);
  EXPECT_EQ(colour.pixels, (Bytes{1, 4, 2, 5, 3, 6}));
}

TEST(Png, APaletteBecomesColour) {
  const Bytes palette = {9, 8, 7, 200, 100, 50};
  const Picture picture =
      parse_picture(png_file(Bytes{1, 0, 1}, 3, 1, PNG_FORMAT_RGB_COLORMAP, palette.data(), 2), "place");
  EXPECT_EQ(picture.channels, 3);
  EXPECT_EQ(picture.pixels, (Bytes{200, 9, 200, 100, 8, 100, 50, 7, 50}));
}

TEST(Png, AlphaMustBeOpaque) {
  const Picture opaque = parse_picture(png_file(Bytes{1, 2, 3, 255}, 1, 1, PNG_FORMAT_RGBA), "place");
  EXPECT_EQ(opaque.channels, 3);
  EXPECT_EQ(opaque.pixels, (Bytes{1, 2, 3}));
  expect_error(
      [] {
        parse_picture(png_file(Bytes{9, 255, 9, 128}, 2, 1, PNG_FORMAT_GA), "place");
      },
      "[place]", "must be opaque", "pixel 1 has alpha 128");
}

TEST(Png, SixteenBitsAreRefused) {
  const std::vector<std::uint16_t> deep = {0, 30000, 60000, 65535};
  expect_error([&] { parse_picture(png_file(deep, 2, 2, PNG_FORMAT_LINEAR_Y), "place"); },
               "at most 8 bits a channel, has 16");
}

TEST(Png, EveryTruncationAndEveryFlippedBitOfTheHeaderIsAnError) {
  Bytes noise(64);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<std::uint8_t>(i * i * 7);
  const Bytes good = png_file(noise, 8, 8, PNG_FORMAT_GRAY);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_THROW(parse_picture(std::span(good).first(size), "place"), Error) << size;
  for (std::size_t i = 16; i < 29; ++i) {  // the header: size, depth, kind, checksum
    Bytes wrong = good;
    wrong[i] ^= 0x40;
    EXPECT_THROW(parse_picture(wrong, "place"), Error) << i;
  }
}

/// CRC-32 as PNG has it.
std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

/// A small PNG whose header claims other sides.
Bytes claiming(std::uint32_t width, std::uint32_t height) {
  Bytes bytes = png_file(Bytes{5}, 1, 1, PNG_FORMAT_GRAY);
  const auto put = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  };
  put(16, width);
  put(20, height);
  put(29, checksum(std::span(bytes).subspan(12, 17)));
  return bytes;
}

TEST(Png, AClaimCostsNothing) {
  expect_error([] { parse_picture(claiming(5000, 10), "place"); }, "from 1 to 4096 pixels, are 5000 and 10");
  expect_error([] { parse_picture(claiming(2000000000, 2000000000), "place"); }, "are 2000000000 and");
  expect_error([] { parse_picture(claiming(4096, 4096), "place"); }, "claims 4096x4096 pixels",
               "cannot hold");
  expect_error([] { parse_picture(claiming(2, 2), "place"); }, "damaged PNG file");
}

TEST(Jpeg, ComesCloseToWhatWasWritten) {
  Bytes grey(16 * 8);
  for (std::size_t i = 0; i < grey.size(); ++i) grey[i] = static_cast<std::uint8_t>(40 + i % 16 * 8 + i / 16);
  const Picture picture = parse_picture(jpeg_file(grey, 16, 8), "place");
  EXPECT_EQ(picture.channels, 1);
  EXPECT_EQ(picture.height, 8);
  EXPECT_EQ(picture.width, 16);
  for (std::size_t i = 0; i < grey.size(); ++i) EXPECT_NEAR(picture.pixels[i], grey[i], 2);
  Bytes colour;
  for (int i = 0; i < 64; ++i) colour.insert(colour.end(), {200, 100, 30});
  const Picture red = parse_picture(jpeg_file(colour, 8, 8), "place");
  EXPECT_EQ(red.channels, 3);
  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT_NEAR(red.pixels[i], 200, 3);
    EXPECT_NEAR(red.pixels[64 + i], 100, 3);
    EXPECT_NEAR(red.pixels[128 + i], 30, 3);
  }
}

TEST(Jpeg, EveryTruncationIsAnError) {
  Bytes noise(256);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<std::uint8_t>(i * i * 7);
  const Bytes good = jpeg_file(noise, 16, 16);
  for (std::size_t size = 0; size + 2 < good.size();
       ++size)  // the mark of the end is left out by some writers
    EXPECT_THROW(parse_picture(std::span(good).first(size), "place"), Error) << size;
}

TEST(Jpeg, AClaimCostsNothing) {
  const Bytes good = jpeg_file(Bytes(64, 9), 8, 8);
  const auto claiming_sides = [&](std::uint8_t high) {
    Bytes bytes = good;
    for (std::size_t i = 0; i + 8 < bytes.size(); ++i)
      if (bytes[i] == 0xff && bytes[i + 1] == 0xc0)
        bytes[i + 5] = bytes[i + 7] = high;  // of height and width
    return bytes;
  };
  expect_error([&] { parse_picture(claiming_sides(0xff), "place"); }, "from 1 to 4096 pixels",
               "are 65288 and 65288");
  expect_error([&] { parse_picture(claiming_sides(0x0f), "place"); }, "claims 3848x3848 pixels",
               "cannot hold");
}

TEST(Picture, AnotherFormatIsRefused) {
  expect_error([] { parse_picture(Bytes{'G', 'I', 'F', '8'}, "place"); }, "[place]", "PNG or a JPEG");
  expect_error([] { parse_picture(Bytes{}, "place"); }, "is empty");
}

}  // namespace
}  // namespace nwedge::io
