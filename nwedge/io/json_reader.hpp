#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nwedge::io {

/// Deeper than any document of this program is nested.
inline constexpr int kMostNested = 64;

/// A JSON document from a file called `place`. Errors name file and line: no JSON, a key twice in one object,
/// nested deeper than `kMostNested`.
nlohmann::json parse_json(std::string_view text, std::string_view place);

/// A value of a document with its way there, "cells[3].id", so that every error names place, rule and value:
/// "[RUN/plan.json] cells[3].id must be a text, is 7". Refers to the document.
class JsonReader {
 public:
  JsonReader(const nlohmann::json& value, std::string place, std::string way = "")
      : value_(value), place_(std::move(place)), way_(std::move(way)) {}

  const nlohmann::json& value() const { return value_; }
  bool is_null() const { return value_.is_null(); }

  /// A member of an object; an `Error` where there is none.
  JsonReader at(const std::string& key) const;
  /// The elements of a list.
  std::vector<JsonReader> elements() const;
  /// The members of an object, by name.
  std::vector<std::pair<std::string, JsonReader>> members() const;

  std::string text() const;
  double number() const;
  std::uint64_t whole() const;  ///< at least 0
  std::vector<std::uint64_t> wholes() const;
  std::vector<std::string> texts() const;
  const nlohmann::json& object() const;

  /// Throws `Error` with the value found; `rule`: "must be a text".
  [[noreturn]] void refuse(std::string_view rule) const;

 private:
  const nlohmann::json& value_;
  std::string place_;
  std::string way_;
};

}  // namespace nwedge::io
