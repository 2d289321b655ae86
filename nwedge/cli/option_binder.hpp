#pragma once
#include <CLI/App.hpp>
#include <cstdint>
#include <string>

#include "nwedge/core/options.hpp"

namespace nwedge::cli {

/// Adds every field of an options struct to a command as `--name`; a yes/no field also as `--no-name`. The
/// value before parsing is the default shown by --help; a value out of its range or choices is an `Error`
/// that names the option. Lists are given with commas or by repeating the option. The struct must outlive the
/// parse.
class OptionBinder : public OptionVisitor {
 public:
  /// `group`: the heading of these options in --help; `prefix` goes before every name ("train-":
  /// --train-steps).
  OptionBinder(CLI::App& command, std::string group, std::string prefix = "")
      : command_(command), group_(std::move(group)), prefix_(std::move(prefix)) {}

  void field(std::string_view, std::int64_t&, Range, std::string_view) override;
  void field(std::string_view, double&, Range, std::string_view) override;
  void field(std::string_view, bool&, std::string_view) override;
  void field(std::string_view, std::string&, std::span<const std::string_view>, std::string_view) override;
  void field(std::string_view, std::vector<std::int64_t>&, Range, std::string_view) override;
  void field(std::string_view, std::vector<double>&, Range, std::string_view) override;
  void field(std::string_view, std::vector<std::string>&, std::span<const std::string_view>,
             std::string_view) override;

 private:
  CLI::App& command_;
  std::string group_;
  std::string prefix_;
};

/// --seed of a command.
struct SeedOption {
  std::string meaning;
  std::int64_t seed = 0;

  void visit(OptionVisitor& visitor) { visitor.field("seed", seed, any_seed(), meaning); }
};

/// Adds the fields of `options` to `command`; `options` must outlive the parse.
template <class Options>
void bind_options(CLI::App& command, const std::string& group, Options& options,
                  const std::string& prefix = "") {
  OptionBinder binder(command, group, prefix);
  options.visit(binder);
}

}  // namespace nwedge::cli
