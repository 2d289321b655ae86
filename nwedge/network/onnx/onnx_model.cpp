#include "nwedge/network/onnx/onnx_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"
#include "nwedge/network/onnx/document.hpp"
#include "nwedge/network/onnx/ports.hpp"
#include "nwedge/network/onnx/translation.hpp"

namespace nwedge::network {
namespace {

/// The value that the loss sees: one row of an example.
ValueId output_row(onnx::Translation& t, const std::string& place) {
  const onnx::Flow output = t.flows().leading(t.output(), place);
  const Shape& shape = t.builder().shape(output.id);
  if (shape.size() == 1) return output.id;
  return t.builder().add("reshape", "", {output.id}, {}, {{"shape", Shape{size_of(shape)}}});
}

void note_choices(const Graph& graph, std::vector<std::string>& notes) {
  std::map<TensorId, int> uses;
  for (const Node& node : graph.nodes)
    for (const TensorId tensor : node.weights)
      if (tensor != kAbsent) ++uses[tensor];
  for (const auto& [tensor, count] : uses) {
    const TensorPlace& place = graph.tensors[static_cast<std::size_t>(tensor)];
    if (count > 1)
      notes.push_back(
          fmt::format("\"{}\" {} is shared by {} nodes (an exporter merges tensors that are equal)",
                      place.name, shape_text(place.shape), count));
    if (place.role == Role::embedding)
      notes.push_back(
          fmt::format("\"{}\" {} is a weight that is used as a value; if it is not learnt, give the file "
                      "a Constant node instead",
                      place.name, shape_text(place.shape)));
  }
}

OnnxModel translate(const onnx::Document& document, const std::string& place, const Shape& input) {
  onnx::Translation translation(document, place, input);
  onnx::network_output(document, place);
  translation.run();
  OnnxModel model;
  const ValueId row = output_row(translation, place);
  model.graph = translation.builder().finish(row, "onnx:" + place);
  const auto takes_input = [](const Node& node) {
    return std::find(node.inputs.begin(), node.inputs.end(), 0) != node.inputs.end();
  };
  if (std::none_of(model.graph.nodes.begin(), model.graph.nodes.end(), takes_input))
    throw Error(place, "the output must depend on the input");
  model.weights = translation.weights(model.graph);
  model.buffers = translation.buffers(model.graph);
  model.notes = translation.notes();
  note_choices(model.graph, model.notes);
  return model;
}

}  // namespace

OnnxModel read_onnx(const std::filesystem::path& path, const Shape& input) {
  return parse_onnx(io::read_bytes(path), path.string(), path.parent_path(), input);
}

OnnxModel parse_onnx(std::span<const std::uint8_t> bytes, std::string_view place,
                     const std::filesystem::path& folder, const Shape& input) {
  const std::string name(place);
  return translate(onnx::parse_document(bytes, name, folder), name, input);
}

}  // namespace nwedge::network
