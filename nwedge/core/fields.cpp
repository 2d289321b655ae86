#include "nwedge/core/fields.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"

namespace nwedge {

using nlohmann::json;

void FieldWriter::enter(std::string_view name, std::string_view) {
  at_.push_back(&(*at_.back())[std::string(name)]);
}
void FieldWriter::enter(std::size_t index) { at_.push_back(&(*at_.back())[index]); }
void FieldWriter::scalar(double& value) {
  if (std::isfinite(value) || not_finite_ == NotFinite::kept)
    *at_.back() = value;
  else
    *at_.back() = nullptr;
}
std::size_t FieldWriter::list(std::size_t size) {
  *at_.back() = json::array();
  return size;
}
bool FieldWriter::optional(bool has_value) {
  if (!has_value) *at_.back() = nullptr;
  return has_value;
}
std::vector<std::string> FieldWriter::keys(std::vector<std::string> present) {
  *at_.back() = json::object();
  return present;
}

void FieldReader::enter(std::string_view name, std::string_view) {
  const json& object = *at_.back();
  const auto found = object.find(name);
  at_.push_back(found == object.end() ? nullptr : &*found);
  path_.push_back(path_.empty() ? std::string(name) : "." + std::string(name));
}
void FieldReader::enter(std::size_t index) {
  at_.push_back(&at_.back()->at(index));
  path_.push_back(fmt::format("[{}]", index));
}
void FieldReader::leave() {
  at_.pop_back();
  path_.pop_back();
}

void FieldReader::refuse(std::string_view kind) const {
  std::string name;
  for (const std::string& part : path_) name += part;
  if (name.empty()) name = "the result";
  if (at_.back() == nullptr) throw Error(place_, fmt::format("{} is missing", name));
  constexpr std::size_t kMost = 40;
  std::string found = at_.back()->dump(-1, ' ', true, json::error_handler_t::replace);
  if (found.size() > kMost) found = found.substr(0, kMost) + "…";
  throw Error(place_, fmt::format("{} must be {}, is {}", name, kind, found));
}

void FieldReader::scalar(bool& value) {
  if (at_.back() == nullptr || !at_.back()->is_boolean()) refuse("true or false");
  value = at_.back()->get<bool>();
}
void FieldReader::scalar(std::int64_t& value) {
  const json* found = at_.back();
  if (found == nullptr || !found->is_number_integer()) refuse("a whole number");
  if (found->is_number_unsigned() &&
      found->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    refuse("a whole number below 2^63");
  value = found->get<std::int64_t>();
}
void FieldReader::scalar(double& value) {
  const json* found = at_.back();
  if (found == nullptr || !(found->is_number() || found->is_null())) refuse("a number or null");
  value = found->is_null() ? std::numeric_limits<double>::quiet_NaN() : found->get<double>();
}
void FieldReader::scalar(std::string& value) {
  if (at_.back() == nullptr || !at_.back()->is_string()) refuse("a text");
  value = at_.back()->get<std::string>();
}
void FieldReader::object() {
  if (at_.back() == nullptr || !at_.back()->is_object()) refuse("an object");
}
std::size_t FieldReader::list(std::size_t) {
  if (at_.back() == nullptr || !at_.back()->is_array()) refuse("a list");
  return at_.back()->size();
}
bool FieldReader::optional(bool) { return at_.back() != nullptr && !at_.back()->is_null(); }
std::vector<std::string> FieldReader::keys(std::vector<std::string>) {
  if (at_.back() == nullptr || !at_.back()->is_object()) refuse("an object");
  std::vector<std::string> names;
  for (const auto& [key, item] : at_.back()->items()) names.push_back(key);
  return names;
}

}  // namespace nwedge
