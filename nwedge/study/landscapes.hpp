#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nwedge/core/options.hpp"
#include "nwedge/experiment/experiment.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/landscape.hpp"
#include "nwedge/network/data/data_set.hpp"

namespace nwedge::study {

/// Data sets, each loaded once and shared by every landscape that names it. Safe from several threads.
class DataSets {
 public:
  /// Lets `data` in the options name arrays in memory, called and shaped as those of `arrays:FILE`. The name
  /// stands in records, so it should say what is in them, as a digest does.
  void give(std::string name, io::TensorFile arrays);
  std::shared_ptr<const network::DataSet> load(const network::DataOptions& options, std::string_view place);

 private:
  std::mutex mutex_;
  std::map<std::string, io::TensorFile> given_;
  std::map<std::string, std::shared_ptr<const network::DataSet>> loaded_;  // by their options as JSON
};

/// The options of one kind of landscape. A kind is one class and one line of the table in landscapes.cpp.
class LandscapeOptions {
 public:
  virtual ~LandscapeOptions() = default;
  virtual void visit(OptionVisitor& visitor) = 0;
  /// Checks what ranges cannot say; throws `Error(place, …)`.
  virtual void validate(std::string_view place) const = 0;
  virtual std::unique_ptr<LandscapeOptions> clone() const = 0;
  /// Replaces some of the options; an unknown one is an `Error(place, …)`.
  virtual void change(const nlohmann::json& changes, std::string_view place);
  /// The files that the landscape is made from, as far as they are there.
  virtual std::vector<std::filesystem::path> files() const { return {}; }
  virtual std::unique_ptr<Landscape> make(DataSets& data, std::string_view place) const = 0;
};

/// The kinds of landscape that a study may name: "wedge", "network", "command".
std::vector<std::string> landscape_kinds();

/// The kind, in records, of a landscape that a program gave (functions, a restriction) and no options
/// describe: its options are what the program says of it, and a study cannot make it.
inline constexpr const char* kGiven = "given";

/// A kind's options with their defaults; an unknown kind is an `Error(place, …)` with the nearest one.
std::unique_ptr<LandscapeOptions> make_landscape_options(std::string_view kind, std::string_view place);

/// Makes landscapes like the one that `options` describe, with some options replaced. Refers to `data`.
experiment::LandscapeFactory landscape_factory(const LandscapeOptions& options, DataSets& data,
                                               std::string place);

}  // namespace nwedge::study
