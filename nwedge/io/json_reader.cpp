#include "nwedge/io/json_reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "nwedge/core/error.hpp"

namespace nwedge::io {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestValue = 60;  // of a value shown in an error

std::ptrdiff_t line_of(std::string_view text, std::size_t byte) {
  return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size())),
                        '\n');
}

/// Sees the document being read: what the parser would take in silence or not survive.
class Watch {
 public:
  explicit Watch(std::string_view place) : place_(place) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    if (depth > kMostNested)
      throw Error(place_, fmt::format("must not be nested deeper than {} levels", kMostNested));
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second)
      throw Error(place_,
                  fmt::format("the key \"{}\" appears twice in one object", parsed.get<std::string>()));
    return true;
  }

 private:
  std::string place_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
};

}  // namespace

json parse_json(std::string_view text, std::string_view place) {
  try {
    return json::parse(text, Watch(place));
  } catch (const json::parse_error& error) {
    throw Error(fmt::format("{}:{}", place, line_of(text, error.byte)),
                text.empty() ? "is empty, must be a JSON document" : "is no valid JSON");
  } catch (const json::exception&) {  // a number that no type holds
    throw Error(place, "is no valid JSON: a number in it is out of range");
  }
}

void JsonReader::refuse(std::string_view rule) const {
  std::string shown = value_.dump(-1, ' ', false, json::error_handler_t::replace);
  if (shown.size() > kLongestValue) shown = shown.substr(0, kLongestValue) + " …";
  throw Error(place_, fmt::format("{} {}, is {}", way_.empty() ? "the document" : way_, rule, shown));
}

JsonReader JsonReader::at(const std::string& key) const {
  const json& all = object();
  const std::string way = way_.empty() ? key : way_ + "." + key;
  const auto found = all.find(key);
  if (found == all.end()) throw Error(place_, fmt::format("{} is missing", way));
  return {*found, place_, way};
}

std::vector<JsonReader> JsonReader::elements() const {
  if (!value_.is_array()) refuse("must be a list");
  std::vector<JsonReader> elements;
  for (const json& element : value_)
    elements.emplace_back(element, place_, fmt::format("{}[{}]", way_, elements.size()));
  return elements;
}

std::vector<std::pair<std::string, JsonReader>> JsonReader::members() const {
  std::vector<std::pair<std::string, JsonReader>> members;
  for (const auto& [key, member] : object().items())
    members.emplace_back(key, JsonReader(member, place_, way_.empty() ? key : way_ + "." + key));
  return members;
}

std::string JsonReader::text() const {
  if (!value_.is_string()) refuse("must be a text");
  return value_.get<std::string>();
}

double JsonReader::number() const {
  if (!value_.is_number()) refuse("must be a number");
  return value_.get<double>();
}

std::uint64_t JsonReader::whole() const {
  if (!value_.is_number_integer() || (!value_.is_number_unsigned() && value_.get<std::int64_t>() < 0))
    refuse("must be a whole number of at least 0");
  return value_.get<std::uint64_t>();
}

std::vector<std::uint64_t> JsonReader::wholes() const {
  std::vector<std::uint64_t> all;
  for (const JsonReader& element : elements()) all.push_back(element.whole());
  return all;
}

std::vector<std::string> JsonReader::texts() const {
  std::vector<std::string> all;
  for (const JsonReader& element : elements()) all.push_back(element.text());
  return all;
}

const json& JsonReader::object() const {
  if (!value_.is_object()) refuse("must be an object");
  return value_;
}

}  // namespace nwedge::io
