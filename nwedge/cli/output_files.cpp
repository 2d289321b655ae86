#include "nwedge/cli/output_files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "nwedge/core/error.hpp"

namespace nwedge::cli {
namespace {

namespace fs = std::filesystem;

/// The file or folder that is read; empty for data that are made.
fs::path path_of(const NamedFile& input) {
  if (input.option != "--data") return input.path;
  const std::size_t colon = input.path.find(':');
  const bool made = colon == std::string::npos || input.path.starts_with("synthetic");
  return made ? fs::path() : fs::path(input.path.substr(colon + 1));
}

/// Absolute and without links, as far as it exists.
fs::path resolved(const fs::path& path) {
  std::error_code code;
  const fs::path whole = fs::weakly_canonical(path, code);
  const fs::path plain = code ? fs::absolute(path, code).lexically_normal() : whole;
  return plain.has_filename() ? plain : plain.parent_path();  // without a slash at its end
}

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code code;
  if (fs::is_other(fs::status(a, code))) return false;  // a device or a pipe holds nothing that is lost
  return fs::equivalent(a, b, code) || resolved(a) == resolved(b);
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  const fs::path inner = resolved(path);
  const fs::path outer = resolved(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

void require_apart(const NamedFile& output, const std::vector<NamedFile>& inputs) {
  std::error_code code;
  for (const NamedFile& input : inputs) {
    const fs::path path = path_of(input);
    if (path.empty() || output.path.empty()) continue;
    const bool over_data =
        fs::is_directory(path, code) && lies_in(output.path, path) && fs::exists(output.path, code);
    if (is_same(output.path, path) || over_data)
      throw Error(output.option, fmt::format("must not be a file of {} too, is {}: choose another name",
                                             input.option, output.path));
  }
}

void require_outside(const NamedFile& run, const std::vector<NamedFile>& inputs) {
  for (const NamedFile& input : inputs) {
    const fs::path path = path_of(input);
    if (!path.empty() && lies_in(path, run.path))
      throw Error(run.option,
                  fmt::format("must be a folder that holds no file of {}, but {} lies in {}: choose "
                              "another folder",
                              input.option, input.path, run.path));
  }
}

}  // namespace nwedge::cli
