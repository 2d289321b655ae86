#include "nwedge/study/option_reader.hpp"

#include <fmt/core.h>

#include <cmath>
#include <type_traits>

#include "nwedge/core/error.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

bool is_whole(const json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= INT64_MAX;
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::abs(number) <= 0x1p53 && std::nearbyint(number) == number;
}

template <class T>
bool convert(const json& from, T& to) {
  if constexpr (std::is_same_v<T, std::int64_t>) {
    if (!is_whole(from)) return false;
  } else if constexpr (std::is_same_v<T, double>) {
    if (!from.is_number() || !std::isfinite(from.get<double>())) return false;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!from.is_boolean()) return false;
  } else {
    if (!from.is_string()) return false;
  }
  to = from.get<T>();
  return true;
}

template <class T>
bool convert(const json& from, std::vector<T>& to) {
  if (!from.is_array()) return false;
  std::vector<T> values;
  for (const json& entry : from) {
    T value{};
    if (!convert(entry, value)) return false;
    values.push_back(std::move(value));
  }
  to = std::move(values);
  return true;
}

std::string_view expected(std::int64_t) { return "a whole number"; }
std::string_view expected(double) { return "a finite number"; }
std::string_view expected(bool) { return "true or false"; }
std::string_view expected(const std::string&) { return "a text"; }
std::string_view expected(const std::vector<std::int64_t>&) { return "a list of whole numbers"; }
std::string_view expected(const std::vector<double>&) { return "a list of finite numbers"; }
std::string_view expected(const std::vector<std::string>&) { return "a list of texts"; }

}  // namespace

OptionTable option_table(const json& object, std::string_view place) {
  OptionTable table;
  for (const auto& [key, value] : object.items()) table[key] = {value, std::string(place)};
  return table;
}

template <class T, class... Rule>
void OptionReader::read(std::string_view name, T& value, bool repeatable, Rule... rule) {
  known_.emplace(name);
  const auto found = table_.find(name);
  if (found == table_.end()) return;
  const OptionValue& given = found->second;
  if (!convert(given.value, value))
    throw Error(given.place, fmt::format("{} must be {}, is {}", name, expected(value), given.value.dump()));
  OptionChecker checker(given.place);
  if (repeatable) checker.repeatable();
  checker.field(name, value, rule..., "");
}

void OptionReader::field(std::string_view name, std::int64_t& value, Range range, std::string_view) {
  read(name, value, false, range);
}
void OptionReader::field(std::string_view name, double& value, Range range, std::string_view) {
  read(name, value, false, range);
}
void OptionReader::field(std::string_view name, bool& value, std::string_view) { read(name, value, false); }
void OptionReader::field(std::string_view name, std::string& value, std::span<const std::string_view> choices,
                         std::string_view) {
  read(name, value, false, choices);
}
void OptionReader::field(std::string_view name, std::vector<std::int64_t>& value, Range range,
                         std::string_view) {
  read(name, value, take_repeatable(), range);
}
void OptionReader::field(std::string_view name, std::vector<double>& value, Range range, std::string_view) {
  read(name, value, take_repeatable(), range);
}
void OptionReader::field(std::string_view name, std::vector<std::string>& value,
                         std::span<const std::string_view> choices, std::string_view) {
  read(name, value, take_repeatable(), choices);
}

void OptionReader::finish() const {
  const std::vector<std::string> names(known_.begin(), known_.end());
  for (const auto& [key, given] : table_)
    if (!known_.contains(key))
      throw Error(given.place, fmt::format("unknown key \"{}\"{}", key, did_you_mean(key, names)));
}

}  // namespace nwedge::study
