#include "nwedge/network/weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nwedge/core/error.hpp"
#include "nwedge/io/safetensors.hpp"
#include "nwedge/network/model.hpp"
#include "nwedge/network/onnx/onnx_model.hpp"
#include "nwedge/network/tensor_matching.hpp"

namespace nwedge::network {
namespace {

/// Weights carry no trace of the activation they were trained with but this one.
void check_activation(const Graph& graph, const io::TensorFile& file, const std::string& place) {
  const auto found = file.metadata.find("activation");
  if (found != file.metadata.end() && found->second != graph.activation)
    throw Error(place,
                fmt::format("the weights were made with activation {}, must be used with it, not with {}",
                            found->second, graph.activation));
}

struct CopyFloats {
  std::span<float> out;
  bool operator()(const std::vector<float>& values) const {
    std::copy(values.begin(), values.end(), out.begin());
    return true;
  }
  bool operator()(const std::vector<double>& values) const {
    std::transform(values.begin(), values.end(), out.begin(), [](double x) { return static_cast<float>(x); });
    return true;
  }
  template <class T>
  bool operator()(const std::vector<T>&) const {
    return false;
  }
};

/// Copies a tensor of the file to its place in the flat vector.
template <class Place>
void take(const Graph& graph, const Place& expected, const io::Tensor& tensor, std::span<float> flat,
          const std::string& place) {
  if (tensor.shape != expected.shape)
    throw Error(place, fmt::format("tensor \"{}\" must have shape {} for model {} on {} images, has {}",
                                   tensor.name, shape_text(expected.shape), graph.model,
                                   fmt::join(graph.input_shape(), "x"), shape_text(tensor.shape)));
  const std::span<float> out =
      flat.subspan(static_cast<std::size_t>(expected.offset), static_cast<std::size_t>(expected.count));
  if (!std::visit(CopyFloats{out}, tensor.values))
    throw Error(place, fmt::format("tensor \"{}\" must hold floating-point numbers", tensor.name));
  const auto bad = std::find_if(out.begin(), out.end(), [](float x) { return !std::isfinite(x); });
  if (bad != out.end())
    throw Error(place, fmt::format("tensor \"{}\" must hold finite numbers, entry {} is {}", tensor.name,
                                   bad - out.begin(), *bad));
}

void add_notes(const Graph& graph, const TensorMatching& matching, const std::string& place, State& state) {
  if (!matching.prefixes.empty())
    state.notes.push_back(
        fmt::format("[{}] names begin with {}: taken off", place, fmt::join(matching.prefixes, ", ")));
  const auto missing = std::find(matching.buffers.begin(), matching.buffers.end(), nullptr);
  if (missing != matching.buffers.end())
    state.notes.push_back(
        fmt::format("[{}] lacks {} of {} buffers, the first is \"{}\": they have their initial values", place,
                    std::count(missing, matching.buffers.end(), nullptr), graph.buffers.size(),
                    graph.buffers[static_cast<std::size_t>(missing - matching.buffers.begin())].name));
}

template <class Place>
void add_pairs(const std::vector<Place>& places, const std::vector<const io::Tensor*>& tensors,
               State& state) {
  for (std::size_t i = 0; i < places.size(); ++i)
    if (tensors[i] != nullptr) state.pairs.emplace_back(places[i].name, tensors[i]->name);
}

template <class Place>
void add_tensors(const std::vector<Place>& places, std::span<const float> flat,
                 std::vector<io::Tensor>& tensors) {
  for (const Place& place : places) {
    const auto begin = flat.begin() + place.offset;
    tensors.push_back({place.name, place.shape, std::vector<float>(begin, begin + place.count)});
  }
}

}  // namespace

/// The numbers of an ONNX file of the same network.
State read_onnx_state(const Graph& graph, const std::filesystem::path& path) {
  OnnxModel model = read_onnx(path, graph.input_shape());
  const auto alike = [](const TensorPlace& a, const TensorPlace& b) {
    return a.name == b.name && a.shape == b.shape;
  };
  if (!std::equal(model.graph.tensors.begin(), model.graph.tensors.end(), graph.tensors.begin(),
                  graph.tensors.end(), alike))
    throw Error(
        path.string(),
        fmt::format("the tensors must be those of model {}, with their names and shapes", graph.model));
  return {
      std::move(model.weights), std::move(model.buffers), {}, {}};  // whoever made the graph said its notes
}

State read_state(const Graph& graph, const std::filesystem::path& path, std::string_view match) {
  const std::string place = path.string();
  if (path.extension() == ".onnx") return read_onnx_state(graph, path);
  const io::TensorFile file = io::read_safetensors(path);
  const bool by_order = match == "order";
  const TensorMatching matching =
      by_order ? match_by_order(graph, file, place) : match_by_names(graph, file, place);
  check_activation(graph, file, place);
  State state;
  state.weights.resize(static_cast<std::size_t>(graph.dimension));
  state.buffers = initial_buffers(graph);
  for (std::size_t i = 0; i < graph.tensors.size(); ++i)
    take(graph, graph.tensors[i], *matching.tensors[i], state.weights, place);
  for (std::size_t i = 0; i < graph.buffers.size(); ++i)
    if (matching.buffers[i] != nullptr)
      take(graph, graph.buffers[i], *matching.buffers[i], state.buffers, place);
  add_notes(graph, matching, place, state);
  if (by_order) {
    state.notes.push_back(
        fmt::format("[{}] {} tensors matched by order, whatever their names", place, graph.tensors.size()));
    add_pairs(graph.tensors, matching.tensors, state);
    add_pairs(graph.buffers, matching.buffers, state);
  }
  return state;
}

void write_state(const Graph& graph, std::span<const float> weights, std::span<const float> buffers,
                 const std::filesystem::path& path, std::map<std::string, std::string> metadata) {
  if (weights.size() != static_cast<std::size_t>(graph.dimension) ||
      (!buffers.empty() && buffers.size() != static_cast<std::size_t>(graph.buffer_size)))
    throw std::logic_error(fmt::format("weights and buffers to write: {} and {} for a network of {} and {}",
                                       weights.size(), buffers.size(), graph.dimension, graph.buffer_size));
  std::vector<io::Tensor> tensors;
  add_tensors(graph.tensors, weights, tensors);
  if (!buffers.empty()) add_tensors(graph.buffers, buffers, tensors);
  metadata["model"] = graph.model;
  metadata["activation"] = graph.activation;
  io::write_safetensors(path, tensors, metadata);
}

}  // namespace nwedge::network
