#include "nwedge/network/model.hpp"

#include <algorithm>

#include "nwedge/network/families/family.hpp"

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

Model make_model(const ModelOptions& options, const DataSet& data, std::string_view place, const LossOptions& loss) {
  return {make_graph(options, example_shape(data), make_loss(loss, data, place)->outputs(), place)};
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
