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

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// Says which tensor is not the network's, and why.
void check_names(const Architecture& architecture, const io::TensorFile& file, const std::string& place) {
  std::vector<std::string> names;
  for (const TensorPlace& tensor : architecture.tensors) names.push_back(tensor.name);
  for (const std::string& name : names)
    if (!file.find(name))
      throw Error(place, fmt::format("tensor \"{}\" of model {} is missing; the file must hold {}", name,
                                     architecture.model, fmt::join(names, " ")));
  for (const io::Tensor& tensor : file.tensors)
    if (std::find(names.begin(), names.end(), tensor.name) == names.end())
      throw Error(place,
                  fmt::format("tensor \"{}\" is not one of model {}; the file must hold {} and nothing else",
                              tensor.name, architecture.model, fmt::join(names, " ")));
}

std::string name_of(Activation activation) { return activation == Activation::tanh ? "tanh" : "relu"; }

/// Weights carry no trace of the activation they were trained with but this one.
void check_activation(const Architecture& architecture, const io::TensorFile& file,
                      const std::string& place) {
  const auto found = file.metadata.find("activation");
  if (found != file.metadata.end() && found->second != name_of(architecture.activation))
    throw Error(place,
                fmt::format("the weights were made with activation {}, must be used with it, not with {}",
                            found->second, name_of(architecture.activation)));
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

std::vector<float> read_weights(const Architecture& architecture, const std::filesystem::path& path) {
  const std::string place = path.string();
  const io::TensorFile file = io::read_safetensors(path);
  check_names(architecture, file, place);
  check_activation(architecture, file, place);
  std::vector<float> weights(static_cast<std::size_t>(architecture.dimension));
  for (const TensorPlace& expected : architecture.tensors) {
    const io::Tensor& tensor = *file.find(expected.name);
    if (tensor.shape != expected.shape)
      throw Error(
          place, fmt::format("tensor \"{}\" must have shape {} for model {} on {}x{}x{} images, has {}",
                             expected.name, shape_text(expected.shape), architecture.model,
                             architecture.input.channels, architecture.input.height, architecture.input.width,
                             shape_text(tensor.shape)));
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

void write_weights(const Architecture& architecture, std::span<const float> weights,
                   const std::filesystem::path& path, std::map<std::string, std::string> metadata) {
  if (weights.size() != static_cast<std::size_t>(architecture.dimension))
    throw std::logic_error(
        fmt::format("weights to write: {} for a network of {}", weights.size(), architecture.dimension));
  std::vector<io::Tensor> tensors;
  for (const TensorPlace& tensor : architecture.tensors) {
    const auto begin = weights.begin() + tensor.offset;
    tensors.push_back({tensor.name, tensor.shape, std::vector<float>(begin, begin + tensor.count)});
  }
  metadata["model"] = architecture.model;
  metadata["activation"] = name_of(architecture.activation);
  io::write_safetensors(path, tensors, metadata);
}

}  // namespace nwedge::network
