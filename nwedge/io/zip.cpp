#include "nwedge/io/zip.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <new>

#include "nwedge/core/error.hpp"

namespace nwedge::io {
namespace {

struct ZipError : zip_error_t {
  ZipError() : zip_error_t{} { zip_error_init(this); }
  ~ZipError() { zip_error_fini(this); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
};

[[noreturn]] void fail(zip_error_t* error, std::string_view place, std::string_view what) {
  if (zip_error_code_zip(error) == ZIP_ER_MEMORY) throw std::bad_alloc();
  throw Error(place, fmt::format("{}: {}", what, zip_error_strerror(error)));
}

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

struct ZipArchive::Handle {
  zip_t* archive = nullptr;
  Handle() = default;
  ~Handle() {
    if (archive) zip_discard(archive);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

bool is_zip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 4 && bytes[0] == 'P' && bytes[1] == 'K' &&
         ((bytes[2] == 3 && bytes[3] == 4) || (bytes[2] == 5 && bytes[3] == 6));
}

ZipArchive::ZipArchive(std::span<const std::uint8_t> bytes, std::string_view place)
    : handle_(std::make_unique<Handle>()), place_(place) {
  if (!is_zip(bytes)) throw Error(place, "a zip archive begins with \"PK\", this does not");
  ZipError error;
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (!source) fail(&error, place, "cannot read the zip archive");
  handle_->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (!handle_->archive) {
    zip_source_free(source);
    fail(&error, place, "damaged or truncated zip archive");
  }
  const zip_int64_t count = zip_get_num_entries(handle_->archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(handle_->archive, static_cast<zip_uint64_t>(i), 0);
    if (!name) fail(zip_get_error(handle_->archive), place, "damaged zip archive");
    names_.emplace_back(name);
  }
}

ZipArchive::~ZipArchive() = default;

std::vector<std::uint8_t> ZipArchive::read(std::size_t member, std::size_t most) const {
  zip_t* archive = handle_->archive;
  const std::string place = fmt::format("{}: {}", place_, names_[member]);
  zip_stat_t state;
  if (zip_stat_index(archive, member, 0, &state) != 0) fail(zip_get_error(archive), place, "damaged member");
  if (state.comp_method != ZIP_CM_STORE && state.comp_method != ZIP_CM_DEFLATE)
    throw Error(place, fmt::format("must be stored or deflated, is compressed by method {}; write it with "
                                   "numpy.savez or numpy.savez_compressed",
                                   state.comp_method));
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive, member, 0));
  if (!file) fail(zip_get_error(archive), place, "damaged member");
  std::vector<std::uint8_t> out;
  std::size_t written = 0;
  while (written < most) {
    if (written == out.size()) out.resize(std::min(most, std::max<std::size_t>(65536, 2 * out.size())));
    const zip_int64_t got = zip_fread(file.get(), out.data() + written, out.size() - written);
    if (got < 0) fail(zip_file_get_error(file.get()), place, fmt::format("damaged after {} bytes", written));
    if (got == 0) break;
    written += static_cast<std::size_t>(got);
  }
  out.resize(written);
  return out;
}

}  // namespace nwedge::io
