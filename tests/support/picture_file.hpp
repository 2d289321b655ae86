#pragma once
#include <png.h>
#include <turbojpeg.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace nwedge::test {

/// A PNG file of pixels [H, W, channels of `format`], in libpng's words: PNG_FORMAT_GRAY, PNG_FORMAT_RGBA, ….
/// Pixel: std::uint8_t, or std::uint16_t with a linear format.
template <class Pixel>
std::vector<std::uint8_t> png_file(const std::vector<Pixel>& pixels, unsigned width, unsigned height,
                                   unsigned format, const void* colours = nullptr, unsigned entries = 0) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  image.colormap_entries = entries;
  std::vector<std::uint8_t> out(std::size_t{4096} + 8 * pixels.size());
  png_alloc_size_t size = out.size();
  if (!png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, colours))
    throw std::runtime_error(image.message);
  out.resize(size);
  return out;
}

/// A JPEG file of pixels [H, W, C], C = 1 or 3, with all colours kept, of the best quality.
inline std::vector<std::uint8_t> jpeg_file(const std::vector<std::uint8_t>& pixels, int width, int height) {
  const bool grey = pixels.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const tjhandle handle = tjInitCompress();
  unsigned char* out = nullptr;
  unsigned long size = 0;
  const int status = tjCompress2(handle, pixels.data(), width, 0, height, grey ? TJPF_GRAY : TJPF_RGB, &out,
                                 &size, grey ? TJSAMP_GRAY : TJSAMP_444, 100, TJFLAG_ACCURATEDCT);
  std::vector<std::uint8_t> bytes(out, out + size);
  tjFree(out);
  tjDestroy(handle);
  if (status != 0) throw std::runtime_error("cannot make a JPEG file for the test");
  return bytes;
}

}  // namespace nwedge::test
