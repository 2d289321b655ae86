#include "nwedge/network/architecture.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kMaximumWidth = 65536;
constexpr std::int64_t kMaximumDimension = std::int64_t{1} << 31;  // 8 GiB of weights
constexpr std::array<std::string_view, 2> kActivations = {"relu", "tanh"};

std::vector<std::int64_t> parse_widths(std::string_view text, std::string_view model,
                                       std::string_view place) {
  std::vector<std::int64_t> widths;
  while (true) {
    const std::string_view word = text.substr(0, text.find(','));
    std::int64_t width = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), width);
    if (error != std::errc() || end != word.data() + word.size() || width < 1 || width > kMaximumWidth)
      throw Error(place, fmt::format("model \"{}\": a width must be a whole number from 1 to {}, is \"{}\"",
                                     model, kMaximumWidth, word));
    widths.push_back(width);
    if (word.size() == text.size()) return widths;
    text.remove_prefix(word.size() + 1);
  }
}

/// Appends layers, their tensors and names; `position` counts the modules of the equivalent nn.Sequential.
class Builder {
 public:
  Builder(Architecture& architecture) : architecture_(architecture), values_(architecture.input) {}

  void flatten() { ++position_; }

  void linear(std::int64_t outputs, bool activated) {
    add({LayerKind::linear, values_, {outputs, 1, 1}, activated, false}, {outputs, values_.size()});
  }

  void convolution(std::int64_t channels) {
    add({LayerKind::convolution, values_, {channels, values_.height, values_.width}, true, true},
        {channels, values_.channels, 3, 3});
  }

  const ImageShape& values() const { return values_; }

 private:
  void add(Layer layer, std::vector<std::int64_t> weight_shape) {
    layer.dropped = !architecture_.layers.empty();
    layer.weight_offset = add_tensor("weight", std::move(weight_shape));
    layer.bias_offset = add_tensor("bias", {layer.output.channels});
    position_ += 1 + (layer.activated ? 1 : 0) + (layer.pooled ? 1 : 0);
    values_ = layer.result();
    architecture_.layers.push_back(layer);
  }

  std::int64_t add_tensor(std::string_view kind, std::vector<std::int64_t> shape) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    const std::int64_t offset = architecture_.dimension;
    architecture_.tensors.push_back({fmt::format("{}.{}", position_, kind), std::move(shape), offset, count});
    architecture_.dimension += count;
    return offset;
  }

  Architecture& architecture_;
  ImageShape values_;
  int position_ = 0;
};

void build_mlp(Builder& builder, const std::vector<std::int64_t>& widths, std::int64_t classes) {
  builder.flatten();
  for (const std::int64_t width : widths) builder.linear(width, true);
  builder.linear(classes, false);
}

void build_cnn(Builder& builder, const std::vector<std::int64_t>& channels, std::int64_t classes,
               std::string_view place) {
  const ImageShape input = builder.values();
  for (const std::int64_t count : channels) {
    if (builder.values().height < 2 || builder.values().width < 2)
      throw Error(place, fmt::format("images of {}x{} are too small to be pooled {} times", input.height,
                                     input.width, channels.size()));
    builder.convolution(count);
  }
  builder.flatten();
  builder.linear(classes, false);
}

}  // namespace

void ModelOptions::visit_function(OptionVisitor& visitor) {
  visitor.field("model", model, {},
                "network: mlp:W1,W2,… (hidden widths) or cnn:C1,C2,… (channels); mlp is "
                "mlp:100,100, cnn is cnn:16,32,32");
  visitor.field("activation", activation, kActivations, "activation of the hidden layers");
}

void ModelOptions::visit(OptionVisitor& visitor) {
  visit_function(visitor);
  visitor.field("dropout", dropout, between(0, 0.95), "share of hidden values dropped in training batches");
}

Architecture make_architecture(const ModelOptions& options, const ImageShape& input, std::int64_t classes,
                               std::string_view place) {
  check_options(place, options);
  if (classes < 2)
    throw Error(place, fmt::format("a network needs at least 2 classes, the data has {}", classes));
  const std::string_view text = options.model;
  const std::size_t colon = text.find(':');
  const std::string_view family = text.substr(0, colon);
  if (family != "mlp" && family != "cnn") {
    const std::vector<std::string> known = {"mlp", "cnn"};
    throw Error(place, fmt::format("unknown model \"{}\"; models: mlp:W1,W2,… and cnn:C1,C2,…{}", text,
                                   did_you_mean(family, known)));
  }
  const std::string_view defaults = family == "mlp" ? "100,100" : "16,32,32";
  const std::vector<std::int64_t> widths =
      parse_widths(colon == std::string_view::npos ? defaults : text.substr(colon + 1), text, place);

  Architecture architecture;
  architecture.model = fmt::format("{}:{}", family, fmt::join(widths, ","));
  architecture.activation = options.activation == "tanh" ? Activation::tanh : Activation::relu;
  architecture.dropout = options.dropout;
  architecture.input = input;
  architecture.classes = classes;
  Builder builder(architecture);
  if (family == "mlp")
    build_mlp(builder, widths, classes);
  else
    build_cnn(builder, widths, classes, place);
  if (architecture.dimension > kMaximumDimension)
    throw Error(place, fmt::format("model \"{}\" has {} weights, must have at most {}", text,
                                   architecture.dimension, kMaximumDimension));
  return architecture;
}

std::vector<float> initial_weights(const Architecture& architecture, std::uint64_t seed) {
  std::vector<float> weights(static_cast<std::size_t>(architecture.dimension));
  for (std::size_t l = 0; l < architecture.layers.size(); ++l) {
    const Layer& layer = architecture.layers[l];
    const double bound = 1.0 / std::sqrt(static_cast<double>(layer.fan_in()));
    const auto fill = [&](std::int64_t offset, std::int64_t count, std::string_view purpose) {
      RandomStream stream(seed, purpose, l);
      for (std::int64_t i = 0; i < count; ++i)
        weights[static_cast<std::size_t>(offset + i)] =
            static_cast<float>(bound * (2.0 * stream.uniform() - 1.0));
    };
    fill(layer.weight_offset, layer.weight_count(), "initial weights");
    fill(layer.bias_offset, layer.output.channels, "initial biases");
  }
  return weights;
}

std::vector<ParameterGroup> parameter_groups(const Architecture& architecture) {
  std::vector<ParameterGroup> groups;
  for (const Layer& layer : architecture.layers) {
    for (std::int64_t o = 0; o < layer.output.channels; ++o)
      groups.push_back({layer.weight_offset + o * layer.fan_in(), layer.fan_in(), false});
    groups.push_back({layer.bias_offset, layer.output.channels, true});
  }
  return groups;
}

}  // namespace nwedge::network
