#include "nwedge/network/onnx/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/folding.hpp"
#include "nwedge/network/onnx/handlers.hpp"
#include "nwedge/network/onnx/ports.hpp"

namespace nwedge::network::onnx {
namespace {

constexpr std::int64_t kMostMadeInAll = std::int64_t{1} << 25;  // entries of all arrays that are computed

bool may_be_learnt(const Array& array) {
  if (array.is_integer() || size_of(array.shape) < 2) return false;
  return std::all_of(array.floats().begin(), array.floats().end(), [](float x) { return std::isfinite(x); });
}

/// Without axes of extent 1.
Shape plain(Shape shape) {
  std::erase(shape, 1);
  return shape;
}

std::string advice(std::string_view op) {
  if (op == "If" || op == "Loop" || op == "Scan")
    return "export with dynamo=True and fixed sizes, so that no branch is left";
  if (op.starts_with("Random") || op == "Bernoulli") return "export in evaluation mode, after model.eval()";
  if (op == "LSTM" || op == "GRU" || op == "RNN")
    return "networks are feed-forward: images, features, attention";
  if (op == "QLinearConv" || op == "QuantizeLinear" || op == "DequantizeLinear")
    return "export the network before quantisation";
  return "express it by the operators of docs/networks.md";
}

}  // namespace

Translation::Translation(const Document& document, const std::string& place, const Shape& input)
    : document_(document),
      file_(place),
      place_(place),
      builder_(input.empty() ? example_of(network_input(document, place)) : input, place),
      flows_(builder_, examples_of(network_input(document, place))) {
  const Port& port = network_input(document, place);
  const Shape example = example_of(port);
  Shape shape = port.shape;
  shape[0] = flows_.examples();
  ValueId first = builder_.input();
  if (!input.empty() && input != example) {
    if (plain(input) != plain(example))
      throw Error(place, fmt::format("the network takes examples of shape {}, the data have {}",
                                     text_of(example), text_of(input)));
    first = builder_.add("reshape", "", {first}, {}, {{"shape", example}});
  }
  for (const auto& [name, array] : document.initialisers)
    operands_[name] =
        may_be_learnt(*array) ? Operand(Stored{name, array, array->shape, false}) : Operand(array);
  operands_[port.name] = Flow{first, shape, std::size_t{0}, 1};
  for (const FileNode& step : document.steps)
    for (const std::string& name : step.inputs) ++uses_[name];
  for (const Port& output : document.outputs) ++uses_[output.name];
}

void Translation::run() {
  for (const FileNode& step : document_.steps) {
    place_ = fmt::format("{}, {} \"{}\"", file_, step.op, step.name);
    take(step, translate(step));
    for (const std::vector<Node>& nodes = builder_.graph().nodes; counted_ < nodes.size(); ++counted_)
      if (nodes[counted_].op == "constant") count_made(size_of(builder_.shape(nodes[counted_].output)));
  }
  place_ = file_;
}

Operands Translation::translate(const FileNode& step) {
  if (!step.domain.empty())
    throw Error(place_,
                fmt::format("operators of domain \"{}\" are not read; {}", step.domain, advice(step.op)));
  const std::vector<ArrayPointer> inputs = constants(step);
  bool all = true;
  for (std::size_t i = 0; i < inputs.size(); ++i) all = all && (inputs[i] != nullptr || !step.has_input(i));
  if (all) {
    if (std::optional<std::vector<Array>> arrays = fold(step, inputs, place_)) {
      Operands outputs;
      for (Array& array : *arrays) {
        count_made(static_cast<std::int64_t>(array.held()));
        outputs.emplace_back(std::make_shared<const Array>(std::move(array)));
      }
      return outputs;
    }
  }
  const Handler handler = find_handler(step.op);
  if (handler == nullptr) throw Error(place_, fmt::format("this operator is not there; {}", advice(step.op)));
  return handler(*this, step);
}

void Translation::count_made(std::int64_t entries) {
  made_ += entries;
  if (made_ > kMostMadeInAll) throw Error(place_, "the constants that are computed become too many");
}

void Translation::check_array(const Stored& from, const Shape& shape) {
  if (checked_entries(from.array->shape, place_) != checked_entries(shape, place_))
    throw Error(place_, fmt::format("\"{}\" must have shape {}, has {}", from.name, text_of(shape),
                                    text_of(from.array->shape)));
  if (from.array->is_integer()) throw Error(place_, fmt::format("\"{}\" must be of floats", from.name));
  if (from.array->is_uniform()) count_made(entries_to_make(shape, place_));  // the file need not hold them
}

void Translation::take(const FileNode& step, Operands outputs) {
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    if (step.outputs[i].empty()) continue;
    operands_[step.outputs[i]] = i < outputs.size() ? std::move(outputs[i]) : Operand();
  }
}

Flow Translation::output() {
  const Port& port = network_output(document_, file_);
  const auto found = operands_.find(port.name);
  if (found == operands_.end() || !std::holds_alternative<Flow>(found->second))
    throw Error(file_, fmt::format("output \"{}\" must depend on the input", port.name));
  const Flow& output = std::get<Flow>(found->second);
  if (!output.axis && flows_.examples() > 1)
    throw Error(file_, fmt::format("output \"{}\" must depend on the input", port.name));
  return output;
}

const Operand& Translation::operand(const FileNode& step, std::size_t i) const {
  static const Operand kNothing;
  if (!step.has_input(i)) return kNothing;
  const auto found = operands_.find(step.inputs[i]);
  if (found == operands_.end())
    throw Error(place_, fmt::format("input \"{}\" comes from no node before", step.inputs[i]));
  return found->second;
}

Flow Translation::flow(const Operand& operand) {
  if (const auto* flow = std::get_if<Flow>(&operand)) return *flow;
  if (const auto* array = std::get_if<ArrayPointer>(&operand))
    return {add_constant(builder_, **array, place_), (*array)->shape, std::nullopt, 1};
  const auto* from = std::get_if<Stored>(&operand);
  if (from == nullptr)
    throw Error(place_, "an input is left out, or is a comparison of values, which no operator computes");
  const auto known = parameters_.find(from->name);
  Flow flow;
  if (known != parameters_.end()) {
    flow = known->second;
  } else {
    const auto there = tensors_.find(from->name);
    const Shape shape = there == tensors_.end()
                            ? from->array->shape
                            : builder_.graph().tensors[static_cast<std::size_t>(there->second)].shape;
    const TensorId made = tensor(*from, shape, Role::embedding, {Initialisation::Law::normal, 0.02});
    flow = {builder_.parameter(made), shape, std::nullopt, 1};
    parameters_[from->name] = flow;
  }
  if (flow.shape != from->shape) flow = flows_.reshape(flow, from->shape, place_);
  return from->transposed ? flows_.transpose(flow, {1, 0}) : flow;
}

Shape Translation::shape_of(const Operand& operand) const {
  if (const auto* flow = std::get_if<Flow>(&operand)) return flow->shape;
  if (const auto* array = std::get_if<ArrayPointer>(&operand)) return (*array)->shape;
  if (const auto* question = std::get_if<Question>(&operand)) return question->x.shape;
  const auto* from = std::get_if<Stored>(&operand);
  if (from == nullptr) throw Error(place_, "an input is left out");
  Shape shape = from->shape;
  if (from->transposed) std::reverse(shape.begin(), shape.end());
  return shape;
}

std::vector<ArrayPointer> Translation::constants(const FileNode& step) const {
  std::vector<ArrayPointer> arrays;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const auto* array = std::get_if<ArrayPointer>(&operand(step, i));
    arrays.push_back(array == nullptr ? nullptr : *array);
    const auto* kept = std::get_if<Stored>(&operand(step, i));
    if (kept != nullptr && step.op == "ScatterND") arrays.back() = kept->array;  // a mask in the making
  }
  return arrays;
}

double Translation::number(const FileNode& step, std::size_t i, double otherwise) const {
  if (!step.has_input(i)) return otherwise;
  const auto* array = std::get_if<ArrayPointer>(&operand(step, i));
  if (array == nullptr || (*array)->held() != 1)
    throw Error(place_, fmt::format("input {} must be one constant number", i));
  return (*array)->number(0);
}

std::optional<Stored> Translation::stored(const FileNode& step, std::size_t i) const {
  const Operand& from = operand(step, i);
  if (const auto* kept = std::get_if<Stored>(&from)) return *kept;
  const auto* array = std::get_if<ArrayPointer>(&from);
  if (array == nullptr || (*array)->is_integer()) return std::nullopt;
  return Stored{step.inputs[i], *array, (*array)->shape, false};
}

Stored Translation::need_stored(const FileNode& step, std::size_t i) const {
  if (std::optional<Stored> found = stored(step, i)) return *found;
  throw Error(place_, fmt::format("input {} must be an array of floats in the file", i));
}

TensorId Translation::tensor(const Stored& from, const Shape& shape, Role role, Initialisation initial,
                             std::int64_t output_axis) {
  check_array(from, shape);
  const Floats& values = from.array->floats();
  if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }))
    throw Error(place_, fmt::format("weights must be finite, \"{}\" is not", from.name));
  const auto known = tensors_.find(from.name);
  if (known != tensors_.end()) {
    const TensorPlace& there = builder_.graph().tensors[static_cast<std::size_t>(known->second)];
    if (there.shape != shape)
      throw Error(place_, fmt::format("\"{}\" is used with shapes {} and {}; give the file two of it",
                                      from.name, text_of(there.shape), text_of(shape)));
    return known->second;
  }
  arrays_[from.name] = from.array;
  return tensors_[from.name] = builder_.add_tensor(from.name, shape, role, initial, output_axis);
}

TensorId Translation::buffer(const Stored& from, const Shape& shape, float initial) {
  check_array(from, shape);
  const auto known = buffers_.find(from.name);
  if (known != buffers_.end()) return known->second;
  arrays_[from.name] = from.array;
  return buffers_[from.name] = builder_.add_buffer(from.name, shape, initial);
}

bool Translation::is_only_use(const FileNode& step, std::size_t i) const {
  return uses_.at(step.inputs[i]) == 1;
}

bool Translation::is_network_output(const std::string& name) const {
  return std::any_of(document_.outputs.begin(), document_.outputs.end(),
                     [&](const Port& port) { return port.name == name; });
}

std::vector<float> Translation::weights(const Graph& graph) const {
  std::vector<float> all;
  all.reserve(static_cast<std::size_t>(graph.dimension));
  for (const TensorPlace& tensor : graph.tensors) {
    const Array& from = *arrays_.at(tensor.name);
    for (std::int64_t i = 0; i < tensor.count; ++i) all.push_back(from.real(i));
  }
  return all;
}

std::vector<float> Translation::buffers(const Graph& graph) const {
  std::vector<float> all;
  for (const BufferPlace& buffer : graph.buffers) {
    const Array& from = *arrays_.at(buffer.name);
    for (std::int64_t i = 0; i < buffer.count; ++i) all.push_back(from.real(i));
  }
  return all;
}

Handler find_handler(std::string_view op) {
  for (const Handlers* handlers :
       {&product_handlers(), &normalisation_handlers(), &pool_handlers(), &element_handlers(),
        &arrangement_handlers(), &piece_handlers(), &padding_handlers()})
    if (const auto found = handlers->find(op); found != handlers->end()) return found->second;
  return nullptr;
}

}  // namespace nwedge::network::onnx
