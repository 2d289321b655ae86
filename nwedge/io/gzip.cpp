#include "nwedge/io/gzip.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "nwedge/core/error.hpp"

namespace nwedge::io {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, gzip header and checksum expected

struct Stream : z_stream {
  Stream() : z_stream{} {
    if (inflateInit2(this, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { inflateEnd(this); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

unsigned chunk(std::size_t size) {
  return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
}

}  // namespace

bool is_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

std::vector<std::uint8_t> inflate_gzip(std::span<const std::uint8_t> bytes, std::size_t most,
                                       std::string_view place) {
  Stream stream;
  std::vector<std::uint8_t> out;
  std::size_t read = 0;
  std::size_t written = 0;
  while (written < most) {
    if (written == out.size()) out.resize(std::min(most, std::max<std::size_t>(65536, 2 * out.size())));
    stream.next_in = const_cast<std::uint8_t*>(bytes.data()) + read;
    stream.avail_in = chunk(bytes.size() - read);
    stream.next_out = out.data() + written;
    stream.avail_out = chunk(out.size() - written);
    const int status = inflate(&stream, Z_NO_FLUSH);
    read = static_cast<std::size_t>(stream.next_in - bytes.data());
    written = static_cast<std::size_t>(stream.next_out - out.data());
    if (status == Z_STREAM_END) {
      if (read == bytes.size() || !is_gzip(bytes.subspan(read))) break;
      inflateReset(&stream);  // a gzip file may hold several members, one after the other
    } else if (status == Z_BUF_ERROR) {
      throw Error(
          place, fmt::format("gzip data end early, after {} inflated bytes: the file is truncated", written));
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK) {
      throw Error(place, fmt::format("gzip data are damaged after {} inflated bytes: {}", written,
                                     stream.msg ? stream.msg : "not a deflate stream"));
    }
  }
  out.resize(written);
  return out;
}

}  // namespace nwedge::io
