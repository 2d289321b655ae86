#include "nwedge/core/options.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "nwedge/core/error.hpp"

namespace nwedge {

std::string Range::text() const {
  const bool has_least = std::isfinite(least);
  const bool has_most = most < 0x1p63;  // no number ends there, the type of whole ones does
  if (has_least && has_most) return fmt::format("{} {} to {}", open ? "above" : "from", least, most);
  if (has_least) return fmt::format("{} {}", open ? "above" : "at least", least);
  if (has_most) return fmt::format("at most {}", most);
  return "any number";
}

void JsonOptionWriter::field(std::string_view name, std::int64_t& value, Range, std::string_view) {
  object_[std::string(name)] = value;
}
void JsonOptionWriter::field(std::string_view name, double& value, Range, std::string_view) {
  object_[std::string(name)] = value;
}
void JsonOptionWriter::field(std::string_view name, bool& value, std::string_view) {
  object_[std::string(name)] = value;
}
void JsonOptionWriter::field(std::string_view name, std::string& value, std::span<const std::string_view>,
                             std::string_view) {
  object_[std::string(name)] = value;
}
void JsonOptionWriter::field(std::string_view name, std::vector<std::int64_t>& value, Range,
                             std::string_view) {
  object_[std::string(name)] = value;
}
void JsonOptionWriter::field(std::string_view name, std::vector<double>& value, Range, std::string_view) {
  object_[std::string(name)] = value;
}
void JsonOptionWriter::field(std::string_view name, std::vector<std::string>& value,
                             std::span<const std::string_view>, std::string_view) {
  object_[std::string(name)] = value;
}

namespace {

void check_number(const std::string& place, std::string_view name, double value, Range range) {
  if (!std::isfinite(value))
    throw Error(place, fmt::format("{} must be a finite number, is {}", name, value));
  if (!range.contains(value))
    throw Error(place, fmt::format("{} must be {}, is {}", name, range.text(), value));
}

void check_number(const std::string& place, std::string_view name, std::int64_t value, Range range) {
  if (!range.contains(static_cast<double>(value)))
    throw Error(place, fmt::format("{} must be {}, is {}", name, range.text(), value));
  if (std::isinf(range.most) && value > kMostWhole)
    throw Error(place, fmt::format("{} must be at most {}, is {}", name, kMostWhole, value));
}

/// Lists may be long (seeds): sorted instead of compared in pairs.
template <class T>
void check_differ(const std::string& place, std::string_view name, std::vector<T> values, bool repeatable) {
  if (repeatable) return;
  std::sort(values.begin(), values.end());
  const auto found = std::adjacent_find(values.begin(), values.end());
  if (found == values.end()) return;
  if constexpr (std::is_same_v<T, std::string>)
    throw Error(place, fmt::format("{} must differ from one another, \"{}\" is given twice", name, *found));
  else
    throw Error(place, fmt::format("{} must differ from one another, {} is given twice", name, *found));
}

void check_choice(const std::string& place, std::string_view name, const std::string& value,
                  std::span<const std::string_view> choices) {
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  const std::vector<std::string> candidates(choices.begin(), choices.end());
  throw Error(place, fmt::format("{} must be one of {}, is \"{}\"{}", name, fmt::join(candidates, ", "),
                                 value, did_you_mean(value, candidates)));
}

}  // namespace

void OptionChecker::field(std::string_view name, std::int64_t& value, Range range, std::string_view) {
  check_number(place_, name, value, range);
}
void OptionChecker::field(std::string_view name, double& value, Range range, std::string_view) {
  check_number(place_, name, value, range);
}
void OptionChecker::field(std::string_view, bool&, std::string_view) {}
void OptionChecker::field(std::string_view name, std::string& value,
                          std::span<const std::string_view> choices, std::string_view) {
  check_choice(place_, name, value, choices);
}
void OptionChecker::field(std::string_view name, std::vector<std::int64_t>& value, Range range,
                          std::string_view) {
  for (const std::int64_t x : value) check_number(place_, name, x, range);
  check_differ(place_, name, value, take_repeatable());
}
void OptionChecker::field(std::string_view name, std::vector<double>& value, Range range, std::string_view) {
  for (const double x : value) check_number(place_, name, x, range);
  check_differ(place_, name, value, take_repeatable());
}
void OptionChecker::field(std::string_view name, std::vector<std::string>& value,
                          std::span<const std::string_view> choices, std::string_view) {
  for (const std::string& x : value) check_choice(place_, name, x, choices);
  check_differ(place_, name, value, take_repeatable());
}

}  // namespace nwedge
