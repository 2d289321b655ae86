#include "nwedge/wedge/wedge_file.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/io/safetensors.hpp"

namespace nwedge::wedge {
namespace {

/// Fields that the tensors hold: the number of wedges and short directions as shapes, the stiffness as an
/// array.
const std::set<std::string> kHeldByTensors = {"frames", "wedges", "short-directions", "stiffness",
                                              "stiffness-spread"};

/// Sets the fields that the metadata has and gathers the names of all fields.
class MetadataReader final : public OptionVisitor {
 public:
  MetadataReader(const std::map<std::string, std::string>& metadata, std::string_view place)
      : metadata_(metadata), place_(place) {}

  void field(std::string_view name, std::int64_t& value, Range, std::string_view) override {
    read(name, value, "a whole number", [](const auto& json) { return json.is_number_integer(); });
  }
  void field(std::string_view name, double& value, Range, std::string_view) override {
    read(name, value, "a number", [](const auto& json) { return json.is_number(); });
  }
  void field(std::string_view name, bool& value, std::string_view) override {
    read(name, value, "true or false", [](const auto& json) { return json.is_boolean(); });
  }
  void field(std::string_view name, std::string& value, std::span<const std::string_view>,
             std::string_view) override {
    read(name, value, "a text in quotes", [](const auto& json) { return json.is_string(); });
  }
  void field(std::string_view name, std::vector<std::int64_t>& value, Range, std::string_view) override {
    read(name, value, "a list of whole numbers", [](const auto&) { return false; });
  }
  void field(std::string_view name, std::vector<double>& value, Range, std::string_view) override {
    read(name, value, "a list of numbers", [](const auto&) { return false; });
  }
  void field(std::string_view name, std::vector<std::string>& value, std::span<const std::string_view>,
             std::string_view) override {
    read(name, value, "a list of texts", [](const auto&) { return false; });
  }

  void require_no_other_field() const {
    for (const auto& [name, text] : metadata_)
      if (std::find(names_.begin(), names_.end(), name) == names_.end())
        throw Error(place_, fmt::format("the metadata field \"{}\" is not one of a wedge model{}", name,
                                        did_you_mean(name, names_)));
  }

 private:
  template <class Value, class Accepts>
  void read(std::string_view field_name, Value& value, std::string_view kind, Accepts accepts) {
    const std::string name(field_name);
    if (kHeldByTensors.count(name)) return;
    names_.push_back(name);
    const auto found = metadata_.find(name);
    if (found == metadata_.end()) return;
    const nlohmann::json json = nlohmann::json::parse(found->second, nullptr, false);
    if (json.is_discarded() || !accepts(json))
      throw Error(place_,
                  fmt::format("the metadata field \"{}\" must be {}, is {}", name, kind, found->second));
    value = json.get<Value>();
  }

  const std::map<std::string, std::string>& metadata_;
  std::string place_;
  std::vector<std::string> names_;
};

/// Takes the tensor `name` out of the file; false when it is not there.
template <class Value>
bool take(io::TensorFile& file, std::string_view name, std::size_t rank, std::string_view place,
          std::vector<Value>& values, std::vector<std::int64_t>* shape = nullptr) {
  const auto found = std::find_if(file.tensors.begin(), file.tensors.end(),
                                  [&](const io::Tensor& tensor) { return tensor.name == name; });
  if (found == file.tensors.end()) return false;
  auto* held = std::get_if<std::vector<Value>>(&found->values);
  if (held == nullptr || found->shape.size() != rank)
    throw Error(
        place, fmt::format("tensor \"{}\" must have {} axes and be of the type that a wedge model saves, has "
                           "shape [{}]",
                           name, rank, fmt::join(found->shape, ", ")));
  if (shape != nullptr) *shape = found->shape;
  values = std::move(*held);
  file.tensors.erase(found);
  return true;
}

WedgeSet take_geometry(io::TensorFile& file, std::string_view place, std::int64_t dimension) {
  WedgeSet wedges;
  std::vector<std::int64_t> shape;
  const bool axis = take(file, "short_axes", 2, place, wedges.short_axes, &shape);
  const bool random = take(file, "frames", 3, place, wedges.frames, &shape);
  if (axis == random)
    throw Error(place, "must hold either short_axes [K, s] or frames [K, s, D]; make one with nwedge wedges");
  wedges.count = shape[0];
  wedges.short_directions = shape[1];
  wedges.dimension = random ? shape[2] : dimension;
  take(file, "short_centres", 2, place, wedges.short_centres);
  take(file, "long_centres", 2, place, wedges.long_centres);
  take(file, "stiffness", 1, place, wedges.stiffness);
  if (!file.tensors.empty())
    throw Error(place, fmt::format("tensor \"{}\" is not one of a wedge model", file.tensors.front().name));
  return wedges;
}

std::unique_ptr<WedgeModel> model_of(io::TensorFile file, std::string_view place) {
  WedgeOptions options;
  MetadataReader reader(file.metadata, place);
  options.visit(reader);
  reader.require_no_other_field();
  const bool has_dimension = file.metadata.count("dimension") != 0;
  if (!has_dimension && file.find("short_axes") != nullptr)
    throw Error(place, "the metadata field \"dimension\" is missing; a model of axis frames needs it");
  WedgeSet wedges = take_geometry(file, place, options.dimension);
  if (has_dimension && options.dimension != wedges.dimension)
    throw Error(place, fmt::format("the metadata say {} dimensions, the frames have {}", options.dimension,
                                   wedges.dimension));
  wedges.check(place);
  options.dimension = wedges.dimension;
  options.wedges = wedges.count;
  options.short_directions = wedges.short_directions;
  options.frames = wedges.axis() ? "axis" : "random";
  options.validate(place);
  return std::make_unique<WedgeModel>(std::move(options), std::move(wedges));
}

}  // namespace

void save_wedges(const std::filesystem::path& path, const WedgeModel& model) {
  const WedgeSet& wedges = model.geometry();
  std::vector<io::Tensor> tensors;
  if (wedges.axis())
    tensors.push_back({"short_axes", {wedges.count, wedges.short_directions}, wedges.short_axes});
  else
    tensors.push_back({"frames", {wedges.count, wedges.short_directions, wedges.dimension}, wedges.frames});
  if (!wedges.short_centres.empty())
    tensors.push_back({"short_centres", {wedges.count, wedges.short_directions}, wedges.short_centres});
  if (!wedges.long_centres.empty())
    tensors.push_back({"long_centres", {wedges.count, wedges.dimension}, wedges.long_centres});
  if (!wedges.stiffness.empty())
    tensors.push_back({"stiffness", {wedges.short_directions}, wedges.stiffness});
  std::map<std::string, std::string> metadata;
  const nlohmann::json options = to_json_object(model.options());
  for (const auto& [name, value] : options.items())
    if (!kHeldByTensors.count(name)) metadata[name] = value.dump();
  io::write_safetensors(path, tensors, metadata);
}

std::unique_ptr<WedgeModel> parse_wedges(std::span<const std::uint8_t> bytes, std::string_view place) {
  return model_of(io::parse_safetensors(bytes, place), place);
}

std::unique_ptr<WedgeModel> load_wedges(const std::filesystem::path& path) {
  return model_of(io::read_safetensors(path), path.string());
}

}  // namespace nwedge::wedge
