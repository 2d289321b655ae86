#include "nwedge/cli/option_binder.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "nwedge/core/error.hpp"

namespace nwedge::cli {
namespace {

/// Whether all of `text` is a number; one that T cannot hold is `std::errc::result_out_of_range`.
template <class T>
std::errc parse(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  return stop == end ? code : std::errc::invalid_argument;
}

double to_number(const std::string& place, const std::string& text) {
  double value = 0;
  if (parse(text, value) != std::errc()) throw Error(place, fmt::format("must be a number, is \"{}\"", text));
  return value;
}

/// A whole number, also as 1e6.
std::int64_t to_whole(const std::string& place, const std::string& text) {
  std::int64_t value = 0;
  const std::errc code = parse(text, value);
  if (code == std::errc()) return value;
  if (code == std::errc::result_out_of_range)
    throw Error(place, text.starts_with('-') ? fmt::format("must be at least {}, is {}",
                                                           std::numeric_limits<std::int64_t>::min(), text)
                                             : fmt::format("must be at most {}, is {}",
                                                           std::numeric_limits<std::int64_t>::max(), text));
  double number = 0;
  const bool whole =
      parse(text, number) == std::errc() && std::nearbyint(number) == number && std::abs(number) <= 0x1p53;
  if (!whole) throw Error(place, fmt::format("must be a whole number, is \"{}\"", text));
  return static_cast<std::int64_t>(number);
}

void convert(const std::string& place, const std::string& text, std::int64_t& value) {
  value = to_whole(place, text);
}
void convert(const std::string& place, const std::string& text, double& value) {
  value = to_number(place, text);
}
void convert(const std::string&, const std::string& text, std::string& value) { value = text; }

std::string flag(std::string_view name) { return "--" + std::string(name); }

std::string describe(std::string_view meaning, Range range) {
  const std::string rule = range.text();
  return rule == "any number" ? std::string(meaning) : fmt::format("{} ({})", meaning, rule);
}

std::string describe(std::string_view meaning, std::span<const std::string_view> choices) {
  return choices.empty() ? std::string(meaning) : fmt::format("{} ({})", meaning, fmt::join(choices, ", "));
}

/// `rule` is the field's Range or choices.
template <class T, class Rule>
void bind_one(CLI::App& command, const std::string& group, std::string_view name, T& value, const char* type,
              Rule rule, std::string_view meaning) {
  const std::string option = flag(name);
  command
      .add_option_function<std::string>(
          option,
          [option, &value, rule, field_name = std::string(name)](const std::string& text) {
            convert(option, text, value);
            OptionChecker(option).field(field_name, value, rule, "");
          },
          describe(meaning, rule))
      ->type_name(type)
      ->default_str(fmt::format("{}", value))
      ->group(group);
}

template <class T, class Rule>
void bind_list(CLI::App& command, const std::string& group, std::string_view name, std::vector<T>& values,
               bool repeatable, const char* type, Rule rule, std::string_view meaning) {
  const std::string option = flag(name);
  command
      .add_option_function<std::vector<std::string>>(
          option,
          [option, &values, repeatable, rule,
           field_name = std::string(name)](const std::vector<std::string>& texts) {
            values.clear();
            for (const std::string& text : texts) convert(option, text, values.emplace_back());
            OptionChecker checker(option);
            if (repeatable) checker.repeatable();
            checker.field(field_name, values, rule, "");
          },
          describe(meaning, rule))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name(type)
      ->default_str(fmt::format("{}", fmt::join(values, ",")))
      ->group(group);
}

}  // namespace

void OptionBinder::field(std::string_view name, std::int64_t& value, Range range, std::string_view meaning) {
  bind_one(command_, group_, prefix_ + std::string(name), value, "WHOLE", range, meaning);
}
void OptionBinder::field(std::string_view name, double& value, Range range, std::string_view meaning) {
  bind_one(command_, group_, prefix_ + std::string(name), value, "NUMBER", range, meaning);
}
void OptionBinder::field(std::string_view name, bool& value, std::string_view meaning) {
  command_.add_flag(fmt::format("--{0}{1},!--no-{0}{1}", prefix_, name), value, std::string(meaning))
      ->default_str(value ? "yes" : "no")
      ->group(group_);
}
void OptionBinder::field(std::string_view name, std::string& value, std::span<const std::string_view> choices,
                         std::string_view meaning) {
  bind_one(command_, group_, prefix_ + std::string(name), value, "TEXT", choices, meaning);
}
void OptionBinder::field(std::string_view name, std::vector<std::int64_t>& value, Range range,
                         std::string_view meaning) {
  bind_list(command_, group_, prefix_ + std::string(name), value, take_repeatable(), "WHOLE,...", range,
            meaning);
}
void OptionBinder::field(std::string_view name, std::vector<double>& value, Range range,
                         std::string_view meaning) {
  bind_list(command_, group_, prefix_ + std::string(name), value, take_repeatable(), "NUMBER,...", range,
            meaning);
}
void OptionBinder::field(std::string_view name, std::vector<std::string>& value,
                         std::span<const std::string_view> choices, std::string_view meaning) {
  bind_list(command_, group_, prefix_ + std::string(name), value, take_repeatable(), "TEXT,...", choices,
            meaning);
}

}  // namespace nwedge::cli
