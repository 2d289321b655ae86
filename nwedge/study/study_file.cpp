#include "nwedge/study/study_file.hpp"

#include <fmt/core.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/network/tensor_matching.hpp"
#include "nwedge/study/option_reader.hpp"
#include "nwedge/study/toml_text.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;

std::string place_of(std::string_view file, const toml::node& node) {
  const auto line = node.source().begin.line;
  return line == 0 ? std::string(file) : fmt::format("{}:{}", file, line);
}

json to_json(const toml::node& node, std::string_view file) {
  if (const auto* table = node.as_table()) {
    json object = json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = to_json(value, file);
    return object;
  }
  if (const auto* array = node.as_array()) {
    json list = json::array();
    for (const toml::node& entry : *array) list.push_back(to_json(entry, file));
    return list;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  throw Error(place_of(file, node), "dates and times have no meaning in a study; write a text or a number");
}

/// The keys of a table but those in `apart`.
OptionTable options_of(const toml::table& table, std::string_view file,
                       const std::set<std::string_view>& apart) {
  OptionTable options;
  for (const auto& [key, value] : table)
    if (!apart.contains(key.str()))
      options[std::string(key.str())] = {to_json(value, file), place_of(file, value)};
  return options;
}

const toml::table& as_table(const toml::node& node, std::string_view name, std::string_view file) {
  if (const auto* table = node.as_table()) return *table;
  throw Error(place_of(file, node), fmt::format("{0} must be a table [{0}]", name));
}

void check_name(std::string_view what, const std::string& name, const std::string& place) {
  if (!experiment::is_experiment_name(name))
    throw Error(
        place,
        fmt::format("the name of {} must be 1 to 40 letters, digits, \"-\" or \"_\" (it becomes part of "
                    "file names), is \"{}\"",
                    what, name));
}

std::vector<std::uint64_t> check_seeds(const std::vector<std::int64_t>& seeds, const std::string& place) {
  if (seeds.empty()) throw Error(place, "seeds must name at least one seed, e.g. seeds = [0, 1, 2]");
  return {seeds.begin(), seeds.end()};
}

std::string place_of_key(const OptionTable& table, std::string_view key, const std::string& otherwise) {
  const auto found = table.find(key);
  return found == table.end() ? otherwise : found->second.place;
}

struct TopKeys {
  std::string title;
  std::vector<std::int64_t> seeds = {0};

  void visit(OptionVisitor& visitor) {
    visitor.field("title", title, {}, "heading of the report");
    visitor.field("seeds", seeds, any_seed(), "each landscape is trained once from each");
  }
};

struct ExperimentKeys {
  std::string kind;
  std::string name;
  std::vector<std::string> landscapes;
  std::vector<std::int64_t> seeds;

  void visit(OptionVisitor& visitor) {
    visitor.field("kind", kind, {}, "which experiment");
    visitor.field("name", name, {}, "its name in the study");
    visitor.field("landscapes", landscapes, {}, "the landscapes it runs on");
    visitor.field("seeds", seeds, any_seed(), "the seeds it uses");
  }
};

struct LandscapeKeys {
  std::string kind;
  bool control = false;
  std::vector<std::string> optima;
  std::string match = "names";

  void visit(OptionVisitor& visitor) {
    visitor.field("kind", kind, {}, "which kind of landscape");
    visitor.field("control", control,
                  "a negative control: no evidence for a claim, but a test of its criterion");
    visitor.repeatable().field("optima", optima, {},
                               "safetensors files, one for each seed, instead of a training");
    visitor.field("match", match, network::kMatches, "how the tensors of optima are told apart");
  }
};

/// How optima come about: by training, or from files; then a training only says how experiments go on.
void read_training(const toml::table& table, std::string_view file, LandscapeSpec& spec) {
  const toml::node* training = table.get("training");
  if (!training && spec.optima.empty())
    throw Error(spec.place, fmt::format("landscape {0} needs a table [landscape.{0}.training]", spec.name));
  if (!training) return;
  read_options(spec.training, options_of(as_table(*training, "training", file), file, {}));
  validate_training(spec.training, !spec.optima.empty(), place_of(file, *training));
}

LandscapeSpec read_landscape(const std::string& name, const toml::table& table, std::string_view file) {
  LandscapeSpec spec;
  spec.name = name;
  spec.place = place_of(file, table);
  check_name("a landscape", name, spec.place);
  const OptionTable values = options_of(table, file, {"training"});
  OptionReader reader(values);
  LandscapeKeys keys;
  keys.visit(reader);
  if (keys.kind.empty())
    throw Error(spec.place,
                fmt::format("[landscape.{}] needs kind = \"wedge\", \"network\" or \"command\"", name));
  spec.kind = keys.kind;
  spec.control = keys.control;
  spec.optima = keys.optima;
  spec.match = keys.match;
  const std::string kind_place = place_of_key(values, "kind", spec.place);
  std::shared_ptr<LandscapeOptions> options = make_landscape_options(spec.kind, kind_place);
  if (!spec.optima.empty() && spec.kind != "network")
    throw Error(place_of_key(values, "optima", spec.place), "optima can be given for networks only");
  if (spec.optima.empty() && spec.match != "names")
    throw Error(place_of_key(values, "match", spec.place), "match belongs to optima; leave it out");
  options->visit(reader);
  reader.allow("training");
  reader.finish();
  options->validate(spec.place);
  JsonOptionWriter writer(spec.options = json::object());
  options->visit(writer);
  spec.maker = options;
  read_training(table, file, spec);
  return spec;
}

std::vector<LandscapeSpec> read_landscapes(const toml::table& top, std::string_view file) {
  const toml::node* node = top.get("landscape");
  if (!node) throw Error(file, "a study needs at least one landscape: a table [landscape.NAME]");
  std::vector<std::pair<toml::source_position, LandscapeSpec>> found;  // the parser sorts tables by name
  for (const auto& [key, value] : as_table(*node, "landscape", file)) {
    const std::string name(key.str());
    found.emplace_back(value.source().begin,
                       read_landscape(name, as_table(value, "landscape." + name, file), file));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<LandscapeSpec> specs;
  specs.reserve(found.size());
  for (auto& [position, spec] : found) specs.push_back(std::move(spec));
  if (specs.empty()) throw Error(place_of(file, *node), "a study needs at least one landscape");
  return specs;
}

/// Indices of the landscapes that an experiment names; all when it names none.
std::vector<std::size_t> choose_landscapes(const ExperimentKeys& keys, const Study& study,
                                           const std::string& place) {
  std::vector<std::string> names;
  for (const LandscapeSpec& spec : study.landscapes) names.push_back(spec.name);
  std::vector<std::size_t> chosen;
  for (const std::string& name : keys.landscapes.empty() ? names : keys.landscapes) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw Error(place,
                  fmt::format("this study has no landscape \"{}\"{}", name, did_you_mean(name, names)));
    chosen.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

std::vector<std::uint64_t> choose_seeds(const ExperimentKeys& keys, const Study& study,
                                        const std::string& place) {
  if (keys.seeds.empty()) return study.seeds;
  std::vector<std::uint64_t> seeds = check_seeds(keys.seeds, place);
  const std::set<std::uint64_t> known(study.seeds.begin(), study.seeds.end());
  for (const std::uint64_t seed : seeds)
    if (!known.contains(seed))
      throw Error(place, fmt::format("seed {} must be one of the study's seeds", seed));
  return seeds;
}

/// [experiment.for.LANDSCAPE]: options that replace the experiment's own on one landscape.
std::map<std::string, OptionTable> read_overrides(const toml::table& table, const Study& study,
                                                  const std::vector<std::size_t>& chosen,
                                                  std::string_view file) {
  std::map<std::string, OptionTable> overrides;
  const toml::node* node = table.get("for");
  if (!node) return overrides;
  std::vector<std::string> names;
  names.reserve(chosen.size());
  for (const std::size_t index : chosen) names.push_back(study.landscapes[index].name);
  for (const auto& [key, value] : as_table(*node, "experiment.for", file)) {
    const std::string name(key.str());
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw Error(place_of(file, value), fmt::format("this experiment does not run on a landscape \"{}\"{}",
                                                     name, did_you_mean(name, names)));
    overrides[name] = options_of(as_table(value, "experiment.for." + name, file), file, {});
  }
  return overrides;
}

/// Appends one ExperimentSpec for each landscape it runs on.
void read_experiment(const toml::table& table, std::string_view file, Study& study) {
  const std::string place = place_of(file, table);
  const OptionTable values = options_of(table, file, {"for"});
  ExperimentKeys keys;
  if (!values.contains("kind"))
    throw Error(place, "an experiment needs its kind, e.g. kind = \"straight-line\"");
  {
    OptionReader kind_only(values);
    keys.visit(kind_only);
  }
  if (keys.name.empty()) keys.name = keys.kind;
  const std::string name_place = place_of_key(values, "name", place);
  experiment::make_experiment(keys.kind, place_of_key(values, "kind", place));
  check_name("an experiment", keys.name, name_place);
  for (const ExperimentSpec& other : study.experiments)
    if (other.name == keys.name)
      throw Error(name_place,
                  fmt::format("two experiments have the name \"{}\" (the other: {}); give one a name = "
                              "\"…\" of its own",
                              keys.name, other.place));
  if (keys.name == "train")
    throw Error(name_place, "the name \"train\" belongs to the training of the landscapes");
  const auto chosen = choose_landscapes(keys, study, place_of_key(values, "landscapes", place));
  const auto seeds = choose_seeds(keys, study, place_of_key(values, "seeds", place));
  const auto overrides = read_overrides(table, study, chosen, file);
  for (const std::size_t index : chosen) {
    std::shared_ptr<experiment::Experiment> experiment = experiment::make_experiment(keys.kind, place);
    OptionReader reader(values);
    ExperimentKeys again;
    again.visit(reader);
    experiment->visit(reader);
    reader.allow("for");
    reader.finish();
    const auto found = overrides.find(study.landscapes[index].name);
    if (found != overrides.end()) read_options(*experiment, found->second);
    experiment->validate(place);
    json options = json::object();
    JsonOptionWriter writer(options);
    experiment->visit(writer);
    study.experiments.push_back({keys.name, keys.kind, index, seeds, std::move(options), experiment, place});
  }
}

void read_experiments(const toml::table& top, std::string_view file, Study& study) {
  const toml::node* node = top.get("experiment");
  if (!node) return;
  const toml::array* array = node->as_array();
  if (!array)
    throw Error(place_of(file, *node), "experiments must be written as [[experiment]], each with its kind");
  for (const toml::node& entry : *array) read_experiment(as_table(entry, "experiment", file), file, study);
}

toml::table parse_toml(std::string_view text, std::string_view place) {
  require_shallow_toml(text, place);
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}:{}", place, error.source().begin.line), error.description());
  }
}

}  // namespace

void validate_training(optimize::Options training, bool given_optima, std::string_view place) {
  if (given_optima && training.epochs == 0 && training.steps == 0) training.steps = 1;
  training.validate(place);
}

Study parse_study(std::string_view text, std::string_view place) {
  const toml::table top = parse_toml(text, place);
  const OptionTable values = options_of(top, place, {"landscape", "experiment"});
  OptionReader reader(values);
  TopKeys keys;
  keys.visit(reader);
  reader.allow("landscape");
  reader.allow("experiment");
  reader.finish();
  Study study;
  study.title = keys.title.empty() ? std::filesystem::path(place).stem().string() : keys.title;
  study.seeds = check_seeds(keys.seeds, place_of_key(values, "seeds", std::string(place)));
  study.landscapes = read_landscapes(top, place);
  for (const LandscapeSpec& spec : study.landscapes)
    if (!spec.optima.empty() && spec.optima.size() != study.seeds.size())
      throw Error(spec.place, fmt::format("optima must name one file for each of the {} seeds, names {}",
                                          study.seeds.size(), spec.optima.size()));
  read_experiments(top, place, study);
  return study;
}

Study read_study(const std::filesystem::path& path) {
  return parse_study(io::read_text(path), path.string());
}

}  // namespace nwedge::study
