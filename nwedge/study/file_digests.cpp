#include "nwedge/study/file_digests.hpp"

#include <fmt/core.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "nwedge/core/digest.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/json_reader.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

/// Two changes within the grain of a file system's clock leave one time.
constexpr std::int64_t kGrain = 2;  // seconds

struct State {
  std::string text;
  bool settled = false;
};

State state_of(const std::string& file) {
  struct stat now = {};
  if (::stat(file.c_str(), &now) != 0)
    throw Error(file, fmt::format("cannot read: {}", std::strerror(errno)));
  return {fmt::format("{}:{}:{}:{}.{:09}:{}.{:09}", now.st_dev, now.st_ino, now.st_size, now.st_mtim.tv_sec,
                      now.st_mtim.tv_nsec, now.st_ctim.tv_sec, now.st_ctim.tv_nsec),
          ::time(nullptr) - now.st_ctim.tv_sec > kGrain};
}

std::string digest_of(const std::string& file) {
  const std::vector<std::uint8_t> bytes = io::read_bytes(file);
  const std::span<const std::uint8_t> part = bytes;
  return digest(std::span(&part, 1));
}

std::string key_of(const std::filesystem::path& file) {
  std::error_code code;
  const std::filesystem::path absolute = std::filesystem::absolute(file, code);
  return (code ? file : absolute.lexically_normal()).string();
}

}  // namespace

FileDigests::FileDigests(std::filesystem::path cache) : cache_(std::move(cache)) { load(); }

/// A cache that is not there, or not whole, only costs time.
void FileDigests::load() {
  std::error_code code;
  if (cache_.empty() || !std::filesystem::exists(cache_, code)) return;
  try {
    const std::vector<std::uint8_t> bytes = io::read_regular(cache_);
    const json document = io::parse_json(std::string(bytes.begin(), bytes.end()), cache_.string());
    for (const auto& [file, entry] : io::JsonReader(document, cache_.string()).members())
      cached_[file] = {entry.at("state").text(), entry.at("digest").text(), true};
  } catch (const Error&) {
    cached_.clear();
  }
}

std::string FileDigests::of(const std::filesystem::path& file) {
  const std::string key = key_of(file);
  const std::lock_guard lock(mutex_);
  const auto known = used_.find(key);
  if (known != used_.end()) return known->second.digest;
  const State before = state_of(key);
  const auto cached = cached_.find(key);
  if (cached != cached_.end() && cached->second.state == before.text)
    return (used_[key] = cached->second).digest;
  const std::string found = digest_of(key);
  if (state_of(key).text != before.text)
    throw Error(file.string(), "was changed while it was read; start again when it is complete");
  return (used_[key] = {before.text, found, before.settled}).digest;
}

void FileDigests::require_unchanged() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [file, known] : used_)
    if (state_of(file).text != known.state && digest_of(file) != known.digest)
      throw Error(file, "was changed while the study ran; run it again");
}

void FileDigests::save() const {
  const std::lock_guard lock(mutex_);
  if (cache_.empty() || used_.empty()) return;
  json document = json::object();
  bool is_new = false;
  for (const auto* known : {&cached_, &used_})
    for (const auto& [file, entry] : *known)
      if (entry.settled) document[file] = {{"state", entry.state}, {"digest", entry.digest}};
  for (const auto& [file, entry] : used_) {
    const auto cached = cached_.find(file);
    is_new = is_new || (entry.settled && (cached == cached_.end() || cached->second.state != entry.state));
  }
  if (!is_new) return;
  try {
    io::write_atomically(cache_, document.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  } catch (const Error&) {  // the next run reads the files again
  }
}

}  // namespace nwedge::study
