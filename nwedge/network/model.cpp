#include "nwedge/network/model.hpp"

#include <algorithm>

#include "nwedge/network/families/family.hpp"

namespace nwedge::network {

Shape example_shape(const DataSet& data) {
  if (data.shape.height == 1 && data.shape.width == 1) return {data.shape.channels};
  return {data.shape.channels, data.shape.height, data.shape.width};
}

std::int64_t output_count(const DataSet& data) {
  return data.target_size > 0 ? data.target_size : data.classes;
}

Model make_model(const ModelOptions& options, const DataSet& data, std::string_view place) {
  return {make_graph(options, example_shape(data), output_count(data), place)};
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
