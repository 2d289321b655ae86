#pragma once
#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nwedge {

/// The values a number may take: least <= x <= most, or least < x when `open`.
struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool open = false;

  bool contains(double x) const { return (open ? x > least : x >= least) && x <= most; }
  std::string text() const;  ///< "at least 2", "above 0", "from 0 to 1", "any number"
};

constexpr Range at_least(double least) { return {least, std::numeric_limits<double>::infinity(), false}; }
constexpr Range above(double least) { return {least, std::numeric_limits<double>::infinity(), true}; }
constexpr Range between(double least, double most) { return {least, most, false}; }
constexpr Range any_number() { return {}; }
constexpr Range any_seed() { return {0, 0x1p63, false}; }

/// No whole number is above it unless its range says so: products of two are numbers still.
inline constexpr std::int64_t kMostWhole = 1'000'000'000;

/// Walks over the fields of an options struct. Every options struct has one member
///     void visit(OptionVisitor& visitor);
/// that names each field once, with its range and meaning; study files, the command line, records and the
/// docs are all made from that one place. Names are kebab-case.
///
/// A list holds no value twice, as a dimension or a path that is named twice would be worked on twice; where
/// a list is one value for each of several things, say so: `visitor.repeatable().field("grid", …)`.
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;
  /// The list that is visited next may hold a value more than once.
  OptionVisitor& repeatable() {
    repeatable_ = true;
    return *this;
  }
  virtual void field(std::string_view name, std::int64_t& value, Range range, std::string_view meaning) = 0;
  virtual void field(std::string_view name, double& value, Range range, std::string_view meaning) = 0;
  virtual void field(std::string_view name, bool& value, std::string_view meaning) = 0;
  /// `choices` empty: any text.
  virtual void field(std::string_view name, std::string& value, std::span<const std::string_view> choices,
                     std::string_view meaning) = 0;
  virtual void field(std::string_view name, std::vector<std::int64_t>& value, Range range,
                     std::string_view meaning) = 0;
  virtual void field(std::string_view name, std::vector<double>& value, Range range,
                     std::string_view meaning) = 0;
  virtual void field(std::string_view name, std::vector<std::string>& value,
                     std::span<const std::string_view> choices, std::string_view meaning) = 0;

 protected:
  /// Whether the list that is being visited may; visitors that ask do so for every list.
  bool take_repeatable() { return std::exchange(repeatable_, false); }

 private:
  bool repeatable_ = false;
};

/// Calls `visit` on a copy of the options and gathers the fields as a JSON object.
class JsonOptionWriter : public OptionVisitor {
 public:
  explicit JsonOptionWriter(nlohmann::json& object) : object_(object) {}
  void field(std::string_view, std::int64_t&, Range, std::string_view) override;
  void field(std::string_view, double&, Range, std::string_view) override;
  void field(std::string_view, bool&, std::string_view) override;
  void field(std::string_view, std::string&, std::span<const std::string_view>, std::string_view) override;
  void field(std::string_view, std::vector<std::int64_t>&, Range, std::string_view) override;
  void field(std::string_view, std::vector<double>&, Range, std::string_view) override;
  void field(std::string_view, std::vector<std::string>&, std::span<const std::string_view>,
             std::string_view) override;

 private:
  nlohmann::json& object_;
};

/// Throws `Error(place, ...)` when a field is outside its range or its choices, no finite number, a whole
/// number above `kMostWhole` whose range has no end, or a list that names a value twice.
class OptionChecker : public OptionVisitor {
 public:
  explicit OptionChecker(std::string_view place) : place_(place) {}
  void field(std::string_view, std::int64_t&, Range, std::string_view) override;
  void field(std::string_view, double&, Range, std::string_view) override;
  void field(std::string_view, bool&, std::string_view) override;
  void field(std::string_view, std::string&, std::span<const std::string_view>, std::string_view) override;
  void field(std::string_view, std::vector<std::int64_t>&, Range, std::string_view) override;
  void field(std::string_view, std::vector<double>&, Range, std::string_view) override;
  void field(std::string_view, std::vector<std::string>&, std::span<const std::string_view>,
             std::string_view) override;

 private:
  std::string place_;
};

/// Throws when any field of `options` is out of range.
template <class Options>
void check_options(std::string_view place, Options options) {
  OptionChecker checker(place);
  options.visit(checker);
}

/// The fields of `options` as a JSON object.
template <class Json = nlohmann::json, class Options>
Json to_json_object(Options options) {
  Json object = Json::object();
  JsonOptionWriter writer(object);
  options.visit(writer);
  return object;
}

}  // namespace nwedge
