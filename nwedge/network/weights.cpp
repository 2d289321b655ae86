#include "nwedge/network/weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nwedge/core/error.hpp"
#include "nwedge/io/safetensors.hpp"

namespace nwedge::network {
namespace {

/// The first few names, and how many more there are.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  if (names.empty()) return "no tensor";
  const std::size_t shown = std::min(names.size(), kShown);
  const std::string more = names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : "";
  return fmt::format("{}{}",
                     fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), " "), more);
}

std::vector<std::string> names_in(const Graph& graph) {
  std::vector<std::string> names;
  for (const TensorPlace& tensor : graph.tensors) names.push_back(tensor.name);
  return names;
}

std::vector<std::string> names_in(const io::TensorFile& file) {
  std::vector<std::string> names;
  for (const io::Tensor& tensor : file.tensors) names.push_back(tensor.name);
  return names;
}

/// What every name of the network has before it in the file, as wrappers of modules add: "module.",
/// "_orig_mod."; empty where there is no such thing.
std::string prefix_in(const io::TensorFile& file, const std::vector<std::string>& names) {
  for (const io::Tensor& tensor : file.tensors) {
    if (!tensor.name.ends_with("." + names.front())) continue;
    const std::string prefix = tensor.name.substr(0, tensor.name.size() - names.front().size());
    const auto held = [&](const std::string& name) { return file.find(prefix + name) != nullptr; };
    if (std::all_of(names.begin(), names.end(), held)) return prefix;
  }
  return "";
}

/// The network's tensors lie in the file under longer names: how Python takes off what is before them.
[[noreturn]] void refuse_prefix(const std::string& prefix, const std::string& place) {
  throw Error(place,
              fmt::format("the names must not begin with \"{0}\", as a wrapper of the network made them; in "
                          "Python: from safetensors.torch import *; save_file({{k[{1}:]: v for k, v in "
                          "load_file('IN').items() if k.startswith('{0}')}}, 'OUT')",
                          prefix, prefix.size()));
}

/// Says which tensor is not the network's, and why.
void check_names(const Graph& graph, const io::TensorFile& file, const std::string& place) {
  const std::vector<std::string> names = names_in(graph);
  const auto missing =
      std::find_if(names.begin(), names.end(), [&](const std::string& name) { return !file.find(name); });
  if (missing != names.end()) {
    const std::string prefix = prefix_in(file, names);
    if (!prefix.empty()) refuse_prefix(prefix, place);
    throw Error(place, fmt::format("tensor \"{}\" of model {} is missing: it needs {}, the file holds {}; "
                                   "name the tensors as in the equivalent nn.Sequential, or choose --model",
                                   *missing, graph.model, listed(names), listed(names_in(file))));
  }
  for (const io::Tensor& tensor : file.tensors)
    if (std::find(names.begin(), names.end(), tensor.name) == names.end())
      throw Error(place,
                  fmt::format("tensor \"{}\" is not one of model {}; the file must hold {} and nothing else",
                              tensor.name, graph.model, listed(names)));
}

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

}  // namespace

std::vector<float> read_weights(const Graph& graph, const std::filesystem::path& path) {
  const std::string place = path.string();
  const io::TensorFile file = io::read_safetensors(path);
  check_names(graph, file, place);
  check_activation(graph, file, place);
  std::vector<float> weights(static_cast<std::size_t>(graph.dimension));
  for (const TensorPlace& expected : graph.tensors) {
    const io::Tensor& tensor = *file.find(expected.name);
    if (tensor.shape != expected.shape)
      throw Error(place, fmt::format("tensor \"{}\" must have shape {} for model {} on {} images, has {}",
                                     expected.name, shape_text(expected.shape), graph.model,
                                     fmt::join(graph.input_shape(), "x"), shape_text(tensor.shape)));
    const std::span<float> out = std::span(weights).subspan(static_cast<std::size_t>(expected.offset),
                                                            static_cast<std::size_t>(expected.count));
    if (!std::visit(CopyFloats{out}, tensor.values))
      throw Error(place, fmt::format("tensor \"{}\" must hold floating-point numbers", expected.name));
    const auto bad = std::find_if(out.begin(), out.end(), [](float x) { return !std::isfinite(x); });
    if (bad != out.end())
      throw Error(place, fmt::format("tensor \"{}\" must hold finite numbers, entry {} is {}", expected.name,
                                     bad - out.begin(), *bad));
  }
  return weights;
}

void write_weights(const Graph& graph, std::span<const float> weights, const std::filesystem::path& path,
                   std::map<std::string, std::string> metadata) {
  if (weights.size() != static_cast<std::size_t>(graph.dimension))
    throw std::logic_error(
        fmt::format("weights to write: {} for a network of {}", weights.size(), graph.dimension));
  std::vector<io::Tensor> tensors;
  for (const TensorPlace& tensor : graph.tensors) {
    const auto begin = weights.begin() + tensor.offset;
    tensors.push_back({tensor.name, tensor.shape, std::vector<float>(begin, begin + tensor.count)});
  }
  metadata["model"] = graph.model;
  metadata["activation"] = graph.activation;
  io::write_safetensors(path, tensors, metadata);
}

}  // namespace nwedge::network
