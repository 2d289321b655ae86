#include "nwedge/network/model.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "nwedge/core/error.hpp"
#include "nwedge/network/families/family.hpp"
#include "nwedge/network/onnx/onnx_model.hpp"

namespace nwedge::network {

namespace {

ParameterGroup::Kind kind_of(Role role) {
  switch (role) {
    case Role::bias:
      return ParameterGroup::Kind::bias;
    case Role::normalisation:
      return ParameterGroup::Kind::normalisation;
    case Role::embedding:
      return ParameterGroup::Kind::embedding;
    case Role::weight:
      break;
  }
  return ParameterGroup::Kind::weight;
}

/// A group for each output where the outputs are the first or the last axis of a weight, else one for all.
void add_groups(const TensorPlace& tensor, std::vector<ParameterGroup>& groups) {
  const auto axis = static_cast<std::size_t>(tensor.output_axis);
  const bool first = axis == 0;
  const bool last = axis + 1 == tensor.shape.size();
  if (tensor.role != Role::weight || !(first || last)) {
    groups.push_back({tensor.offset, tensor.count, kind_of(tensor.role)});
    return;
  }
  const std::int64_t outputs = tensor.shape[axis];
  const std::int64_t size = tensor.count / outputs;
  for (std::int64_t o = 0; o < outputs; ++o)
    groups.push_back(
        {tensor.offset + (first ? o * size : o), size, ParameterGroup::Kind::weight, first ? 1 : outputs});
}

}  // namespace

Shape example_shape(const DataSet& data) {
  if (data.shape.height == 1 && data.shape.width == 1) return {data.shape.channels};
  return {data.shape.channels, data.shape.height, data.shape.width};
}

std::string model_file(std::string_view model) {
  constexpr std::string_view kPrefix = "onnx:";
  return model.starts_with(kPrefix) ? std::string(model.substr(kPrefix.size())) : "";
}

std::vector<std::filesystem::path> model_files(const ModelOptions& options) {
  const std::string file = model_file(options.model);
  if (file.empty()) return {};
  std::vector<std::filesystem::path> files = {file};
  if (std::filesystem::exists(file + ".data")) files.emplace_back(file + ".data");
  return files;
}

Model make_model(const ModelOptions& options, const DataSet& data, std::string_view place,
                 const LossOptions& loss) {
  const std::int64_t outputs = make_loss(loss, data, place)->outputs();
  const std::string file = model_file(options.model);
  if (file.empty()) return {make_graph(options, example_shape(data), outputs, place)};
  const ModelOptions plain;
  if (options.activation != plain.activation || options.dropout != plain.dropout ||
      options.bias != plain.bias)
    throw Error(place,
                fmt::format("activation, dropout and bias are those of {}; leave the options out", file));
  OnnxModel read = read_onnx(file, example_shape(data));
  if (read.graph.outputs() != outputs)
    throw Error(file, fmt::format("the network must have {} outputs for {}, has {}", outputs, data.name,
                                  read.graph.outputs()));
  return {std::move(read.graph), std::move(read.buffers), std::move(read.notes)};
}

std::vector<float> initial_buffers(const Graph& graph) {
  std::vector<float> buffers(static_cast<std::size_t>(graph.buffer_size));
  for (const BufferPlace& buffer : graph.buffers)
    std::fill_n(buffers.begin() + buffer.offset, buffer.count, buffer.initial);
  return buffers;
}

std::vector<ParameterGroup> parameter_groups(const Graph& graph) {
  std::vector<ParameterGroup> groups;
  for (const TensorPlace& tensor : graph.tensors) add_groups(tensor, groups);
  return groups;
}

}  // namespace nwedge::network
