#include "nwedge/network/onnx/patterns.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace nwedge::network::onnx {
namespace {

constexpr int kDeepest = 5;  // products within products

bool is_near(std::optional<double> value, double wanted) {
  return value && std::abs(*value - wanted) <= 1e-3 * std::abs(wanted);
}

/// Looks for chains that end in one node.
class Matcher {
 public:
  explicit Matcher(const GraphBuilder& builder) : builder_(builder) {}

  struct Normalised {
    ValueId x = kAbsent;
    std::int64_t axes = 0;
    double epsilon = 0;
    bool centred = false;
  };

  /// x of an activation whose last node is a * b.
  std::optional<std::pair<std::string, ValueId>> gated(ValueId a, ValueId b) const {
    for (const auto& [x, gate] : {std::pair(a, b), std::pair(b, a)}) {
      const Node* node = made_by(builder_, gate, "sigmoid");
      if (node != nullptr && node->inputs[0] == x) return std::pair("silu", x);
      node = made_by(builder_, gate, "hard-sigmoid");
      if (node != nullptr && node->inputs[0] == x) return std::pair("hard-swish", x);
    }
    return std::nullopt;
  }

  struct Gelu {
    ValueId x = kAbsent;
    bool by_tanh = false;
  };

  std::optional<Gelu> gelu(ValueId a, ValueId b) const {
    ValueId gate = kAbsent;
    std::optional<Gelu> found;
    for (const ValueId factor : {a, b})
      if (!found) found = find_gate(factor, gate, 0);
    if (!found) return std::nullopt;
    double scale = 1;
    int gates = 0;
    int inputs = 0;
    for (const ValueId factor : {a, b})
      if (!collect(factor, found->x, gate, scale, gates, inputs, 0)) return std::nullopt;
    return gates == 1 && inputs == 1 && is_near(scale, 0.5) ? found : std::nullopt;
  }

  /// x * inverse, where inverse = 1 / root.
  std::optional<Normalised> normalised_product(ValueId a, ValueId b) const {
    for (const auto& [x, inverse] : {std::pair(a, b), std::pair(b, a)}) {
      if (const Node* node = made_by(builder_, inverse, "divide");
          node != nullptr && is_near(number(node->inputs[0]), 1))
        if (auto found = normalised_quotient(x, node->inputs[1])) return found;
      if (const Node* node = made_by(builder_, inverse, "power");
          node != nullptr && node->attributes.number("exponent", 1) == -0.5)
        if (auto found = over_mean_square(x, node->inputs[0])) return found;
    }
    return std::nullopt;
  }

  /// x / root, where root = sqrt(mean(x^2) + epsilon).
  std::optional<Normalised> normalised_quotient(ValueId x, ValueId root) const {
    const Node* node = made_by(builder_, root, "sqrt");
    if (node != nullptr) return over_mean_square(x, node->inputs[0]);
    node = made_by(builder_, root, "power");
    if (node != nullptr && node->attributes.number("exponent", 1) == 0.5)
      return over_mean_square(x, node->inputs[0]);
    return std::nullopt;
  }

  /// The value that group normalisation took, of a reshape of `value` to `shape`.
  std::optional<std::pair<ValueId, const Node*>> grouped(ValueId value, const Shape& shape) const {
    const Node* norm = made_by(builder_, value, "group-norm");
    if (norm == nullptr || !norm->weights.empty()) return std::nullopt;
    const Node* split = made_by(builder_, norm->inputs[0], "reshape");
    if (split == nullptr || shape.empty()) return std::nullopt;
    const Shape& whole = builder_.shape(split->inputs[0]);
    if (whole.empty() || whole[0] != shape[0]) return std::nullopt;
    const std::int64_t groups = norm->attributes.integer("groups", 0);
    const Shape& rows = builder_.shape(norm->inputs[0]);
    if (rows.size() != 2 || rows[0] != groups || shape[0] % groups != 0) return std::nullopt;
    return std::pair(split->inputs[0], norm);
  }

 private:
  std::optional<double> number(ValueId value) const { return number_of(builder_, value); }

  /// c and the rest of a product or quotient with a number.
  std::optional<std::pair<double, ValueId>> scaled(ValueId value) const {
    if (const Node* node = made_by(builder_, value, "multiply")) {
      for (const std::size_t i : {0, 1})
        if (const auto c = number(node->inputs[i])) return std::pair(*c, node->inputs[1 - i]);
    }
    if (const Node* node = made_by(builder_, value, "divide"))
      if (const auto c = number(node->inputs[1])) return std::pair(1 / *c, node->inputs[0]);
    return std::nullopt;
  }

  /// The other summand of c + y.
  std::optional<std::pair<double, ValueId>> shifted(ValueId value) const {
    const Node* node = made_by(builder_, value, "add");
    if (node == nullptr) return std::nullopt;
    for (const std::size_t i : {0, 1})
      if (const auto c = number(node->inputs[i])) return std::pair(*c, node->inputs[1 - i]);
    return std::nullopt;
  }

  bool is_cube(ValueId value, ValueId x) const {
    if (const Node* node = made_by(builder_, value, "power"))
      return node->inputs[0] == x && node->attributes.number("exponent", 1) == 3;
    const Node* node = made_by(builder_, value, "multiply");
    if (node == nullptr) return false;
    for (const std::size_t i : {0, 1})
      if (node->inputs[i] == x && is_square(node->inputs[1 - i], x)) return true;
    return false;
  }

  bool is_square(ValueId value, ValueId x) const {
    if (const Node* node = made_by(builder_, value, "power"))
      return node->inputs[0] == x && node->attributes.number("exponent", 1) == 2;
    const Node* node = made_by(builder_, value, "multiply");
    return node != nullptr && node->inputs[0] == x && node->inputs[1] == x;
  }

  /// 1 + erf(x / sqrt 2) or 1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)), among the factors of a product.
  std::optional<Gelu> find_gate(ValueId value, ValueId& gate, int depth) const {
    if (const auto one = shifted(value); one && is_near(one->first, 1)) {
      gate = value;
      if (const Node* node = made_by(builder_, one->second, "erf"))
        if (const auto inner = scaled(node->inputs[0]);
            inner && is_near(inner->first, 1 / std::numbers::sqrt2))
          return Gelu{inner->second, false};
      if (const Node* node = made_by(builder_, one->second, "tanh"))
        if (const auto inner = scaled(node->inputs[0]);
            inner && is_near(inner->first, std::sqrt(2 / std::numbers::pi)))
          if (const auto x = with_cube(inner->second)) return Gelu{*x, true};
    }
    if (depth == kDeepest) return std::nullopt;
    for (const std::string_view op : {"multiply", "divide"})
      if (const Node* node = made_by(builder_, value, op))
        for (const ValueId factor : node->inputs)
          if (auto found = find_gate(factor, gate, depth + 1)) return found;
    return std::nullopt;
  }

  /// x of x + 0.044715 x^3.
  std::optional<ValueId> with_cube(ValueId value) const {
    const Node* node = made_by(builder_, value, "add");
    if (node == nullptr) return std::nullopt;
    for (const std::size_t i : {0, 1})
      if (const auto cubic = scaled(node->inputs[1 - i]);
          cubic && is_near(cubic->first, 0.044715) && is_cube(cubic->second, node->inputs[i]))
        return node->inputs[i];
    return std::nullopt;
  }

  /// Whether a value is a product of numbers, `x` and `gate`; counts them.
  bool collect(ValueId value, ValueId x, ValueId gate, double& scale, int& gates, int& inputs,
               int depth) const {
    if (value == gate) return ++gates == 1;
    if (value == x) return ++inputs == 1;
    if (const auto c = number(value)) {
      scale *= *c;
      return true;
    }
    if (depth == kDeepest) return false;
    if (const auto part = scaled(value)) {
      scale *= part->first;
      return collect(part->second, x, gate, scale, gates, inputs, depth + 1);
    }
    const Node* node = made_by(builder_, value, "multiply");
    return node != nullptr && collect(node->inputs[0], x, gate, scale, gates, inputs, depth + 1) &&
           collect(node->inputs[1], x, gate, scale, gates, inputs, depth + 1);
  }

  /// How many trailing axes a mean goes over and keeps; 0: it is none of those.
  std::int64_t trailing_axes(const Node* mean) const {
    if (mean == nullptr || mean->attributes.integer("keep", 0) == 0) return 0;
    const auto axes = mean->attributes.integers("axes", {});
    const auto rank = static_cast<std::int64_t>(builder_.shape(mean->inputs[0]).size());
    const auto count = static_cast<std::int64_t>(axes.size());
    for (std::int64_t i = 0; i < count; ++i)
      if (axes[static_cast<std::size_t>(i)] != rank - count + i) return 0;
    return count;
  }

  /// x / sqrt(square), where square = mean(x^2) + epsilon.
  std::optional<Normalised> over_mean_square(ValueId x, ValueId square) const {
    const auto sum = shifted(square);
    if (!sum || !(sum->first > 0)) return std::nullopt;
    const Node* mean = made_by(builder_, sum->second, "mean");
    const std::int64_t axes = trailing_axes(mean);
    if (axes == 0 || !is_square(mean->inputs[0], x)) return std::nullopt;
    Normalised found{x, axes, sum->first, false};
    const Node* difference = made_by(builder_, x, "subtract");
    if (difference == nullptr) return found;
    const Node* centre = made_by(builder_, difference->inputs[1], "mean");
    if (trailing_axes(centre) == axes && centre->inputs[0] == difference->inputs[0])
      return Normalised{difference->inputs[0], axes, sum->first, true};
    return found;
  }

  const GraphBuilder& builder_;
};

}  // namespace

std::optional<double> number_of(const GraphBuilder& builder, ValueId value) {
  const Node* node = made_by(builder, value, "constant");
  if (node == nullptr || size_of(builder.shape(value)) != 1) return std::nullopt;
  return node->attributes.floats("values").front();
}

const Node* made_by(const GraphBuilder& builder, ValueId value, std::string_view op) {
  const Graph& graph = builder.graph();
  const std::int32_t producer = graph.values[static_cast<std::size_t>(value)].producer;
  if (producer == kAbsent) return nullptr;
  const Node& node = graph.nodes[static_cast<std::size_t>(producer)];
  return node.op == op ? &node : nullptr;
}

ValueId add_completing(GraphBuilder& builder, const std::string& op, const std::string& name,
                       const std::vector<ValueId>& inputs, const Attributes& attributes) {
  const Matcher matcher(builder);
  std::optional<Matcher::Normalised> norm;
  if (op == "multiply") {
    if (const auto found = matcher.gated(inputs[0], inputs[1]))
      return builder.add(found->first, name, {found->second});
    if (const auto found = matcher.gelu(inputs[0], inputs[1]))
      return builder.add("gelu", name, {found->x}, {},
                         {{"approximation", std::string(found->by_tanh ? "tanh" : "none")}});
    norm = matcher.normalised_product(inputs[0], inputs[1]);
  }
  if (op == "divide") norm = matcher.normalised_quotient(inputs[0], inputs[1]);
  if (norm)
    return builder.add(norm->centred ? "layer-norm" : "rms-norm", name, {norm->x}, {},
                       {{"axes", norm->axes}, {"epsilon", norm->epsilon}});
  if (op == "reshape")
    if (const auto found = matcher.grouped(inputs[0], attributes.integers("shape", {}))) {
      const Attributes kept = found->second->attributes;
      const Shape shape = attributes.integers("shape", {});
      ValueId x = found->first;
      if (builder.shape(x) != shape) x = builder.add("reshape", "", {x}, {}, attributes);
      return builder.add("group-norm", name, {x}, {}, kept);
    }
  return builder.add(op, name, inputs, {}, attributes);
}

}  // namespace nwedge::network::onnx
