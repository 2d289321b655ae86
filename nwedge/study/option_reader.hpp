#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "nwedge/core/options.hpp"

namespace nwedge::study {

/// An option's value as text files hold it, and where it stands ("study.toml:12"), for errors.
struct OptionValue {
  nlohmann::json value;
  std::string place;
};

/// Options by name.
using OptionTable = std::map<std::string, OptionValue, std::less<>>;

/// The members of a JSON object as options that all stand at `place`.
OptionTable option_table(const nlohmann::json& object, std::string_view place);

/// Fills the fields of an options struct from a table; fields that the table lacks keep their values. Whole
/// numbers may be written 1e6. Errors at the value's place: wrong type, out of range, not one of the choices.
class OptionReader : public OptionVisitor {
 public:
  explicit OptionReader(const OptionTable& table) : table_(table) {}

  void field(std::string_view, std::int64_t&, Range, std::string_view) override;
  void field(std::string_view, double&, Range, std::string_view) override;
  void field(std::string_view, bool&, std::string_view) override;
  void field(std::string_view, std::string&, std::span<const std::string_view>, std::string_view) override;
  void field(std::string_view, std::vector<std::int64_t>&, Range, std::string_view) override;
  void field(std::string_view, std::vector<double>&, Range, std::string_view) override;
  void field(std::string_view, std::vector<std::string>&, std::span<const std::string_view>,
             std::string_view) override;

  /// Accepts a key that is not a field: a table of its own.
  void allow(std::string_view name) { known_.emplace(name); }

  /// Throws when the table holds a key that no field has taken; names the nearest one.
  void finish() const;

 private:
  template <class T, class... Rule>
  void read(std::string_view name, T& value, bool repeatable, Rule... rule);

  const OptionTable& table_;
  std::set<std::string, std::less<>> known_;
};

/// Fills `options` (anything with a member `visit`) from `table`, which must hold nothing else.
template <class Options>
void read_options(Options& options, const OptionTable& table) {
  OptionReader reader(table);
  options.visit(reader);
  reader.finish();
}

}  // namespace nwedge::study
