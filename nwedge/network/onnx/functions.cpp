#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nwedge/core/error.hpp"
#include "nwedge/network/onnx/absorption.hpp"
#include "nwedge/network/onnx/folding.hpp"
#include "nwedge/network/onnx/handlers.hpp"
#include "nwedge/network/onnx/patterns.hpp"

namespace nwedge::network::onnx {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Functions that are one operator without attributes.
Operands function(Translation& t, const FileNode& step) {
  static const std::map<std::string_view, std::string_view> kNames = {
      {"Relu", "relu"},       {"Tanh", "tanh"},
      {"Sigmoid", "sigmoid"}, {"Softplus", "softplus"},
      {"Erf", "erf"},         {"Exp", "exp"},
      {"Log", "log"},         {"Sqrt", "sqrt"},
      {"Abs", "absolute"},    {"HardSwish", "hard-swish"}};
  return {apply(t, step, kNames.at(step.op), t.flow(step, 0))};
}

Operands leaky_relu(Translation& t, const FileNode& step) {
  return {apply(t, step, "leaky-relu", t.flow(step, 0), {{"slope", step.number("alpha", 0.01)}})};
}

Operands gelu(Translation& t, const FileNode& step) {
  return {apply(t, step, "gelu", t.flow(step, 0), {{"approximation", step.text("approximate", "none")}})};
}

Flow clipped(Translation& t, const FileNode& step, const Flow& x, double minimum, double maximum) {
  return apply(t, step, "clip", x, {{"minimum", minimum}, {"maximum", maximum}});
}

Operands clip(Translation& t, const FileNode& step) {
  return {clipped(t, step, t.flow(step, 0), t.number(step, 1, step.number("min", -kInfinity)),
                  t.number(step, 2, step.number("max", kInfinity)))};
}

/// max(0, min(1, alpha x + beta)); the operator is that of alpha = 1/6, beta = 1/2.
Operands hard_sigmoid(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  const double alpha = step.number("alpha", 0.2);
  const double beta = step.number("beta", 0.5);
  if (std::abs(alpha - 1.0 / 6) < 1e-6 && beta == 0.5) return {apply(t, step, "hard-sigmoid", x)};
  const Flow line = combine(t, step, "add", combine(t, step, "multiply", x, uniform(alpha)), uniform(beta));
  return {clipped(t, step, line, 0, 1)};
}

/// scale (max(0, x) + alpha (exp(min(0, x)) - 1)).
Operands elu(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  const bool scaled = step.op == "Selu";
  const double alpha = step.number("alpha", scaled ? 1.67326319217681884765625 : 1);
  const double scale = scaled ? step.number("gamma", 1.05070102214813232421875) : 1;
  const Flow below = apply(t, step, "exp", clipped(t, step, x, -kInfinity, 0));
  const Flow negative =
      combine(t, step, "multiply", combine(t, step, "subtract", below, uniform(1)), uniform(alpha * scale));
  const Flow above = apply(t, step, "relu", x);
  return {combine(t, step, "add", scale == 1 ? above : combine(t, step, "multiply", above, uniform(scale)),
                  negative)};
}

/// max(0, x) - slope max(0, -x).
Operands prelu(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  const Flow negative = apply(t, step, "relu", combine(t, step, "multiply", x, uniform(-1)));
  const Flow below = combine(t, step, "multiply", negative, t.operand(step, 1));
  return {combine(t, step, "subtract", apply(t, step, "relu", x), below)};
}

Operands mish(Translation& t, const FileNode& step) {
  const Flow x = t.flow(step, 0);
  return {combine(t, step, "multiply", x, apply(t, step, "tanh", apply(t, step, "softplus", x)))};
}

Operands negative(Translation& t, const FileNode& step) {
  return {combine(t, step, "multiply", t.flow(step, 0), uniform(-1))};
}

Operands reciprocal(Translation& t, const FileNode& step) {
  return {combine(t, step, "divide", uniform(1), t.flow(step, 0))};
}

Operands power(Translation& t, const FileNode& step) {
  const double exponent = t.number(step, 1, 1);
  const Flow x = t.flow(step, 0);
  if (exponent == 1) return {x};
  if (exponent == 0.5) return {apply(t, step, "sqrt", x)};
  return {apply(t, step, "power", x, {{"exponent", exponent}})};
}

/// a + b, a - b, a * b, a / b; of more inputs one after the other.
Operands arithmetic(Translation& t, const FileNode& step) {
  static const std::map<std::string_view, std::string_view> kNames = {
      {"Add", "add"},      {"Sum", "add"},      {"Mean", "add"},
      {"Sub", "subtract"}, {"Mul", "multiply"}, {"Div", "divide"}};
  if (step.inputs.size() < 2) return {t.flow(step, 0)};
  if (std::optional<Flow> absorbed = absorb(t, step)) return {*absorbed};
  Operand result = t.operand(step, 0);
  for (std::size_t i = 1; i < step.inputs.size(); ++i)
    result = combine(t, step, kNames.at(step.op), result, t.operand(step, i));
  if (step.op == "Mean")
    result = combine(t, step, "divide", result, uniform(static_cast<double>(step.inputs.size())));
  return {result};
}

/// max(a, b) = a + max(0, b - a), min(a, b) = a - max(0, a - b); a bound that is a number is a clip.
Operands extremum(Translation& t, const FileNode& step) {
  const bool most = step.op == "Max";
  Operand result = t.operand(step, 0);
  for (std::size_t i = 1; i < step.inputs.size(); ++i) {
    Operand other = t.operand(step, i);
    if (!std::holds_alternative<Flow>(result)) std::swap(result, other);
    const auto* bound = std::get_if<ArrayPointer>(&other);
    if (bound != nullptr && size_of((*bound)->shape) == 1 &&
        (*bound)->shape.size() <= t.shape_of(result).size()) {
      const double number = (*bound)->number(0);
      result = clipped(t, step, t.flow(result), most ? number : -kInfinity, most ? kInfinity : number);
      continue;
    }
    const Flow gap =
        most ? combine(t, step, "subtract", other, result) : combine(t, step, "subtract", result, other);
    result = combine(t, step, most ? "add" : "subtract", result, apply(t, step, "relu", gap));
  }
  return {result};
}

/// x > bound, or x is no number: kept for the Where that asks.
Operands question(Translation& t, const FileNode& step) {
  if (step.op == "IsNaN") return {Question{t.flow(step, 0), std::nullopt}};
  return {Question{t.flow(step, 0), t.number(step, 1, 0)}};
}

/// Where of softplus as PyTorch has it: x where it is large; and what guards against values that are no
/// numbers.
std::optional<Flow> answered(Translation& t, const Question& question, const Operand& yes, const Flow& no) {
  if (!question.bound) return no.id == question.x.id ? std::optional(no) : std::nullopt;
  const auto takes = [&](ValueId value, std::string_view op, ValueId input) {
    const Node* node = made_by(t.builder(), value, op);
    return node != nullptr &&
           std::find(node->inputs.begin(), node->inputs.end(), input) != node->inputs.end();
  };
  // softplus(x), or softplus(beta x) / beta.
  const auto* x = std::get_if<Flow>(&yes);
  const ValueId scaled = question.x.id;
  if (x == nullptr || *question.bound < 15 || (scaled != x->id && !takes(scaled, "multiply", x->id)))
    return std::nullopt;
  const Node* quotient = made_by(t.builder(), no.id, "divide");
  const ValueId function = quotient == nullptr ? no.id : quotient->inputs[0];
  return takes(function, "softplus", scaled) ? std::optional(no) : std::nullopt;
}

/// The part of a value where `mask` is 1: of a constant entry by entry, so that infinities elsewhere are no
/// matter.
Operand masked(Translation& t, const FileNode& step, const Operand& x, const ArrayPointer& mask) {
  const auto* array = std::get_if<ArrayPointer>(&x);
  if (array == nullptr) return combine(t, step, "multiply", x, mask);
  FileNode where;
  where.op = "Where";
  const ArrayPointer zero = std::make_shared<const Array>(Array{{}, Floats{0}});
  const std::vector<ArrayPointer> inputs = {mask, *array, zero};
  return std::make_shared<const Array>(fold(where, inputs, t.place())->front());
}

Operands where(Translation& t, const FileNode& step) {
  if (const auto* asked = std::get_if<Question>(&t.operand(step, 0)))
    if (const auto flow = answered(t, *asked, t.operand(step, 1), t.flow(step, 2))) return {*flow};
  const std::vector<ArrayPointer> inputs = t.constants(step);
  const Array& condition = constant_at(inputs, 0, t.place());
  Floats yes;
  Floats no;
  for (std::size_t i = 0; i < condition.held(); ++i) {
    yes.push_back(condition.number(static_cast<std::int64_t>(i)) != 0 ? 1.0F : 0.0F);
    no.push_back(1 - yes.back());
  }
  const Operand a =
      masked(t, step, t.operand(step, 1), std::make_shared<const Array>(Array{condition.shape, yes}));
  const Operand b =
      masked(t, step, t.operand(step, 2), std::make_shared<const Array>(Array{condition.shape, no}));
  return {combine(t, step, "add", a, b)};
}

/// The operand that stays as it is: plus or minus 0, times or divided by 1.
const Flow* unchanged(std::string_view op, const Flow* a, const Flow* b, const Operand* operands,
                      const Shape& shape) {
  const double neutral = op == "add" || op == "subtract" ? 0 : 1;
  const bool either = op == "add" || op == "multiply";
  for (const auto& [flow, other] : {std::pair(a, 1), std::pair(either ? b : nullptr, 0)}) {
    const auto* array = std::get_if<ArrayPointer>(&operands[other]);
    if (flow != nullptr && array != nullptr && (*array)->is_uniform() && (*array)->number(0) == neutral &&
        flow->shape == shape)
      return flow;
  }
  return nullptr;
}

}  // namespace

Flow combine(Translation& t, const FileNode& step, std::string_view op, const Operand& a, const Operand& b) {
  const Flows& flows = t.flows();
  const auto as_flow = [&](const Operand& from) -> Operand {
    return std::holds_alternative<ArrayPointer>(from) ? from : Operand(t.flow(from));
  };
  Operand operands[] = {as_flow(a), as_flow(b)};
  if (!std::holds_alternative<Flow>(operands[0]) && !std::holds_alternative<Flow>(operands[1]))
    operands[0] = t.flow(operands[0]);
  Flow* both[] = {std::get_if<Flow>(&operands[0]), std::get_if<Flow>(&operands[1])};
  const Shape shape = broadcast(t.shape_of(operands[0]), t.shape_of(operands[1]), t.place());
  const bool clash = both[0] != nullptr && both[1] != nullptr && both[0]->axis && both[1]->axis &&
                     !Flows::agree(*both[0], *both[1]);
  for (Flow* flow : both)
    if (flow != nullptr && flow->axis) {
      const std::size_t axis = *flow->axis + shape.size() - flow->shape.size();
      if (clash || shape[axis] != flow->shape[*flow->axis]) *flow = flows.exposed(*flow, t.place());
    }
  if (const Flow* kept = unchanged(op, both[0], both[1], operands, shape)) return *kept;
  const Flow& like = *(both[0] != nullptr && (both[0]->axis || both[1] == nullptr) ? both[0] : both[1]);
  std::vector<ValueId> ids;
  for (std::size_t i = 0; i < 2; ++i) {
    if (both[i] != nullptr) {
      ids.push_back(both[i]->axis ? both[i]->id : flows.fitted(*both[i], like, t.place()));
      continue;
    }
    const Array& array = *std::get<ArrayPointer>(operands[i]);
    const bool spread = array.is_uniform() && shape == like.shape;  // one number does
    ids.push_back(spread ? add_constant(t.builder(), {{}, array.values}, t.place())
                         : flows.fitted(array, like, t.place()));
  }
  return Flows::from(add_completing(t.builder(), std::string(op), step.name, ids), shape, like);
}

const Handlers& element_handlers() {
  static const Handlers kHandlers = {{"Relu", function},    {"Tanh", function},
                                     {"Sigmoid", function}, {"Softplus", function},
                                     {"Erf", function},     {"Exp", function},
                                     {"Log", function},     {"Sqrt", function},
                                     {"Abs", function},     {"HardSwish", function},
                                     {"Gelu", gelu},        {"LeakyRelu", leaky_relu},
                                     {"Clip", clip},        {"HardSigmoid", hard_sigmoid},
                                     {"Elu", elu},          {"Selu", elu},
                                     {"PRelu", prelu},      {"Mish", mish},
                                     {"Neg", negative},     {"Reciprocal", reciprocal},
                                     {"Pow", power},        {"Add", arithmetic},
                                     {"Sum", arithmetic},   {"Mean", arithmetic},
                                     {"Sub", arithmetic},   {"Mul", arithmetic},
                                     {"Div", arithmetic},   {"Max", extremum},
                                     {"Min", extremum},     {"Where", where},
                                     {"Greater", question}, {"IsNaN", question}};
  return kHandlers;
}

}  // namespace nwedge::network::onnx
