#include "nwedge/network/architecture.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/network/graph/builder.hpp"

namespace nwedge::network {
namespace {

constexpr std::int64_t kMaximumWidth = 65536;
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

/// Appends layers; `position` counts the modules of the equivalent nn.Sequential.
class Layers {
 public:
  Layers(const Shape& input, const ModelOptions& options, std::string_view place)
      : builder_(input, std::string(place)), options_(options), value_(builder_.input()) {}

  const Shape& shape() const { return builder_.shape(value_); }
  void flatten() {
    value_ = builder_.add("reshape", "", {value_}, {}, {{"shape", Shape{size_of(shape())}}});
    ++position_;
  }
  void linear(std::int64_t outputs, bool activated) {
    drop();
    weighted("linear", {outputs, shape().back()}, {});
    if (activated) activate();
  }
  void convolution(std::int64_t channels) {
    drop();
    weighted("convolution", {channels, shape()[0], 3, 3},
             {{"padding", std::vector<std::int64_t>{1, 1, 1, 1}}});
    activate();
    value_ = builder_.add("max-pool", "", {value_}, {}, {{"kernel", std::vector<std::int64_t>{2, 2}}});
    ++position_;
  }
  Graph finish(const std::string& model) { return builder_.finish(value_, model, options_.activation); }

 private:
  void drop() {
    if (hidden_ && options_.dropout > 0)
      value_ = builder_.add("dropout", "", {value_}, {}, {{"rate", options_.dropout}});
    hidden_ = true;
  }
  void activate() {
    value_ = builder_.add(options_.activation, "", {value_});
    ++position_;
  }
  void weighted(const char* op, const Shape& shape, Attributes attributes) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(size_of(shape) / shape[0]));
    const Initialisation initial = {Initialisation::Law::uniform, bound};
    const std::string name = fmt::format("{}", position_);
    const TensorId weight = builder_.add_tensor(name + ".weight", shape, Role::weight, initial);
    const TensorId bias = builder_.add_tensor(name + ".bias", {shape[0]}, Role::bias, initial);
    value_ = builder_.add(op, name, {value_}, {weight, bias}, std::move(attributes));
    ++position_;
  }

  GraphBuilder builder_;
  const ModelOptions& options_;
  ValueId value_;
  int position_ = 0;
  bool hidden_ = false;
};

void build_mlp(Layers& layers, const std::vector<std::int64_t>& widths, std::int64_t classes) {
  layers.flatten();
  for (const std::int64_t width : widths) layers.linear(width, true);
  layers.linear(classes, false);
}

void build_cnn(Layers& layers, const std::vector<std::int64_t>& channels, std::int64_t classes,
               std::string_view place) {
  const Shape input = layers.shape();
  for (const std::int64_t count : channels) {
    if (layers.shape()[1] < 2 || layers.shape()[2] < 2)
      throw Error(place, fmt::format("images of {}x{} are too small to be pooled {} times", input[1],
                                     input[2], channels.size()));
    layers.convolution(count);
  }
  layers.flatten();
  layers.linear(classes, false);
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

Graph make_architecture(const ModelOptions& options, const ImageShape& input, std::int64_t classes,
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

  Layers layers({input.channels, input.height, input.width}, options, place);
  if (family == "mlp")
    build_mlp(layers, widths, classes);
  else
    build_cnn(layers, widths, classes, place);
  return layers.finish(fmt::format("{}:{}", family, fmt::join(widths, ",")));
}

std::vector<float> initial_weights(const Graph& graph, std::uint64_t seed) {
  std::vector<float> weights(static_cast<std::size_t>(graph.dimension));
  std::uint64_t factors = 0;
  std::uint64_t others = 0;
  for (const TensorPlace& tensor : graph.tensors) {
    const bool weight = tensor.role == Role::weight;
    RandomStream stream(seed, weight ? "initial weights" : "initial biases", weight ? factors++ : others++);
    for (std::int64_t i = 0; i < tensor.count; ++i) {
      const double bound = tensor.initial.bound;
      const double value =
          tensor.initial.law == Initialisation::Law::uniform ? bound * (2.0 * stream.uniform() - 1.0) : bound;
      weights[static_cast<std::size_t>(tensor.offset + i)] = static_cast<float>(value);
    }
  }
  return weights;
}

std::vector<float> initial_buffers(const Graph& graph) {
  std::vector<float> buffers(static_cast<std::size_t>(graph.buffer_size));
  for (const BufferPlace& buffer : graph.buffers)
    std::fill_n(buffers.begin() + buffer.offset, buffer.count, buffer.initial);
  return buffers;
}

std::vector<ParameterGroup> parameter_groups(const Graph& graph) {
  std::vector<ParameterGroup> groups;
  for (const TensorPlace& tensor : graph.tensors) {
    if (tensor.role != Role::weight) {
      groups.push_back({tensor.offset, tensor.count, true});
      continue;
    }
    const std::int64_t size = tensor.count / tensor.shape[0];
    for (std::int64_t o = 0; o < tensor.shape[0]; ++o)
      groups.push_back({tensor.offset + o * size, size, false});
  }
  return groups;
}

}  // namespace nwedge::network
