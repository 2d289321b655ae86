#include <fmt/core.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "nwedge/cli/command.hpp"
#include "nwedge/cli/commands.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/optimize/options.hpp"
#include "nwedge/study/landscapes.hpp"

namespace nwedge::cli {
namespace {

using nlohmann::json;

/// One option as tables and JSON show it.
struct OptionRow {
  std::string name;
  json initial;
  std::string values;  ///< what it may be
  std::string meaning;
};

/// Gathers the fields of an options struct.
class OptionLister final : public OptionVisitor {
 public:
  void field(std::string_view name, std::int64_t& value, Range range, std::string_view meaning) override {
    add(name, value, "whole number", range, meaning);
  }
  void field(std::string_view name, double& value, Range range, std::string_view meaning) override {
    add(name, value, "number", range, meaning);
  }
  void field(std::string_view name, bool& value, std::string_view meaning) override {
    rows.push_back({std::string(name), value, "true or false", std::string(meaning)});
  }
  void field(std::string_view name, std::string& value, std::span<const std::string_view> choices,
             std::string_view meaning) override {
    rows.push_back(
        {std::string(name), value, choices.empty() ? "text" : one_of(choices), std::string(meaning)});
  }
  void field(std::string_view name, std::vector<std::int64_t>& value, Range range,
             std::string_view meaning) override {
    add(name, value, "list of whole numbers", range, meaning);
  }
  void field(std::string_view name, std::vector<double>& value, Range range,
             std::string_view meaning) override {
    add(name, value, "list of numbers", range, meaning);
  }
  void field(std::string_view name, std::vector<std::string>& value,
             std::span<const std::string_view> choices, std::string_view meaning) override {
    rows.push_back({std::string(name), value,
                    choices.empty() ? "list of texts" : "list of " + one_of(choices), std::string(meaning)});
  }

  std::vector<OptionRow> rows;

 private:
  static std::string one_of(std::span<const std::string_view> choices) {
    std::vector<std::string> words;
    for (const std::string_view choice : choices) words.push_back(fmt::format("\"{}\"", choice));
    return fmt::format("{}", fmt::join(words, ", "));
  }
  void add(std::string_view name, json value, const std::string& type, Range range,
           std::string_view meaning) {
    const std::string rule = range.text();
    rows.push_back({std::string(name), std::move(value), rule == "any number" ? type : type + ", " + rule,
                    std::string(meaning)});
  }
};

template <class Options>
std::vector<OptionRow> rows_of(Options& options) {
  OptionLister lister;
  options.visit(lister);
  return lister.rows;
}

/// A table of a study file and its keys.
struct OptionGroup {
  std::string key;    ///< "landscape wedge", "training", "experiment section"
  std::string title;  ///< how a study file begins such a table
  std::vector<OptionRow> rows;
};

std::vector<OptionGroup> all_groups() {
  std::vector<OptionGroup> groups;
  for (const std::string& kind : study::landscape_kinds())
    groups.push_back({kind, fmt::format("`[landscape.NAME]` with `kind = \"{}\"`", kind),
                      rows_of(*study::make_landscape_options(kind, "options"))});
  optimize::Options training;
  groups.push_back({"training", "`[landscape.NAME.training]`", rows_of(training)});
  for (const std::string& name : experiment::experiment_names()) {
    const auto experiment = experiment::make_experiment(name, "options");
    groups.push_back({name,
                      fmt::format("`[[experiment]]` with `kind = \"{}\"` ({})", name, experiment->title()),
                      rows_of(*experiment)});
  }
  return groups;
}

/// A cell of a Markdown table cannot hold a bar.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
    text.insert(at, "\\");
  return text;
}

void print_markdown(const std::vector<OptionGroup>& groups) {
  for (const OptionGroup& group : groups) {
    fmt::print("### {}\n\n", group.title);
    if (group.rows.empty()) fmt::print("No options.\n\n");
    if (group.rows.empty()) continue;
    fmt::print("| key | default | values | meaning |\n|---|---|---|---|\n");
    for (const OptionRow& row : group.rows)
      fmt::print("| `{}` | `{}` | {} | {} |\n", row.name, row.initial.dump(), cell(row.values),
                 cell(row.meaning));
    fmt::print("\n");
  }
}

json to_json(const std::vector<OptionGroup>& groups) {
  json document = json::object();
  for (const OptionGroup& group : groups) {
    document[group.key] = json::array();
    for (const OptionRow& row : group.rows)
      document[group.key].push_back(
          {{"name", row.name}, {"default", row.initial}, {"values", row.values}, {"meaning", row.meaning}});
  }
  return document;
}

/// The groups called `key`; all when it is empty.
std::vector<OptionGroup> choose(const std::string& key) {
  std::vector<OptionGroup> groups = all_groups();
  if (key.empty()) return groups;
  std::vector<std::string> keys;
  for (const OptionGroup& group : groups) {
    if (group.key == key) return {group};
    keys.push_back(group.key);
  }
  throw Error("nwedge options", fmt::format("nothing is called \"{}\"{}; there are {}", key,
                                            did_you_mean(key, keys), fmt::join(keys, ", ")));
}

}  // namespace

void add_options_command(CLI::App& program) {
  CLI::App& command = add_command(program, "options", "List the options that study files may set, as tables.",
                                  "nwedge options training");
  const auto key = std::make_shared<std::string>();
  const auto as_json = std::make_shared<bool>(false);
  command.add_option("NAME", *key, "a kind of landscape, \"training\", or an experiment (default: all)");
  command.add_flag("--json", *as_json, "print JSON");
  command.callback([key, as_json] {
    const std::vector<OptionGroup> groups = choose(*key);
    if (*as_json)
      print_json(to_json(groups));
    else
      print_markdown(groups);
  });
}

}  // namespace nwedge::cli
