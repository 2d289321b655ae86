#include "nwedge/network/onnx/document.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <limits>
#include <utility>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/elements.hpp"
#include "nwedge/network/onnx/external_data.hpp"

namespace nwedge::network::onnx {
namespace {

using TensorProto = ::onnx::TensorProto;
using AttributeProto = ::onnx::AttributeProto;

constexpr int kMostNodes = 100'000;
constexpr std::int64_t kFirstOpset = 11;
constexpr std::int64_t kLastOpset = 21;

/// Makes a `Document` of the file's messages.
class Reader {
 public:
  Reader(const std::string& place, const std::filesystem::path& folder) : place_(place), folder_(folder) {}

  Document read(const ::onnx::ModelProto& model) const {
    Document document;
    document.opset = opset_of(model);
    const ::onnx::GraphProto& graph = model.graph();
    if (graph.node_size() < 1 || graph.node_size() > kMostNodes)
      throw Error(place_, fmt::format("a network has 1 to {} nodes, has {}", kMostNodes, graph.node_size()));
    if (graph.sparse_initializer_size() > 0)
      throw Error(place_, "sparse initialisers are not read; export them dense");
    for (const TensorProto& tensor : graph.initializer())
      document.initialisers[tensor.name()] = array_of(tensor, tensor.name());
    for (const ::onnx::NodeProto& node : graph.node()) document.steps.push_back(step_of(node));
    for (const ::onnx::ValueInfoProto& input : graph.input())
      if (!document.initialisers.contains(input.name())) document.inputs.push_back(port_of(input));
    for (const ::onnx::ValueInfoProto& output : graph.output()) document.outputs.push_back(port_of(output));
    return document;
  }

 private:
  std::int64_t opset_of(const ::onnx::ModelProto& model) const {
    for (const ::onnx::OperatorSetIdProto& set : model.opset_import()) {
      if (!set.domain().empty() && set.domain() != "ai.onnx") continue;
      if (set.version() < kFirstOpset || set.version() > kLastOpset)
        throw Error(place_, fmt::format("opset must be {} to {}, is {}; export with opset_version=20",
                                        kFirstOpset, kLastOpset, set.version()));
      return set.version();
    }
    throw Error(place_, "must be an ONNX file, names no opset");
  }

  FileNode step_of(const ::onnx::NodeProto& node) const {
    FileNode step;
    step.op = node.op_type();
    step.domain = node.domain() == "ai.onnx" ? "" : node.domain();
    step.inputs.assign(node.input().begin(), node.input().end());
    step.outputs.assign(node.output().begin(), node.output().end());
    if (step.outputs.empty() || step.outputs.front().empty())
      throw Error(place_, fmt::format("{} \"{}\" must have an output", step.op, node.name()));
    step.name = node.name().empty() ? step.outputs.front() : node.name();
    for (const AttributeProto& attribute : node.attribute()) add_setting(step, attribute);
    return step;
  }

  void add_setting(FileNode& step, const AttributeProto& attribute) const {
    Setting& setting = step.settings[attribute.name()];
    switch (attribute.type()) {
      case AttributeProto::INT:
        setting = std::int64_t{attribute.i()};
        break;
      case AttributeProto::FLOAT:
        setting = attribute.f();
        break;
      case AttributeProto::STRING:
        setting = attribute.s();
        break;
      case AttributeProto::INTS:
        setting = Integers(attribute.ints().begin(), attribute.ints().end());
        break;
      case AttributeProto::FLOATS:
        setting = Floats(attribute.floats().begin(), attribute.floats().end());
        break;
      case AttributeProto::TENSOR:
        setting = array_of(attribute.t(), step.name);
        break;
      default:
        step.settings.erase(attribute.name());
    }
  }

  Port port_of(const ::onnx::ValueInfoProto& info) const {
    Port port;
    port.name = info.name();
    const ::onnx::TypeProto_Tensor& type = info.type().tensor_type();
    port.is_float = is_real(type.elem_type());
    for (const auto& extent : type.shape().dim())
      port.shape.push_back(extent.has_dim_value() ? std::max<std::int64_t>(extent.dim_value(), -1) : -1);
    return port;
  }

  ArrayPointer array_of(const TensorProto& tensor, const std::string& name) const {
    const std::string place = fmt::format("{}, array \"{}\"", place_, name);
    Array array;
    array.shape.assign(tensor.dims().begin(), tensor.dims().end());
    const std::int64_t count = checked_entries(array.shape, place);
    const std::int64_t size = element_bytes(tensor.data_type());
    if (size == 0)
      throw Error(place, fmt::format("element type {} is not read; floats, integers and booleans are",
                                     tensor.data_type()));
    if (tensor.data_location() == TensorProto::EXTERNAL) {
      array.values = decode(tensor.data_type(), external(tensor, count * size, place));
    } else if (tensor.has_raw_data()) {
      const std::string& raw = tensor.raw_data();
      array.values =
          decode(tensor.data_type(), {reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()});
    } else {
      array.values = typed(tensor);
    }
    if (static_cast<std::int64_t>(array.held()) != count)
      throw Error(place, fmt::format("shape {} needs {} entries, the file holds {}", text_of(array.shape),
                                     count, array.held()));
    return std::make_shared<const Array>(std::move(array));
  }

  std::vector<std::uint8_t> external(const TensorProto& tensor, std::int64_t bytes,
                                     const std::string& place) const {
    ExternalPlace from;
    from.bytes = static_cast<std::uint64_t>(bytes);
    for (const ::onnx::StringStringEntryProto& entry : tensor.external_data()) {
      if (entry.key() == "location") from.location = entry.value();
      if (entry.key() == "offset") from.offset = whole(entry.value(), place);
      if (entry.key() == "length" && whole(entry.value(), place) != from.bytes)
        throw Error(place, fmt::format("the shape needs {} bytes of external data, the file says {}",
                                       from.bytes, entry.value()));
    }
    return read_external(folder_, from, place);
  }

  static std::uint64_t whole(const std::string& text, const std::string& place) {
    std::uint64_t value = 0;
    for (const char digit : text) {
      if (digit < '0' || digit > '9' || value > std::numeric_limits<std::uint64_t>::max() / 100)
        throw Error(place, fmt::format("\"{}\" must be a whole number", text));
      value = 10 * value + static_cast<std::uint64_t>(digit - '0');
    }
    return value;
  }

  /// Entries in the fields of their type; half precision lies in whole numbers.
  static std::variant<Floats, Integers> typed(const TensorProto& tensor) {
    const int type = tensor.data_type();
    if (tensor.int64_data_size() > 0) return Integers(tensor.int64_data().begin(), tensor.int64_data().end());
    if (tensor.uint64_data_size() > 0)
      return Integers(tensor.uint64_data().begin(), tensor.uint64_data().end());
    if (tensor.double_data_size() > 0)
      return Floats(tensor.double_data().begin(), tensor.double_data().end());
    if (tensor.int32_data_size() > 0 && is_real(type)) {
      const std::vector<std::uint16_t> halves(tensor.int32_data().begin(), tensor.int32_data().end());
      return decode(type, {reinterpret_cast<const std::uint8_t*>(halves.data()), halves.size() * 2});
    }
    if (tensor.int32_data_size() > 0) return Integers(tensor.int32_data().begin(), tensor.int32_data().end());
    if (is_real(type)) return Floats(tensor.float_data().begin(), tensor.float_data().end());
    return Integers();
  }

  std::string place_;
  std::filesystem::path folder_;
};

template <class Kind, class Made>
Made setting_or(const FileNode& step, std::string_view name, Made otherwise) {
  const auto found = step.settings.find(name);
  const Kind* value = found == step.settings.end() ? nullptr : std::get_if<Kind>(&found->second);
  return value == nullptr ? std::move(otherwise) : static_cast<Made>(*value);
}

}  // namespace

std::int64_t FileNode::integer(std::string_view setting, std::int64_t otherwise) const {
  return setting_or<std::int64_t>(*this, setting, otherwise);
}
double FileNode::number(std::string_view setting, double otherwise) const {
  return setting_or<float>(*this, setting, otherwise);
}
std::string FileNode::text(std::string_view setting, std::string_view otherwise) const {
  return setting_or<std::string>(*this, setting, std::string(otherwise));
}
Integers FileNode::integers(std::string_view setting, Integers otherwise) const {
  return setting_or<Integers>(*this, setting, std::move(otherwise));
}

Document parse_document(std::span<const std::uint8_t> bytes, const std::string& place,
                        const std::filesystem::path& folder) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw Error(place, "an ONNX file has at most 2 GiB; export with external_data=True");
  ::onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph())
    throw Error(place, "must be an ONNX file, cannot be read as one");
  return Reader(place, folder).read(model);
}

}  // namespace nwedge::network::onnx
