#pragma once
#include <concepts>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "nwedge/core/quantity.hpp"

namespace nwedge {

/// What becomes of a double that is not finite.
enum class NotFinite {
  null,  ///< null: JSON has no word for it
  kept   ///< it stays what it is: for CBOR
};

/// A result as JSON.
template <class Top>
nlohmann::json to_record(Top top, NotFinite not_finite = NotFinite::null);

/// Walks over the fields of a result struct, in the manner of `OptionVisitor`: every result has one member
///     void visit(FieldVisitor& visitor);   (or a template over the visitor)
/// that names each field once, with its meaning. Records, their readers, the page and the documentation get
/// their names from that one place. Names are kebab-case.
///
/// A field is a bool, std::int64_t, double, std::string, a struct with `visit`, or a std::optional,
/// std::vector or std::map<std::string, …> of such.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  template <class Value>
  void field(std::string_view name, Value& value, std::string_view meaning) {
    enter(name, meaning);
    walk(value);
    leave();
  }

 protected:
  virtual void enter(std::string_view name, std::string_view meaning) = 0;  ///< of the current object
  virtual void enter(std::size_t index) = 0;                                ///< of the current list
  virtual void leave() = 0;
  virtual void scalar(bool& value) = 0;
  virtual void scalar(std::int64_t& value) = 0;
  virtual void scalar(double& value) = 0;
  virtual void scalar(std::string& value) = 0;
  virtual void object() = 0;                       ///< the current place holds fields
  virtual std::size_t list(std::size_t size) = 0;  ///< how many items it holds, or shall hold
  virtual bool optional(bool has_value) = 0;       ///< whether it holds a value, or shall hold one
  virtual std::vector<std::string> keys(std::vector<std::string> present) = 0;  ///< of a map

 private:
  template <class Item>
  void walk(std::vector<Item>& items) {
    items.resize(list(items.size()));
    for (std::size_t i = 0; i < items.size(); ++i) {
      enter(i);
      walk(items[i]);
      leave();
    }
  }
  template <class Item>
  void walk(std::optional<Item>& value) {
    if (!optional(value.has_value())) {
      value.reset();
      return;
    }
    if (!value) value.emplace();
    walk(*value);
  }
  template <class Item>
  void walk(std::map<std::string, Item>& items) {
    std::vector<std::string> present;
    for (const auto& [key, item] : items) present.push_back(key);
    for (const std::string& key : keys(std::move(present))) {
      enter(key, "");
      walk(items[key]);
      leave();
    }
  }
  template <class Value>
  void walk(Value& value) {
    if constexpr (std::is_same_v<Value, bool> || std::is_same_v<Value, std::int64_t> ||
                  std::is_same_v<Value, double> || std::is_same_v<Value, std::string>) {
      scalar(value);
    } else {
      object();
      value.visit(*this);
    }
  }
  template <class Top>
  friend nlohmann::json to_record(Top top, NotFinite not_finite);
  template <class Top>
  friend Top from_record(const nlohmann::json& document, std::string_view place);
};

/// Gathers the fields as JSON; an empty optional becomes null.
class FieldWriter final : public FieldVisitor {
 public:
  explicit FieldWriter(nlohmann::json& document, NotFinite not_finite = NotFinite::null)
      : not_finite_(not_finite), at_{&document} {}

 protected:
  void enter(std::string_view name, std::string_view) override;
  void enter(std::size_t index) override;
  void leave() override { at_.pop_back(); }
  void scalar(bool& value) override { *at_.back() = value; }
  void scalar(std::int64_t& value) override { *at_.back() = value; }
  void scalar(double& value) override;
  void scalar(std::string& value) override { *at_.back() = value; }
  void object() override { *at_.back() = nlohmann::json::object(); }
  std::size_t list(std::size_t size) override;
  bool optional(bool has_value) override;
  std::vector<std::string> keys(std::vector<std::string> present) override;

 private:
  NotFinite not_finite_;
  std::vector<nlohmann::json*> at_;
};

/// Fills the fields from JSON. A key that is missing, or a value of another type, is an
/// `Error(place, "pairs[2].barrier must be a number, is …")`; null is NaN for a double and nothing for an
/// optional, which may also be missing.
class FieldReader final : public FieldVisitor {
 public:
  FieldReader(const nlohmann::json& document, std::string_view place) : place_(place), at_{&document} {}

 protected:
  void enter(std::string_view name, std::string_view) override;
  void enter(std::size_t index) override;
  void leave() override;
  void scalar(bool& value) override;
  void scalar(std::int64_t& value) override;
  void scalar(double& value) override;
  void scalar(std::string& value) override;
  void object() override;
  std::size_t list(std::size_t size) override;
  bool optional(bool has_value) override;
  std::vector<std::string> keys(std::vector<std::string> present) override;

 private:
  [[noreturn]] void refuse(std::string_view kind) const;

  std::string place_;
  std::vector<const nlohmann::json*> at_;  ///< null: missing
  std::vector<std::string> path_;
};

template <class Top>
nlohmann::json to_record(Top top, NotFinite not_finite) {
  nlohmann::json document;
  FieldWriter writer(document, not_finite);
  static_cast<FieldVisitor&>(writer).walk(top);
  return document;
}

/// A result from JSON, checked strictly; `place` opens an error's line.
template <class Top>
Top from_record(const nlohmann::json& document, std::string_view place) {
  Top top{};
  FieldReader reader(document, place);
  static_cast<FieldVisitor&>(reader).walk(top);
  return top;
}

}  // namespace nwedge
