#include "tests/laws/operator_blocks.hpp"

namespace nwedge::test::blocks {

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
  all.push_back({"a clipped sum of a view and a broadcast value",
                 {4, 6},
                 [](GraphBuilder& b, ValueId x) {
                   const ValueId v = transposed(b, learnt(b, x), {1, 0});
                   const ValueId sum = b.add("add", "", {v, b.parameter(weight(b, "p", {6, 1}))});
                   const ValueId y = b.add("clip", "", {sum}, {}, {{"minimum", -0.7}, {"maximum", 0.5}});
                   return b.add("multiply", "", {y, slice(b, y, 1, 1, 2)});
                 },
                 true});
  all.push_back({"leaky relu of a normalised view",
                 {5, 3, 4},
                 [](GraphBuilder& b, ValueId x) {
                   const ValueId v = transposed(b, learnt(b, x), {2, 0, 1});
                   const std::vector<TensorId> buffers = {b.add_buffer("n.mean", {4}, 0.1f),
                                                          b.add_buffer("n.variance", {4}, 0.8f)};
                   const TensorId scale = weight(b, "n.scale", {4}, Role::normalisation);
                   const ValueId y = b.add("batch-norm", "n", {v}, {scale}, {}, buffers);
                   return filter(b, b.add("leaky-relu", "", {y}), 2);
                 },
                 true});
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
         const ValueId both = b.add("add", "", {b.add("log", "", {square}), root});
         return b.add("tanh", "", {learnt(b, b.add("multiply", "", {both, b.constant({}, {0.1f})}))});
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

}  // namespace nwedge::test::blocks
