#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <new>

#include "nwedge/core/error.hpp"
#include "nwedge/io/picture.hpp"

namespace nwedge::io {
namespace {

constexpr std::uint64_t kHighestRatio = 1032;  // of deflate

// Texts and profiles are not needed, and may inflate to a thousand times their size.
constexpr png_byte kSkipped[] = "tEXt\0zTXt\0iTXt\0iCCP\0sPLT\0eXIf\0hIST";

/// libpng leaves a failed call by longjmp. The functions between a setjmp here and the call hold nothing that
/// has a destructor.
class PngReader {
 public:
  explicit PngReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_) info_ = png_create_info_struct(png_);
    if (!info_) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  const char* message() const { return message_; }

  /// False: `message` says why.
  bool read_header() {
    if (setjmp(png_jmpbuf(png_))) return false;  // NOLINT(cert-err52-cpp): libpng's way
    png_set_read_fn(png_, this, on_read);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // check_picture_size names the value
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kSkipped, (sizeof kSkipped) / 5);
    png_read_info(png_, info_);
    return true;
  }

  /// Asks for 8 bits a channel; `rows` and what follows are then sized by `row_bytes`.
  bool convert() {
    if (setjmp(png_jmpbuf(png_))) return false;  // NOLINT(cert-err52-cpp)
    png_set_expand(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  bool read_rows(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_))) return false;  // NOLINT(cert-err52-cpp)
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

  std::int64_t width() const { return png_get_image_width(png_, info_); }
  std::int64_t height() const { return png_get_image_height(png_, info_); }
  int depth() const { return png_get_bit_depth(png_, info_); }
  std::size_t channels() const { return png_get_channels(png_, info_); }
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }

 private:
  static void on_error(png_structp png, png_const_charp message) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(reader->message_, message, sizeof reader->message_ - 1);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void on_read(png_structp png, png_bytep out, std::size_t count) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > reader->bytes_.size()) png_error(png, "the file ends early");
    std::memcpy(out, reader->bytes_.data(), count);
    reader->bytes_ = reader->bytes_.subspan(count);
  }

  std::span<const std::uint8_t> bytes_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  char message_[80] = {};
};

void require(bool done, const PngReader& reader, std::string_view place) {
  if (!done) throw Error(place, fmt::format("damaged PNG file: {}", reader.message()));
}

void require_opaque(std::span<const std::uint8_t> rows, std::size_t stride, std::string_view place) {
  for (std::size_t i = stride - 1; i < rows.size(); i += stride)
    if (rows[i] != 255)
      throw Error(place, fmt::format("pixels must be opaque, pixel {} has alpha {}; put the images on a "
                                     "background first",
                                     i / stride, rows[i]));
}

}  // namespace

Picture parse_png(std::span<const std::uint8_t> bytes, std::string_view place) {
  PngReader reader(bytes);
  require(reader.read_header(), reader, place);
  const std::uint64_t needed = static_cast<std::uint64_t>(reader.height()) * reader.row_bytes();
  check_picture_size(reader.width(), reader.height(), needed, bytes.size(), kHighestRatio, place);
  if (reader.depth() == 16)
    throw Error(place, "must have at most 8 bits a channel, has 16; convert it, or use arrays:FILE");
  require(reader.convert(), reader, place);
  const std::size_t stride = reader.channels();
  std::vector<std::uint8_t> rows(static_cast<std::size_t>(reader.height()) * reader.row_bytes());
  std::vector<png_bytep> starts;
  for (std::size_t begin = 0; begin < rows.size(); begin += reader.row_bytes())
    starts.push_back(rows.data() + begin);
  require(reader.read_rows(starts.data()), reader, place);
  const bool has_alpha = stride % 2 == 0;
  if (has_alpha) require_opaque(rows, stride, place);
  const std::size_t channels = has_alpha ? stride - 1 : stride;
  return {static_cast<std::int64_t>(channels), reader.height(), reader.width(),
          planes_of(rows, stride, channels)};
}

}  // namespace nwedge::io
