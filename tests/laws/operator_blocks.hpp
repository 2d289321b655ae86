#pragma once
#include "tests/laws/operator_cases.hpp"

namespace nwedge::test::blocks {

/// What small networks around operators are made of.
using namespace network;
using Integers = std::vector<std::int64_t>;
using Case = OperatorCase;

inline constexpr std::int64_t kOne = 1;
inline const Attributes kPadded = {{"padding", Integers{1, 1, 1, 1}}};

inline TensorId weight(GraphBuilder& b, const std::string& name, const Shape& shape,
                       Role role = Role::weight) {
  return b.add_tensor(name, shape, role, {Initialisation::Law::normal, 0.5});
}

/// A linear layer or a 1x1 convolution before the operator, so that its input depends on weights.
inline ValueId learnt(GraphBuilder& b, ValueId x) {
  const Shape& shape = b.shape(x);
  if (shape.size() == 3) {
    const TensorId w = weight(b, "before.weight", {shape[0], shape[0], 1, 1});
    return b.add("convolution", "before", {x}, {w, weight(b, "before.bias", {shape[0]}, Role::bias)});
  }
  const TensorId w = weight(b, "before.weight", {shape.back(), shape.back()});
  return b.add("linear", "before", {x}, {w, weight(b, "before.bias", {shape.back()}, Role::bias)});
}

/// A number that is surely positive.
inline ValueId positive(GraphBuilder& b, ValueId x) {
  return b.add("add", "", {b.add("softplus", "", {x}), b.constant({1}, {0.3f})});
}

inline ValueId linear(GraphBuilder& b, ValueId x, std::int64_t outputs, const std::string& name = "l") {
  return b.add("linear", name, {x}, {weight(b, name + ".weight", {outputs, b.shape(x).back()})});
}

inline ValueId filter(GraphBuilder& b, ValueId x, std::int64_t outputs,
                      const Attributes& attributes = kPadded) {
  return b.add("convolution", "c", {x}, {weight(b, "c.weight", {outputs, b.shape(x)[0], 3, 3})}, attributes);
}

inline ValueId transposed(GraphBuilder& b, ValueId x, const Integers& permutation) {
  return b.add("transpose", "", {x}, {}, {{"permutation", permutation}});
}

inline ValueId slice(GraphBuilder& b, ValueId x, std::int64_t axis, std::int64_t start, std::int64_t end,
                     std::int64_t step = 1) {
  return b.add("slice", "", {x}, {}, {{"axis", axis}, {"start", start}, {"end", end}, {"step", step}});
}

inline ValueId gathered(GraphBuilder& b, ValueId x, std::int64_t axis, const Integers& indices) {
  return b.add("gather", "", {x}, {}, {{"axis", axis}, {"indices", indices}});
}

inline ValueId entry(GraphBuilder& b, ValueId x, std::int64_t axis, std::int64_t index) {
  return b.add("gather", "", {x}, {}, {{"axis", axis}, {"indices", Integers{index}}, {"squeeze", kOne}});
}

/// One operator on a value that depends on weights.
inline Case plain(const std::string& name, const std::string& op, const Shape& input,
                  const Attributes& attributes, bool kinked = false) {
  return {name, input,
          [=](GraphBuilder& b, ValueId x) { return b.add(op, op, {learnt(b, x)}, {}, attributes); }, kinked};
}

/// Add their cases.
void add_products(std::vector<Case>& all);
void add_elements(std::vector<Case>& all);
void add_fused(std::vector<Case>& all);
void add_pools(std::vector<Case>& all);
void add_norms(std::vector<Case>& all);
void add_binaries(std::vector<Case>& all);
void add_views(std::vector<Case>& all);
void add_reductions(std::vector<Case>& all);
void add_networks(std::vector<Case>& all);

}  // namespace nwedge::test::blocks
