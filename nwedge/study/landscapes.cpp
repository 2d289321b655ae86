#include "nwedge/study/landscapes.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <functional>
#include <iomanip>
#include <sstream>
#include <utility>

#include "nwedge/command_landscape.hpp"
#include "nwedge/core/error.hpp"
#include "nwedge/network/network.hpp"
#include "nwedge/study/option_reader.hpp"
#include "nwedge/wedge/wedge_model.hpp"

namespace nwedge::study {
namespace {

class WedgeLandscape final : public LandscapeOptions {
 public:
  void visit(OptionVisitor& visitor) override { options_.visit(visitor); }
  void validate(std::string_view place) const override { options_.validate(place); }
  std::unique_ptr<LandscapeOptions> clone() const override { return std::make_unique<WedgeLandscape>(*this); }
  std::unique_ptr<Landscape> make(DataSets&, std::string_view) const override {
    return std::make_unique<wedge::WedgeModel>(options_);
  }

 private:
  wedge::WedgeOptions options_;
};

class NetworkLandscape final : public LandscapeOptions {
 public:
  void visit(OptionVisitor& visitor) override {
    data_.visit(visitor);
    model_.visit(visitor);
    network_.visit(visitor);
  }
  void validate(std::string_view place) const override {
    network_.loss.validate(place);
  }  // more depends on the data: see make
  std::unique_ptr<LandscapeOptions> clone() const override {
    return std::make_unique<NetworkLandscape>(*this);
  }
  std::vector<std::filesystem::path> files() const override {
    std::vector<std::filesystem::path> files = network::data_files(data_);
    for (std::filesystem::path& file : network::model_files(model_)) files.push_back(std::move(file));
    return files;
  }
  std::unique_ptr<Landscape> make(DataSets& data_sets, std::string_view place) const override {
    std::shared_ptr<const network::DataSet> data = data_sets.load(data_, place);
    network::Model model = network::make_model(model_, *data, place, network_.loss);
    return std::make_unique<network::Network>(std::move(data), std::move(model), network_);
  }

 private:
  network::DataOptions data_;
  network::ModelOptions model_;
  network::NetworkOptions network_;
};

/// The words of a command that are files: the program, a script.
std::vector<std::filesystem::path> files_in(const std::string& command) {
  std::vector<std::filesystem::path> files;
  std::istringstream words(command);
  std::error_code code;
  for (std::string word; words >> std::quoted(word);)
    if (std::filesystem::is_regular_file(word, code)) files.emplace_back(word);
  return files;
}

class OtherProgramLandscape final : public LandscapeOptions {
 public:
  void visit(OptionVisitor& visitor) override { options_.visit(visitor); }
  void validate(std::string_view place) const override { options_.validate(place); }
  std::unique_ptr<LandscapeOptions> clone() const override {
    return std::make_unique<OtherProgramLandscape>(*this);
  }
  void change(const nlohmann::json& changes, std::string_view place) override {
    nlohmann::json options = changes;
    for (const auto& [key, count] :
         {std::pair{"train-examples", &train_examples_}, {"test-examples", &test_examples_}}) {
      *count = options.value(key, *count);
      options.erase(key);
    }
    LandscapeOptions::change(options, place);
  }
  std::vector<std::filesystem::path> files() const override { return files_in(options_.command); }
  std::unique_ptr<Landscape> make(DataSets&, std::string_view) const override {
    return std::make_unique<CommandLandscape>(options_, train_examples_, test_examples_);
  }

 private:
  CommandOptions options_;
  std::int64_t train_examples_ = 0;  // 0: all
  std::int64_t test_examples_ = 0;
};

using Maker = std::function<std::unique_ptr<LandscapeOptions>()>;

const std::vector<std::pair<std::string, Maker>>& kinds() {
  static const std::vector<std::pair<std::string, Maker>> all = {
      {"wedge", [] { return std::make_unique<WedgeLandscape>(); }},
      {"network", [] { return std::make_unique<NetworkLandscape>(); }},
      {"command", [] { return std::make_unique<OtherProgramLandscape>(); }},
  };
  return all;
}

}  // namespace

void LandscapeOptions::change(const nlohmann::json& changes, std::string_view place) {
  const OptionTable table = option_table(changes, std::string(place));
  read_options(*this, table);
}

void DataSets::give(std::string name, io::TensorFile arrays) {
  const std::lock_guard lock(mutex_);
  given_.insert_or_assign(std::move(name), std::move(arrays));
}

std::shared_ptr<const network::DataSet> DataSets::load(const network::DataOptions& options,
                                                       std::string_view place) {
  const std::string key =
      to_json_object(options).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const network::DataSet>& loaded = loaded_[key];
  if (loaded) return loaded;
  const auto given = given_.find(options.data);
  return loaded = std::make_shared<const network::DataSet>(
             given == given_.end() ? network::load_data(options, place)
                                   : network::load_data(options, given->second, place));
}

std::vector<std::string> landscape_kinds() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : kinds()) names.push_back(name);
  return names;
}

std::unique_ptr<LandscapeOptions> make_landscape_options(std::string_view kind, std::string_view place) {
  for (const auto& [known, maker] : kinds())
    if (known == kind) return maker();
  const std::vector<std::string> names = landscape_kinds();
  throw Error(place, fmt::format("the kind of a landscape must be one of {}, is \"{}\"{}",
                                 fmt::join(names, ", "), kind, did_you_mean(kind, names)));
}

experiment::LandscapeFactory landscape_factory(const LandscapeOptions& options, DataSets& data,
                                               std::string place) {
  const std::shared_ptr<const LandscapeOptions> base = options.clone();
  return [base, &data, place = std::move(place)](const nlohmann::json& changes) {
    const std::unique_ptr<LandscapeOptions> changed = base->clone();
    changed->change(changes, place);
    changed->validate(place);
    return changed->make(data, place);
  };
}

}  // namespace nwedge::study
