#include "nwedge/network/families/model_request.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "nwedge/core/error.hpp"

namespace nwedge::network {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t comma = text.find(',');
    words.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return words;
    text.remove_prefix(comma + 1);
  }
}

/// "key=value"; a word without "=" is a key alone.
Entry split_entry(std::string_view word) {
  const std::size_t equal = word.find('=');
  if (equal == std::string_view::npos) return {word, {}};
  return {word.substr(0, equal), word.substr(equal + 1)};
}

template <class Entries>
auto find_key(Entries& entries, std::string_view key) {
  return std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.first == key; });
}

}  // namespace

void ModelRequest::refuse(std::string_view rule) const {
  throw Error(place, fmt::format("model \"{}\": {}", options.model, rule));
}

void ModelRequest::refuse_sizes(std::string_view rule) const {
  refuse(fmt::format("{}; write {}", rule, family.syntax));
}

std::int64_t ModelRequest::whole(std::string_view what, std::string_view word, std::int64_t least,
                                 std::int64_t most) const {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value < least || value > most)
    refuse_sizes(fmt::format("{} must be a whole number from {} to {}, is \"{}\"", what, least, most, word));
  return value;
}

std::vector<std::int64_t> ModelRequest::widths() const {
  std::vector<std::int64_t> all;
  for (const std::string_view word : split(sizes)) all.push_back(whole("a width", word, 1, kMaximumWidth));
  return all;
}

const Shape& ModelRequest::image() const {
  if (input.size() != 3)
    refuse(fmt::format("its examples must be images [channels, height, width], have shape {}",
                       shape_text(input)));
  return input;
}

Settings::Settings(const ModelRequest& request) : request_(request) {
  for (const std::string_view word : split(request.family.sizes)) entries_.push_back(split_entry(word));
  std::vector<std::string_view> named;
  for (const std::string_view word : split(request.sizes)) {
    const auto [key, value] = split_entry(word);
    const auto entry = find_key(entries_, key);
    if (entry == entries_.end()) {
      std::vector<std::string> keys;
      for (const Entry& known : entries_) keys.emplace_back(known.first);
      request.refuse_sizes(fmt::format("unknown size \"{}\"{}", key, did_you_mean(key, keys)));
    }
    if (std::count(named.begin(), named.end(), key) > 0)
      request.refuse(fmt::format("{} must be given once", key));
    named.push_back(key);
    entry->second = value;
  }
}

std::string_view Settings::at(std::string_view key) const { return find_key(entries_, key)->second; }

std::int64_t Settings::whole(std::string_view key, std::int64_t least, std::int64_t most) const {
  return request_.whole(key, at(key), least, most);
}

std::string_view Settings::choice(std::string_view key, std::span<const std::string_view> choices) const {
  const std::string_view value = at(key);
  if (std::count(choices.begin(), choices.end(), value) == 0) {
    const std::vector<std::string> names(choices.begin(), choices.end());
    request_.refuse(fmt::format("{} must be one of {}, is \"{}\"{}", key, fmt::join(choices, ", "), value,
                                did_you_mean(value, names)));
  }
  return value;
}

}  // namespace nwedge::network
