#include <fmt/format.h>
#include <turbojpeg.h>

#include <memory>
#include <new>

#include "nwedge/core/error.hpp"
#include "nwedge/io/picture.hpp"

namespace nwedge::io {
namespace {

// A progressive file whose blocks all have one colour takes one bit for 64 pixels: 512 a byte.
constexpr std::uint64_t kHighestRatio = 1024;

struct Destroy {
  void operator()(void* handle) const { tjDestroy(handle); }
};

}  // namespace

Picture parse_jpeg(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::unique_ptr<void, Destroy> handle(tjInitDecompress());
  if (!handle) throw std::bad_alloc();
  const auto require = [&](int status) {
    if (status != 0) throw Error(place, fmt::format("damaged JPEG file: {}", tjGetErrorStr2(handle.get())));
  };
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colours = 0;
  require(
      tjDecompressHeader3(handle.get(), bytes.data(), bytes.size(), &width, &height, &subsampling, &colours));
  if (colours == TJCS_CMYK || colours == TJCS_YCCK)
    throw Error(place, "must be grey or colour (RGB), is CMYK; convert it");
  const std::size_t channels = colours == TJCS_GRAY ? 1 : 3;
  const std::uint64_t area = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  check_picture_size(width, height, area, bytes.size(), kHighestRatio, place);
  std::vector<std::uint8_t> rows(area * channels);
  require(tjDecompress2(handle.get(), bytes.data(), bytes.size(), rows.data(), width, 0, height,
                        channels == 1 ? TJPF_GRAY : TJPF_RGB,
                        TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING));
  return {static_cast<std::int64_t>(channels), height, width, planes_of(rows, channels, channels)};
}

}  // namespace nwedge::io
