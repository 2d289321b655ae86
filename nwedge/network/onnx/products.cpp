#include <fmt/format.h>

#include <cmath>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/extents.hpp"
#include "nwedge/network/onnx/handlers.hpp"
#include "nwedge/network/onnx/windows.hpp"

namespace nwedge::network::onnx {
namespace {

/// PyTorch's: uniform within 1 / sqrt(inputs of one neuron).
Initialisation by_inputs(std::int64_t inputs) {
  return {Initialisation::Law::uniform,
          1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(inputs, 1)))};
}

/// Input i as a bias; zeros that the file computes or has as a Constant node are none.
std::optional<Stored> given_bias(Translation& t, const FileNode& step, std::size_t i) {
  std::optional<Stored> from = t.stored(step, i);
  const bool constant = from && std::holds_alternative<ArrayPointer>(t.operand(step, i));
  if (constant && size_of(from->shape) > 1 && from->array->is_uniform() && from->array->number(0) == 0)
    return std::nullopt;
  return from;
}

TensorId bias_of(Translation& t, const Stored& from, std::int64_t outputs, std::int64_t inputs) {
  return t.tensor(from, {outputs}, Role::bias, by_inputs(inputs));
}

/// x [..., F] -> [..., O] with a matrix of the file: [F, O], or [O, F] where it comes `flipped`.
Flow linear(Translation& t, const FileNode& step, Flow x, const Stored& matrix, bool flipped,
            const std::optional<Stored>& bias = std::nullopt) {
  if (matrix.shape.size() != 2 || x.shape.empty())
    throw Error(t.place(), fmt::format("a matrix must have two axes, has shape {}", text_of(matrix.shape)));
  const bool rows_are_outputs = flipped != matrix.transposed;
  const Shape& stored = matrix.shape;
  const std::int64_t outputs = stored[rows_are_outputs ? 0 : 1];
  const std::int64_t inputs = stored[rows_are_outputs ? 1 : 0];
  t.flows().example_axis(x, x.shape.size() - 1, t.place());  // where N = 1, features may lie along its axis
  std::vector<TensorId> weights = {
      t.tensor(matrix, stored, Role::weight, by_inputs(inputs), rows_are_outputs ? 0 : 1)};
  if (bias) weights.push_back(bias_of(t, *bias, outputs, inputs));
  Attributes attributes;
  if (!rows_are_outputs) attributes.set("transposed", std::int64_t{1});
  Shape shape = x.shape;
  shape.back() = outputs;
  return Flows::from(t.add("linear", step, {x.id}, weights, attributes), shape, x);
}

/// With an axis of extent 1 for rows (at the front) or columns (at the end), as ONNX's MatMul has it.
Flow as_matrix(Translation& t, const Flow& x, bool front) {
  if (x.shape.size() > 1) return x;
  if (x.shape.empty()) throw Error(t.place(), "the inputs must have axes");
  Shape shape = x.shape;
  shape.insert(front ? shape.begin() : shape.end(), 1);
  return t.flows().reshape(x, shape, t.place());
}

Flow multiply_matrices(Translation& t, const FileNode& step, Flow a, Flow b) {
  const std::string& place = t.place();
  const bool row = a.shape.size() == 1;
  const bool column = b.shape.size() == 1;
  a = as_matrix(t, a, true);
  b = as_matrix(t, b, false);
  for (Flow* x : {&a, &b}) {  // examples among the leading axes, or nowhere
    if (x->axis && *x->axis + 2 >= x->shape.size()) {
      if (x == &a && *a.axis + 2 == a.shape.size() && !b.axis && t.flows().drops_axis(a) &&
          b.shape.size() == 2) {
        Shape one = t.flows().example_shape(a);
        one.insert(one.end() - 1, 1);
        const ValueId rows = t.builder().add("reshape", "", {a.id}, {}, {{"shape", one}});
        const ValueId product = t.add("matmul", step, {rows, b.id});
        Shape back = t.builder().shape(product);
        back.erase(back.end() - 2);
        Shape shape = a.shape;
        shape.back() = b.shape.back();
        return Flows::from(t.builder().add("reshape", "", {product}, {}, {{"shape", back}}), shape, a);
      }
      *x = t.flows().exposed(*x, place);
    }
  }
  if (a.axis && b.axis && !Flows::agree(a, b)) {
    a = t.flows().exposed(a, place);
    b = t.flows().exposed(b, place);
  }
  const Flow& like = a.axis ? a : b;
  const ValueId left = a.axis ? a.id : t.flows().fitted(a, b, place);
  const ValueId right = b.axis ? b.id : t.flows().fitted(b, a, place);
  Shape shape =
      broadcast(Shape(a.shape.begin(), a.shape.end() - 2), Shape(b.shape.begin(), b.shape.end() - 2), place);
  shape.push_back(a.shape[a.shape.size() - 2]);
  shape.push_back(b.shape.back());
  Flow product = Flows::from(t.add("matmul", step, {left, right}), shape, like);
  if (!row && !column) return product;
  if (row) shape.erase(shape.end() - 2);
  if (column) shape.pop_back();
  return t.flows().reshape(product, shape, place);
}

Operands matmul(Translation& t, const FileNode& step) {
  const std::optional<Stored> matrix = t.stored(step, 1);
  if (matrix && matrix->shape.size() == 2) return {linear(t, step, t.flow(step, 0), *matrix, false)};
  return {multiply_matrices(t, step, t.flow(step, 0), t.flow(step, 1))};
}

bool is_vector(const Shape& shape, std::int64_t extent) {
  return !shape.empty() && shape.back() == extent && size_of(shape) == extent;
}

/// Y = alpha A' B' + beta C.
Operands gemm(Translation& t, const FileNode& step) {
  const double alpha = step.number("alpha", 1);
  const double beta = step.number("beta", 1);
  const bool flipped = step.integer("transB", 0) != 0;
  Flow a = t.flow(step, 0);
  if (a.shape.size() != 2) throw Error(t.place(), "A must have two axes");
  if (step.integer("transA", 0) != 0) a = t.flows().transpose(a, {1, 0});
  const std::optional<Stored> matrix = t.stored(step, 1);
  const std::optional<Stored> bias = t.stored(step, 2);
  if (matrix && matrix->shape.size() == 2) {
    const std::int64_t outputs = matrix->shape[flipped != matrix->transposed ? 0 : 1];
    if (bias && alpha == 1 && beta == 1 && !bias->transposed && is_vector(bias->shape, outputs))
      return {linear(t, step, a, *matrix, flipped, bias)};
  }
  Flow b;
  Flow y;
  if (matrix && matrix->shape.size() == 2) {
    y = linear(t, step, a, *matrix, flipped);
  } else {
    b = t.flow(step, 1);
    if (b.shape.size() != 2) throw Error(t.place(), "B must have two axes");
    y = multiply_matrices(t, step, a, flipped ? t.flows().transpose(b, {1, 0}) : b);
  }
  if (alpha != 1) y = combine(t, step, "multiply", y, uniform(alpha));
  if (!step.has_input(2)) return {y};
  const Operand added = t.operand(step, 2);
  return {combine(t, step, "add", y,
                  beta == 1 ? added : Operand(combine(t, step, "multiply", added, uniform(beta))))};
}

/// x [N, C, H, W] or [N, C, L], an image of height 1.
Operands convolution(Translation& t, const FileNode& step) {
  const SlidingWindow window = window_of(t, step, t.flow(step, 0));
  const Stored kernel = t.need_stored(step, 1);
  const Shape& stored = kernel.shape;
  if (stored.size() != 2 + window.axes || kernel.transposed)
    throw Error(t.place(),
                fmt::format("the kernel must have {} axes, has shape {}", 2 + window.axes, text_of(stored)));
  const Shape shape = window.axes == 2 ? stored : Shape{stored[0], stored[1], 1, stored[2]};
  const std::int64_t inputs = shape[1] * shape[2] * shape[3];
  const Place where = place_of(t, step, window, {shape[2], shape[3]});
  std::vector<TensorId> weights = {t.tensor(kernel, shape, Role::weight, by_inputs(inputs))};
  if (step.has_input(2)) t.need_stored(step, 2);
  if (const std::optional<Stored> bias = given_bias(t, step, 2))
    weights.push_back(bias_of(t, *bias, shape[0], inputs));
  const Attributes attributes = {{"stride", where.stride},
                                 {"padding", where.padding},
                                 {"dilation", where.dilation},
                                 {"groups", step.integer("group", 1)}};
  return {window_result(t, window, t.add("convolution", step, {window.image}, weights, attributes))};
}

}  // namespace

const Handlers& product_handlers() {
  static const Handlers kHandlers = {{"Conv", convolution}, {"Gemm", gemm}, {"MatMul", matmul}};
  return kHandlers;
}

}  // namespace nwedge::network::onnx
