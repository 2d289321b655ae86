#include "tests/laws/operator_blocks.hpp"

namespace nwedge::test::blocks {

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

}  // namespace nwedge::test::blocks
