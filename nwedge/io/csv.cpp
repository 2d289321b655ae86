#include "nwedge/io/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nwedge/core/error.hpp"

namespace nwedge::io {
namespace {

constexpr std::string_view kSpaces = " \t\r";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

char separator_of(std::string_view line) {
  for (const char candidate : {',', ';', '\t'})
    if (line.find(candidate) != std::string_view::npos) return candidate;
  return ',';
}

/// Reads a field that begins with a quote off the line, with what stands before the next separator.
void take_quoted(std::string_view& line, char separator, std::string& field, const std::string& place) {
  line.remove_prefix(line.find('"') + 1);
  while (true) {
    const std::size_t quote = line.find('"');
    if (quote == std::string_view::npos) throw Error(place, "a quote must end on the line where it begins");
    field.append(line.substr(0, quote));
    line.remove_prefix(quote + 1);
    if (!line.starts_with('"')) break;
    field.push_back('"');
    line.remove_prefix(1);
  }
  const std::string_view rest = line.substr(0, line.find(separator));
  if (!trimmed(rest).empty()) throw Error(place, "a separator must follow the end of a quote");
  line.remove_prefix(rest.size());
}

void split(std::string_view line, char separator, std::vector<std::string>& fields,
           const std::string& place) {
  fields.clear();
  while (true) {
    std::string& field = fields.emplace_back();
    const std::string_view plain = line.substr(0, line.find(separator));
    if (trimmed(plain).starts_with('"')) {
      take_quoted(line, separator, field, place);
    } else {
      field = trimmed(plain);
      line.remove_prefix(plain.size());
    }
    if (line.empty()) return;
    line.remove_prefix(1);
  }
}

}  // namespace

void read_csv(std::string_view text, std::string_view place,
              const std::function<void(std::span<const std::string>, std::int64_t)>& take) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<std::string> fields;
  char separator = '\0';
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (trimmed(line).empty()) continue;
    if (separator == '\0') separator = separator_of(line);
    split(line, separator, fields, fmt::format("{}:{}", place, number));
    take(fields, number);
  }
}

}  // namespace nwedge::io
