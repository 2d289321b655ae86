#include "tests/laws/operator_cases.hpp"

#include <algorithm>

#include "nwedge/core/random.hpp"

namespace nwedge::test {
namespace {

using namespace network;
using Integers = std::vector<std::int64_t>;
using Case = OperatorCase;

constexpr std::int64_t kOne = 1;
const Attributes kPadded = {{"padding", Integers{1, 1, 1, 1}}};

TensorId weight(GraphBuilder& b, const std::string& name, const Shape& shape, Role role = Role::weight) {
  return b.add_tensor(name, shape, role, {Initialisation::Law::normal, 0.5});
}

/// A linear layer or a 1x1 convolution before the operator, so that its input depends on weights.
ValueId learnt(GraphBuilder& b, ValueId x) {
  const Shape& shape = b.shape(x);
  if (shape.size() == 3) {
    const TensorId w = weight(b, "before.weight", {shape[0], shape[0], 1, 1});
    return b.add("convolution", "before", {x}, {w, weight(b, "before.bias", {shape[0]}, Role::bias)});
  }
  const TensorId w = weight(b, "before.weight", {shape.back(), shape.back()});
  return b.add("linear", "before", {x}, {w, weight(b, "before.bias", {shape.back()}, Role::bias)});
}

/// A number that is surely positive.
ValueId positive(GraphBuilder& b, ValueId x) {
  return b.add("add", "", {b.add("softplus", "", {x}), b.constant({1}, {0.3f})});
}

ValueId linear(GraphBuilder& b, ValueId x, std::int64_t outputs, const std::string& name = "l") {
  return b.add("linear", name, {x}, {weight(b, name + ".weight", {outputs, b.shape(x).back()})});
}

ValueId filter(GraphBuilder& b, ValueId x, std::int64_t outputs, const Attributes& attributes = kPadded) {
  return b.add("convolution", "c", {x}, {weight(b, "c.weight", {outputs, b.shape(x)[0], 3, 3})}, attributes);
}

ValueId transposed(GraphBuilder& b, ValueId x, const Integers& permutation) {
  return b.add("transpose", "", {x}, {}, {{"permutation", permutation}});
}

ValueId slice(GraphBuilder& b, ValueId x, std::int64_t axis, std::int64_t start, std::int64_t end,
              std::int64_t step = 1) {
  return b.add("slice", "", {x}, {}, {{"axis", axis}, {"start", start}, {"end", end}, {"step", step}});
}

ValueId gathered(GraphBuilder& b, ValueId x, std::int64_t axis, const Integers& indices) {
  return b.add("gather", "", {x}, {}, {{"axis", axis}, {"indices", indices}});
}

ValueId entry(GraphBuilder& b, ValueId x, std::int64_t axis, std::int64_t index) {
  return b.add("gather", "", {x}, {}, {{"axis", axis}, {"indices", Integers{index}}, {"squeeze", kOne}});
}

/// One operator on a value that depends on weights.
Case plain(const std::string& name, const std::string& op, const Shape& input, const Attributes& attributes,
           bool kinked = false) {
  return {name, input,
          [=](GraphBuilder& b, ValueId x) { return b.add(op, op, {learnt(b, x)}, {}, attributes); }, kinked};
}

void add_products(std::vector<Case>& all) {
  const auto product = [&](const std::string& name, const Shape& input, const Shape& matrix, bool bias,
                           bool transposed) {
    all.push_back(
        {"linear " + name, input, [=](GraphBuilder& b, ValueId x) {
           std::vector<TensorId> weights = {weight(b, "l.weight", matrix)};
           if (bias) weights.push_back(weight(b, "l.bias", {matrix[transposed ? 1 : 0]}, Role::bias));
           return b.add("linear", "l", {learnt(b, x)}, weights, {{"transposed", kOne * transposed}});
         }});
  };
  product("", {7}, {5, 7}, true, false);
  product("without bias", {7}, {5, 7}, false, false);
  product("transposed", {7}, {7, 5}, true, true);
  product("of tokens", {11, 5}, {4, 5}, true, false);
  product("of tokens, transposed", {3, 3, 5}, {5, 4}, true, true);
  const auto convolution = [&](const std::string& name, const Shape& input, const Shape& filters,
                               const Attributes& attributes, bool bias = true) {
    all.push_back({"convolution " + name, input, [=](GraphBuilder& b, ValueId x) {
                     std::vector<TensorId> weights = {weight(b, "c.weight", filters)};
                     if (bias) weights.push_back(weight(b, "c.bias", {filters[0]}, Role::bias));
                     return b.add("convolution", "c", {learnt(b, x)}, weights, attributes);
                   }});
  };
  const Integers around = {1, 1, 1, 1};
  convolution("3x3", {2, 5, 7}, {3, 2, 3, 3}, kPadded);
  convolution("3x3 without padding or bias", {2, 5, 7}, {3, 2, 3, 3}, {}, false);
  convolution("stride 2", {2, 5, 7}, {5, 2, 3, 3}, {{"padding", around}, {"stride", Integers{2, 2}}});
  convolution("1x1 stride 2", {2, 6, 5}, {3, 2, 1, 1}, {{"stride", Integers{2, 2}}});
  convolution("2x3 stride 3, 2, uneven padding", {2, 7, 8}, {3, 2, 2, 3},
              {{"padding", Integers{0, 2, 1, 0}}, {"stride", Integers{3, 2}}});
  convolution("dilated", {2, 7, 6}, {3, 2, 3, 2},
              {{"padding", Integers{2, 1, 2, 1}}, {"dilation", Integers{2, 3}}});
  convolution("groups", {4, 5, 5}, {6, 2, 3, 3}, {{"padding", around}, {"groups", 2 * kOne}});
  convolution("depthwise stride 2", {4, 5, 5}, {4, 1, 3, 3},
              {{"padding", around}, {"stride", Integers{2, 2}}, {"groups", 4 * kOne}});
  convolution("patches", {1, 6, 6}, {4, 1, 3, 3}, {{"stride", Integers{3, 3}}});
  all.push_back({"tokens, tanh", {11, 5}, [](GraphBuilder& b, ValueId x) {
                   return linear(b, b.add("tanh", "", {learnt(b, x)}), 4);
                 }});
  const auto matmul = [&](const std::string& name, const Shape& input, const Shape& matrix, bool left) {
    all.push_back({"matmul " + name, input, [=](GraphBuilder& b, ValueId x) {
                     const ValueId a = b.add("tanh", "", {learnt(b, x)});
                     const ValueId m = b.parameter(weight(b, "m", matrix, Role::embedding));
                     return left ? b.add("matmul", "", {m, a}) : b.add("matmul", "", {a, m});
                   }});
  };
  matmul("one tile", {4, 4}, {4, 4}, false);
  matmul("odd sizes", {9, 6}, {6, 11}, false);
  matmul("with a matrix for all", {3, 4, 5}, {5, 7}, false);
  matmul("of broadcast batches", {2, 3, 4}, {1, 5, 3}, true);
  matmul("of batches that meet", {3, 1, 2, 5}, {2, 5, 3}, false);
}

void add_elements(std::vector<Case>& all) {
  const auto element = [&](const std::string& op, const Attributes& attributes = {}, bool kinked = false,
                           const std::string& more = "") {
    all.push_back(plain(op + more, op, {5}, attributes, kinked));
  };
  element("relu", {}, true);
  element("leaky-relu", {{"slope", 0.2}}, true);
  for (const char* op : {"tanh", "sigmoid", "softplus", "silu", "erf", "exp", "gelu"}) element(op);
  element("gelu", {{"approximation", std::string("tanh")}}, false, " tanh");
  for (const char* op : {"hard-swish", "hard-sigmoid", "absolute"}) element(op, {}, true);
  element("clip", {{"minimum", -0.4}, {"maximum", 0.6}}, true);
  element("clip", {{"minimum", -0.5}}, true, " below");
  element("dropout", {{"rate", 0.3}});
  for (const double p : {0.0, 1.0, 2.0, 3.0, 5.0})
    element("power", {{"exponent", p}}, false, " " + std::to_string(p));
  const auto of_positive = [&](const std::string& op, const Attributes& attributes = {},
                               const std::string& more = "") {
    all.push_back({op + more + " of positive values", {5}, [=](GraphBuilder& b, ValueId x) {
                     return b.add(op, op, {positive(b, learnt(b, x))}, {}, attributes);
                   }});
  };
  of_positive("log");
  of_positive("sqrt");
  for (const double p : {-2.0, -1.0, -0.5, 0.5, 1.5, 2.3})
    of_positive("power", {{"exponent", p}}, " " + std::to_string(p));
  // Powers of the zeros that a ReLU leaves are no reason for a NaN.
  for (const double p : {0.0, 1.0, 2.0, 3.0})
    all.push_back({"power of zeros " + std::to_string(p),
                   {6},
                   [=](GraphBuilder& b, ValueId x) {
                     const ValueId v = b.add("relu", "", {learnt(b, x)});
                     return b.add("power", "", {v}, {}, {{"exponent", p}});
                   },
                   true});
  all.push_back({"gelu of a strided part", {6, 5}, [](GraphBuilder& b, ValueId x) {
                   const ValueId v = learnt(b, x);
                   const ValueId gate = b.add("gelu", "", {slice(b, v, 1, 0, 5, 2)});
                   return b.add("add", "", {gate, slice(b, v, 1, 1, 4)});
                 }});
  all.push_back({"relu after a sum",
                 {6},
                 [](GraphBuilder& b, ValueId x) {
                   const ValueId v = learnt(b, x);
                   return b.add("relu", "", {b.add("add", "", {v, b.add("tanh", "", {v})})});
                 },
                 true});
  all.push_back({"silu after a linear layer of the input's relu", {6}, [](GraphBuilder& b, ValueId x) {
                   return b.add("silu", "", {learnt(b, b.add("relu", "", {x}))});
                 }});
}

void add_fused(std::vector<Case>& all) {
  const auto chain = [&](const std::string& name, const std::vector<std::string>& ops) {
    all.push_back({"convolution, " + name,
                   {2, 7, 7},
                   [=](GraphBuilder& b, ValueId x) {
                     ValueId v = filter(b, learnt(b, x), 3);
                     for (const std::string& op : ops) v = b.add(op, op, {v});
                     const TensorId w = weight(b, "d.weight", {2, 3, 3, 3});
                     return b.add("convolution", "d", {v}, {w}, kPadded);
                   },
                   true});
  };
  chain("relu, pool", {"relu", "max-pool"});
  chain("pool, tanh", {"max-pool", "tanh"});
  chain("sigmoid, pool", {"sigmoid", "max-pool"});
  chain("erf, pool", {"erf", "max-pool"});
  chain("gelu, pool", {"gelu", "max-pool"});
  chain("pool, silu", {"max-pool", "silu"});
  chain("tanh, sigmoid", {"tanh", "sigmoid"});
  chain("dropout", {"dropout"});
  all.push_back({"linear, gelu, linear", {7}, [](GraphBuilder& b, ValueId x) {
                   return linear(b, b.add("gelu", "", {learnt(b, x)}), 6);
                 }});
}

void add_pools(std::vector<Case>& all) {
  const auto pool = [&](const std::string& name, const std::string& op, const Shape& input,
                        const Attributes& attributes) {
    all.push_back(plain(name, op, input, attributes, op == "max-pool"));
  };
  const Integers threes = {3, 3};
  const Integers twos = {2, 2};
  const Integers around = {1, 1, 1, 1};
  pool("max-pool 3x3 stride 2 padded", "max-pool", {2, 7, 6},
       {{"kernel", threes}, {"stride", twos}, {"padding", around}});
  pool("max-pool rounded up", "max-pool", {2, 6, 5}, {{"kernel", threes}, {"stride", twos}, {"ceil", kOne}});
  pool("max-pool dilated", "max-pool", {2, 6, 7},
       {{"kernel", twos}, {"stride", Integers{1, 2}}, {"dilation", Integers{2, 3}}});
  pool("average-pool", "average-pool", {2, 7, 6},
       {{"kernel", Integers{3, 2}}, {"stride", twos}, {"padding", around}});
  pool("average-pool that leaves padding out", "average-pool", {2, 7, 6},
       {{"kernel", Integers{3, 2}}, {"padding", Integers{1, 0, 1, 0}}, {"count_padding", 0 * kOne}});
  pool("average-pool rounded up", "average-pool", {2, 6, 5},
       {{"kernel", threes}, {"stride", twos}, {"padding", around}, {"ceil", kOne}});
  all.push_back({"pools of a value and of its view",
                 {4, 5, 3},
                 [](GraphBuilder& b, ValueId x) {
                   const ValueId v = b.add("tanh", "", {learnt(b, x)});
                   const ValueId t = transposed(b, v, {2, 0, 1});
                   const Attributes kernel = {{"kernel", Integers{2, 2}}};
                   const ValueId mean = b.add("average-pool", "", {t}, {}, kernel);
                   return b.add("add", "", {mean, b.add("max-pool", "", {t}, {}, kernel)});
                 },
                 true});
}

void add_binaries(std::vector<Case>& all) {
  const auto binary = [&](const std::string& op, const Shape& input, const Shape& other, bool swapped) {
    const std::string name = op + " " + shape_text(other) + (swapped ? " and " : " to ") + shape_text(input);
    all.push_back({name, input, [=](GraphBuilder& b, ValueId x) {
                     ValueId left = learnt(b, x);
                     ValueId right = b.parameter(weight(b, "right", other, Role::embedding));
                     if (swapped) std::swap(left, right);
                     if (op == "divide") right = positive(b, right);
                     return b.add(op, op, {left, right});
                   }});
  };
  const Shape whole = {2, 3, 5};
  for (const char* op : {"add", "subtract", "multiply", "divide"}) {
    binary(op, whole, whole, false);
    binary(op, whole, {3, 1}, false);
    binary(op, whole, {2, 1, 5}, true);
    binary(op, {5}, {3, 5}, false);
    binary(op, {1, 5}, {3, 1}, true);
    binary(op, whole, {1}, false);
    binary(op, whole, {}, true);
    all.push_back({std::string(op) + " of a value with itself", {6}, [=](GraphBuilder& b, ValueId x) {
                     const ValueId v = positive(b, learnt(b, x));
                     return b.add("multiply", "", {b.add(op, op, {v, v}), b.add("tanh", "", {v})});
                   }});
    all.push_back(
        {std::string(op) + " of a constant and of the input", whole, [=](GraphBuilder& b, ValueId x) {
           const ValueId v = positive(b, learnt(b, x));
           const ValueId scaled = b.add(op, "", {b.constant({3, 1}, {0.5f, -1, 2}), v});
           return b.add(op, "", {x, b.add("add", "", {scaled, b.constant({}, {4})})});
         }});
  }
  all.push_back({"normalised, relu, then a sum, relu", {3, 5, 5}, [](GraphBuilder& b, ValueId x) {
                   const ValueId v = learnt(b, x);
                   const std::vector<TensorId> weights = {weight(b, "n.scale", {3}, Role::normalisation),
                                                          weight(b, "n.shift", {3}, Role::normalisation)};
                   const std::vector<TensorId> buffers = {b.add_buffer("n.mean", {3}, 0.1f),
                                                          b.add_buffer("n.variance", {3}, 0.8f)};
                   const ValueId u = b.add("batch-norm", "n", {v}, weights, {}, buffers);
                   return b.add("relu", "", {b.add("add", "", {filter(b, b.add("relu", "", {u}), 3), v})});
                 }});
  all.push_back({"residual block", {3, 5, 5}, [](GraphBuilder& b, ValueId x) {
                   const ValueId v = b.add("tanh", "", {learnt(b, x)});
                   return b.add("tanh", "", {b.add("add", "", {filter(b, v, 3), v})});
                 }});
  all.push_back(
      {"shortcut of strided slices and padding", {2, 6, 6}, [](GraphBuilder& b, ValueId x) {
         const ValueId v = b.add("tanh", "", {learnt(b, x)});
         const ValueId u = filter(b, v, 4, {{"padding", Integers{1, 1, 1, 1}}, {"stride", Integers{2, 2}}});
         const ValueId s = slice(b, slice(b, v, 1, 0, 6, 2), 2, 0, 6, 2);
         const Integers channels = {1, 0, 0};
         return b.add("add", "", {u, b.add("pad", "", {s}, {}, {{"before", channels}, {"after", channels}})});
       }});
  all.push_back({"a sum of many", {6}, [](GraphBuilder& b, ValueId x) {
                   ValueId v = learnt(b, x);
                   for (const char* op : {"tanh", "sigmoid", "silu"})
                     v = b.add("add", "", {v, b.add(op, "", {v})});
                   return v;
                 }});
}

void add_views(std::vector<Case>& all) {
  const auto view = [&](const std::string& name, const Shape& input,
                        const std::function<ValueId(GraphBuilder&, ValueId)>& build) {
    all.push_back({name, input, [=](GraphBuilder& b, ValueId x) { return build(b, learnt(b, x)); }});
  };
  const Integers turn = {2, 0, 1};
  all.push_back(plain("transpose", "transpose", {3, 4, 5}, {{"permutation", turn}}));
  all.push_back(plain("reshape", "reshape", {3, 4, 5}, {{"shape", Shape{6, 10}}}));
  all.push_back(plain("slice", "slice", {6, 5}, {{"start", kOne}, {"end", 6 * kOne}, {"step", 2 * kOne}}));
  all.push_back(plain("pad", "pad", {2, 3, 4},
                      {{"before", Integers{0, 1, 2}}, {"after", Integers{1, 0, 1}}, {"value", 0.7}}));
  view("overlapping slices", {7}, [](GraphBuilder& b, ValueId v) {
    const ValueId sum = b.add("add", "", {slice(b, v, 0, 0, 3), slice(b, v, 0, 1, 4)});
    return b.add("multiply", "", {sum, slice(b, v, 0, 3, 6)});
  });
  view("a slice of a slice, and the whole", {4, 9}, [](GraphBuilder& b, ValueId v) {
    const ValueId part = slice(b, slice(b, v, 1, 1, 9, 2), 1, 1, 4);
    return b.add("multiply", "", {part, b.add("mean", "", {v}, {}, {{"axes", Integers{1}}, {"keep", kOne}})});
  });
  view("a view into a padded convolution", {5, 5, 2},
       [=](GraphBuilder& b, ValueId v) { return filter(b, transposed(b, v, turn), 3); });
  view("a view into a convolution", {5, 6, 2},
       [=](GraphBuilder& b, ValueId v) { return filter(b, transposed(b, v, turn), 3, {}); });
  view("a slice into a padded convolution", {3, 6, 7},
       [](GraphBuilder& b, ValueId v) { return filter(b, slice(b, slice(b, v, 2, 1, 7, 2), 0, 1, 3), 2); });
  view("a padded value into a padded convolution", {2, 3, 4}, [](GraphBuilder& b, ValueId v) {
    const Integers edge = {0, 1, 0};
    return filter(b, b.add("pad", "", {v}, {}, {{"before", edge}, {"after", edge}}), 3);
  });
  view("a view into a linear layer", {4, 6}, [](GraphBuilder& b, ValueId v) {
    return linear(b, transposed(b, v, {1, 0}), 3);
  });
  view("strided tokens into a linear layer", {5, 3, 4}, [](GraphBuilder& b, ValueId v) {
    return linear(b, slice(b, transposed(b, v, {1, 2, 0}), 1, 0, 4, 2), 3);
  });
  view("every second feature into a linear layer", {8},
       [](GraphBuilder& b, ValueId v) { return linear(b, slice(b, v, 0, 1, 8, 2), 3); });
  view("channels last", {3, 4, 5}, [](GraphBuilder& b, ValueId v) {
    const ValueId last = transposed(b, v, {1, 2, 0});
    const ValueId wide = b.add("gelu", "", {linear(b, last, 7, "1")});
    return b.add("add", "", {transposed(b, linear(b, wide, 3, "2"), {2, 0, 1}), v});
  });
  view("views into a product", {5, 3, 7}, [](GraphBuilder& b, ValueId v) {
    return b.add("matmul", "", {transposed(b, v, {1, 0, 2}), transposed(b, v, {1, 2, 0})});
  });
  view("a softmax along a view's axis", {3, 4, 5}, [=](GraphBuilder& b, ValueId v) {
    return b.add("softmax", "", {transposed(b, v, turn)}, {}, {{"axis", 0 * kOne}});
  });
  view("a transposed value in another order", {3, 4, 2}, [=](GraphBuilder& b, ValueId v) {
    const ValueId t = b.add("reshape", "", {transposed(b, v, turn)}, {}, {{"shape", Shape{8, 3}}});
    return linear(b, t, 4);
  });
  view("concatenate with a class token", {4, 5}, [](GraphBuilder& b, ValueId v) {
    const ValueId token = b.parameter(weight(b, "token", {1, 5}, Role::embedding));
    return b.add("concatenate", "", {token, v, b.input()}, {}, {{"axis", 0 * kOne}});
  });
  view("concatenate a value with its parts", {3, 4, 5}, [](GraphBuilder& b, ValueId v) {
    return b.add("concatenate", "", {slice(b, v, 2, 3, 5), v, v}, {}, {{"axis", -kOne}});
  });
  view("gather repeated", {4, 3}, [](GraphBuilder& b, ValueId v) { return gathered(b, v, 0, {2, 0, 2}); });
  view("gather in steps", {3, 7}, [](GraphBuilder& b, ValueId v) { return gathered(b, v, 1, {1, 3, 5}); });
  view("gather backwards", {3, 5}, [](GraphBuilder& b, ValueId v) { return gathered(b, v, 1, {4, 2, 0}); });
  view("gather one, and one again", {4, 5}, [](GraphBuilder& b, ValueId v) {
    return b.add("multiply", "", {entry(b, v, 0, 0), b.add("tanh", "", {entry(b, v, 0, 2)})});
  });
}

void add_reductions(std::vector<Case>& all) {
  const auto sum = [&](const std::string& op, const Shape& input, const Integers& axes, bool keep) {
    all.push_back(
        plain(op + " of axes " + shape_text(axes), op, input, {{"axes", axes}, {"keep", kOne * keep}}));
  };
  sum("mean", {3, 4, 5}, {1, 2}, false);
  sum("mean", {4, 5}, {-1}, true);
  sum("sum", {3, 4, 5}, {0, 2}, false);
  sum("sum", {4, 5}, {0, 1}, false);
  sum("mean", {4, 5}, {}, false);
  all.push_back(plain("softmax", "softmax", {3, 5}, {}));
  all.push_back(plain("softmax of an inner axis", "softmax", {3, 4, 2}, {{"axis", kOne}}));
  all.push_back(plain("log-softmax", "log-softmax", {3, 5}, {}));
  all.push_back(plain("log-softmax of the first axis", "log-softmax", {4, 3}, {{"axis", 0 * kOne}}));
  all.push_back({"deviation from the mean, by hand", {6}, [](GraphBuilder& b, ValueId x) {
                   const Attributes over = {{"axes", Integers{0}}, {"keep", kOne}};
                   const ValueId v = learnt(b, x);
                   const ValueId d = b.add("subtract", "", {v, b.add("mean", "", {v}, {}, over)});
                   const ValueId square = b.add("mean", "", {b.add("multiply", "", {d, d})}, {}, over);
                   return b.add("divide", "", {d, b.add("sqrt", "", {square})});
                 }});
}

void add_norms(std::vector<Case>& all) {
  const auto norm = [&](const std::string& op, const Shape& input, const Shape& parameters,
                        const Attributes& attributes, const std::string& given, bool on_input = false) {
    const std::string name = op + " " + shape_text(input) + " " + given + (on_input ? " of the input" : "");
    all.push_back({name, input, [=](GraphBuilder& b, ValueId x) {
                     std::vector<TensorId> weights;
                     if (given != "alone")
                       weights.push_back(given == "shift"
                                             ? kAbsent
                                             : weight(b, "n.weight", parameters, Role::normalisation));
                     if (given == "both" || given == "shift")
                       weights.push_back(weight(b, "n.bias", parameters, Role::normalisation));
                     std::vector<TensorId> buffers;
                     if (op == "batch-norm")
                       buffers = {b.add_buffer("n.mean", parameters, 0.2f),
                                  b.add_buffer("n.variance", parameters, 1.3f)};
                     return b.add(op, op, {on_input ? x : learnt(b, x)}, weights, attributes, buffers);
                   }});
  };
  norm("layer-norm", {3, 7}, {7}, {}, "both");
  norm("layer-norm", {7}, {7}, {}, "alone");
  norm("layer-norm", {3, 7}, {7}, {}, "both", true);
  norm("layer-norm", {7}, {7}, {}, "shift", true);
  norm("layer-norm", {2, 3, 4}, {3, 4}, {{"axes", 2 * kOne}, {"epsilon", 0.01}}, "scale");
  norm("rms-norm", {3, 7}, {7}, {}, "scale");
  norm("rms-norm", {2, 3, 4}, {3, 4}, {{"axes", 2 * kOne}, {"epsilon", 0.1}}, "alone");
  norm("group-norm", {6, 3, 2}, {6}, {{"groups", 3 * kOne}}, "both");
  norm("group-norm", {4, 5}, {4}, {{"groups", 4 * kOne}}, "both");
  norm("group-norm", {4, 3, 3}, {4}, {{"groups", kOne}}, "shift");
  norm("batch-norm", {3, 4, 2}, {3}, {}, "both");
  norm("batch-norm", {5}, {5}, {}, "both");
  norm("batch-norm", {3, 4}, {3}, {{"epsilon", 0.1}}, "alone");
  norm("batch-norm", {3, 4, 2}, {3}, {}, "shift", true);
  all.push_back({"layer-norm of channels", {7, 3, 2}, [](GraphBuilder& b, ValueId x) {
                   const ValueId v = learnt(b, x);
                   const TensorId scale = weight(b, "n.weight", {7}, Role::normalisation);
                   const ValueId y = b.add("layer-norm", "", {transposed(b, v, {1, 2, 0})}, {scale});
                   return b.add("multiply", "", {transposed(b, y, {2, 0, 1}), v});
                 }});
}

void add_networks(std::vector<Case>& all) {
  all.push_back({"shared weights", {5}, [](GraphBuilder& b, ValueId x) {
                   const TensorId w = weight(b, "w", {5, 5});
                   const ValueId v = b.add("tanh", "", {b.add("linear", "1", {x}, {w})});
                   return b.add("linear", "2", {v}, {w});
                 }});
  all.push_back({"attention", {5, 6}, [](GraphBuilder& b, ValueId x) {
                   ValueId qkv =
                       b.add("linear", "qkv", {learnt(b, x)},
                             {weight(b, "qkv.weight", {18, 6}), weight(b, "qkv.bias", {18}, Role::bias)});
                   qkv = b.add("reshape", "", {qkv}, {}, {{"shape", Shape{5, 3, 2, 3}}});
                   qkv = transposed(b, qkv, {1, 2, 0, 3});
                   const ValueId keys = transposed(b, entry(b, qkv, 0, 1), {0, 2, 1});
                   const ValueId a = b.add("softmax", "", {b.add("matmul", "", {entry(b, qkv, 0, 0), keys})});
                   const ValueId v = transposed(b, b.add("matmul", "", {a, entry(b, qkv, 0, 2)}), {1, 0, 2});
                   return b.add("reshape", "", {v}, {}, {{"shape", Shape{5, 6}}});
                 }});
  all.push_back({"a parameter as a matrix of weights", {3, 4}, [](GraphBuilder& b, ValueId x) {
                   const ValueId w = b.parameter(weight(b, "w", {20}));
                   const ValueId m = b.add("reshape", "", {w}, {}, {{"shape", Shape{4, 5}}});
                   return b.add("matmul", "", {x, b.add("multiply", "", {m, b.add("sigmoid", "", {m})})});
                 }});
  // Without an example these operators see zeros, whose derivatives are infinite.
  all.push_back(
      {"logarithms and roots of the input", {2, 5}, [](GraphBuilder& b, ValueId x) {
         const ValueId square = b.add("multiply", "", {x, x});
         const ValueId root = b.add("sqrt", "", {b.add("absolute", "", {x})});
         const ValueId all = b.add("add", "", {b.add("log", "", {square}), root});
         return b.add("tanh", "", {learnt(b, b.add("multiply", "", {all, b.constant({}, {0.1f})}))});
       }});
  const auto bare = [&](const std::string& name, const Shape& input,
                        const std::function<ValueId(GraphBuilder&, ValueId)>& build) {
    all.push_back({name + " as the output", input, build, false, true});
  };
  bare("a slice", {6}, [](GraphBuilder& b, ValueId x) { return slice(b, learnt(b, x), 0, 1, 6, 2); });
  bare("a transposed value", {1, 3}, [](GraphBuilder& b, ValueId x) {
    return transposed(b, learnt(b, x), {1, 0});
  });
  bare("a reshaped view", {3, 2}, [](GraphBuilder& b, ValueId x) {
    const ValueId v = b.add("reshape", "", {transposed(b, learnt(b, x), {1, 0})}, {}, {{"shape", Shape{6}}});
    return b.add("add", "", {slice(b, v, 0, 0, 3), slice(b, v, 0, 3, 6)});
  });
  bare("a reshaped value", {3, 1}, [](GraphBuilder& b, ValueId x) {
    return b.add("reshape", "", {transposed(b, learnt(b, x), {1, 0})}, {}, {{"shape", Shape{3}}});
  });
  bare("an entry", {4, 3}, [](GraphBuilder& b, ValueId x) { return entry(b, learnt(b, x), 0, 2); });
  bare("dropout", {3}, [](GraphBuilder& b, ValueId x) { return b.add("dropout", "", {learnt(b, x)}); });
  bare("a mean", {3, 4}, [](GraphBuilder& b, ValueId x) {
    return b.add("mean", "", {learnt(b, x)}, {}, {{"axes", Integers{1}}});
  });
  bare("log-softmax", {3},
       [](GraphBuilder& b, ValueId x) { return b.add("log-softmax", "", {learnt(b, x)}); });
}

}  // namespace

const std::vector<OperatorCase>& operator_cases() {
  static const std::vector<OperatorCase> cases = [] {
    std::vector<OperatorCase> all;
    add_products(all);
    add_elements(all);
    add_fused(all);
    add_pools(all);
    add_binaries(all);
    add_views(all);
    add_reductions(all);
    add_norms(all);
    add_networks(all);
    return all;
  }();
  return cases;
}

OperatorSetting::OperatorSetting(const OperatorCase& one) {
  GraphBuilder builder(one.input, "test");
  ValueId v = one.build(builder, builder.input());
  if (!one.bare) {
    const std::int64_t size = size_of(builder.shape(v));
    v = builder.add("reshape", "", {v}, {}, {{"shape", Shape{size}}});
    v = builder.add(
        "linear", "head", {v},
        {weight(builder, "head.weight", {3, size}), weight(builder, "head.bias", {3}, Role::bias)});
  }
  graph = std::make_shared<const Graph>(builder.finish(v, "test"));
  const auto normal = [&](std::string_view name, std::int64_t count, double scale) {
    std::vector<float> numbers(static_cast<std::size_t>(count));
    RandomStream(7, one.name + std::string(name)).fill_normal(numbers, scale);
    return numbers;
  };
  data.images = normal("images", kExamples * size_of(one.input), 1);
  weights = normal("weights", graph->dimension, 0.5);
  direction = normal("direction", graph->dimension, 1);
  other = normal("other", graph->dimension, 1);
  for (std::int64_t n = 0; n < kExamples; ++n) {
    data.labels.push_back(static_cast<std::int32_t>(n % 3));
    indices.push_back(n);
  }
  for (const BufferPlace& buffer : graph->buffers)
    buffers.insert(buffers.end(), static_cast<std::size_t>(buffer.count), buffer.initial);
}

}  // namespace nwedge::test
