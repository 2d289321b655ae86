#include "nwedge/cli/weights_metadata.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <map>
#include <utility>
#include <vector>

#include "nwedge/core/error.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/model.hpp"

namespace nwedge::cli {
namespace {

/// The metadata of a file, and its path.
struct Described {
  std::string path;
  std::map<std::string, std::string> metadata;

  /// Empty where the file does not say. Other programs write models of other kinds under the same key.
  std::string value(const std::string& key) const {
    const auto found = metadata.find(key);
    if (found == metadata.end()) return "";
    const bool known = key != "model" || network::names_family(found->second);
    return known ? found->second : "";
  }
};

/// The value of `key` on which all files that have it agree, with the first of them; empty where none has.
std::pair<std::string, std::string> agreed(const std::vector<Described>& files, const std::string& key) {
  std::string value;
  std::string path;
  for (const Described& file : files) {
    const std::string own = file.value(key);
    if (own.empty()) continue;
    if (!value.empty() && own != value)
      throw Error(file.path,
                  fmt::format("the weights were made with {} {}, those in {} with {}: they are not "
                              "points of one landscape",
                              key, own, path, value));
    if (value.empty()) std::tie(value, path) = std::pair(own, file.path);
  }
  return {value, path};
}

/// As if the option had been given; what is wrong with the value is the file's fault.
void give(CLI::Option& option, const std::string& value, const std::string& path) {
  option.add_result(value);
  try {
    option.run_callback();
  } catch (const Error& error) {
    throw Error(path, fmt::format("the metadata cannot be used: {}", error.what()));
  }
}

}  // namespace

std::string take_metadata(CLI::App& command, std::span<const std::string> paths) {
  if (!network::model_file(command.get_option("--model")->as<std::string>()).empty()) return "";
  std::vector<Described> files;
  for (const std::string& path : paths) files.push_back({path, io::read_safetensors(path).metadata});
  std::string assumed;
  for (const std::string key : {"model", "activation"}) {
    CLI::Option& option = *command.get_option("--" + key);
    if (option.count() > 0) continue;
    const auto [value, path] = agreed(files, key);
    if (!value.empty())
      give(option, value, path);
    else
      assumed += fmt::format("{}--{} {}", assumed.empty() ? "" : " and ", key, option.get_default_str());
  }
  if (assumed.empty()) return "";
  return fmt::format("[{}] does not say how it was made: {} assumed; give it if it is another", paths.front(),
                     assumed);
}

}  // namespace nwedge::cli
