#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <set>

#include "nwedge/network/engine/batch_pass.hpp"
#include "nwedge/network/engine/pass.hpp"
#include "nwedge/network/engine/tangent_pass.hpp"
#include "nwedge/network/graph/builder.hpp"
#include "nwedge/network/operators/table.hpp"
#include "tests/reference/graph_reference.hpp"
#include "tests/support/threads.hpp"

/// What holds for every operator: its outputs are those of plain loops in double precision, its gradient and
/// its Hessian product are the differences of these, whatever the plan, the lanes and the order.
namespace nwedge::network {
namespace {

using Values = std::vector<ValueId>;
using Ints = std::vector<std::int64_t>;

/// A small network around one operator. `build` gets a builder and the input, and returns the operator's
/// value; a linear layer of three outputs follows.
struct Case {
  std::string name;
  Shape input;
  std::function<ValueId(GraphBuilder&, ValueId)> build;
  bool kinked = false;  ///< differences must stay clear of kinks: looser bounds
};

TensorId weight(GraphBuilder& b, const std::string& name, const Shape& shape, Role role = Role::weight) {
  return b.add_tensor(name, shape, role, {Initialisation::Law::normal, 0.5});
}

/// A linear layer or convolution before the operator, so that its input depends on weights.
ValueId learnt(GraphBuilder& b, ValueId x) {
  const Shape& shape = b.shape(x);
  if (shape.size() == 3) {
    const TensorId w = weight(b, "before.weight", {shape[0], shape[0], 1, 1});
    return b.add("convolution", "before", {x}, {w, weight(b, "before.bias", {shape[0]}, Role::bias)});
  }
  const TensorId w = weight(b, "before.weight", {shape.back(), shape.back()});
  return b.add("linear", "before", {x}, {w, weight(b, "before.bias", {shape.back()}, Role::bias)});
}

Case element(const std::string& op, Attributes attributes = {}, bool kinked = false) {
  return {op,
          {5},
          [=](GraphBuilder& b, ValueId x) { return b.add(op, op, {learnt(b, x)}, {}, attributes); },
          kinked};
}

Case positive(const std::string& op, Attributes attributes = {}) {
  return {op + " of positive values", {5}, [=](GraphBuilder& b, ValueId x) {
            const ValueId e = b.add("softplus", "", {learnt(b, x)});
            return b.add(op, op, {b.add("add", "", {e, b.constant({1}, {0.3f})})}, {}, attributes);
          }};
}

Case convolution(const std::string& name, const Shape& input, const Shape& filters, Attributes attributes,
                 bool bias = true) {
  return {"convolution " + name, input, [=](GraphBuilder& b, ValueId x) {
            std::vector<TensorId> weights = {weight(b, "c.weight", filters)};
            if (bias) weights.push_back(weight(b, "c.bias", {filters[0]}, Role::bias));
            return b.add("convolution", "c", {learnt(b, x)}, weights, attributes);
          }};
}

Case rearrangement(const std::string& op, const Shape& input, Attributes attributes) {
  return {op + " " + std::to_string(input.size()), input,
          [=](GraphBuilder& b, ValueId x) { return b.add(op, op, {learnt(b, x)}, {}, attributes); }};
}

Case binary(const std::string& op, const Shape& other) {
  return {op + " " + shape_text(other), {2, 3, 5}, [=](GraphBuilder& b, ValueId x) {
            const ValueId left = learnt(b, x);
            ValueId right = b.parameter(weight(b, "right", other, Role::embedding));
            if (op == "divide")
              right = b.add("add", "", {b.add("softplus", "", {right}), b.constant({1}, {0.5f})});
            return b.add(op, op, {left, right});
          }};
}

Case norm(const std::string& op, const Shape& input, const Shape& parameters, Attributes attributes,
          int given) {
  return {
      op + " " + shape_text(input) + " " + std::to_string(given), input, [=](GraphBuilder& b, ValueId x) {
        std::vector<TensorId> weights;
        if (given > 0) weights.push_back(weight(b, "n.weight", parameters, Role::normalisation));
        if (given > 1) weights.push_back(weight(b, "n.bias", parameters, Role::normalisation));
        std::vector<TensorId> buffers;
        if (op == "batch-norm")
          buffers = {b.add_buffer("n.mean", parameters, 0.2f), b.add_buffer("n.variance", parameters, 1.3f)};
        return b.add(op, op, {learnt(b, x)}, weights, attributes, buffers);
      }};
}

std::vector<Case> cases() {
  std::vector<Case> all = {
      {"linear", {7}, [](GraphBuilder& b, ValueId x) { return learnt(b, x); }},
      {"linear without bias", {7}, [](GraphBuilder& b, ValueId x) {
         return b.add("linear", "l", {learnt(b, x)}, {weight(b, "l.weight", {5, 7})});
       }},
      {"linear transposed", {7}, [](GraphBuilder& b, ValueId x) {
         return b.add("linear", "l", {learnt(b, x)}, {weight(b, "l.weight", {7, 5}), weight(b, "l.bias", {5}, Role::bias)},
                      {{"transposed", std::int64_t{1}}});
       }},
      {"linear of tokens", {11, 5}, [](GraphBuilder& b, ValueId x) { return learnt(b, x); }},
      {"linear of tokens transposed", {3, 3, 5}, [](GraphBuilder& b, ValueId x) {
         return b.add("linear", "l", {learnt(b, x)}, {weight(b, "l.weight", {5, 4}), weight(b, "l.bias", {4}, Role::bias)},
                      {{"transposed", std::int64_t{1}}});
       }},
      convolution("3x3", {2, 5, 7}, {3, 2, 3, 3}, {{"padding", Ints{1, 1, 1, 1}}}),
      convolution("3x3 without padding or bias", {2, 5, 7}, {3, 2, 3, 3}, {}, false),
      convolution("stride 2", {2, 5, 7}, {5, 2, 3, 3}, {{"padding", Ints{1, 1, 1, 1}}, {"stride", Ints{2, 2}}}),
      convolution("1x1 stride 2", {2, 6, 5}, {3, 2, 1, 1}, {{"stride", Ints{2, 2}}}),
      convolution("2x3 stride 3, 2, uneven padding", {2, 7, 8}, {3, 2, 2, 3},
                  {{"padding", Ints{0, 2, 1, 0}}, {"stride", Ints{3, 2}}}),
      convolution("dilated", {2, 7, 6}, {3, 2, 3, 2}, {{"padding", Ints{2, 1, 2, 1}}, {"dilation", Ints{2, 3}}}),
      convolution("groups", {4, 5, 5}, {6, 2, 3, 3}, {{"padding", Ints{1, 1, 1, 1}}, {"groups", std::int64_t{2}}}),
      convolution("depthwise stride 2", {4, 5, 5}, {4, 1, 3, 3},
                  {{"padding", Ints{1, 1, 1, 1}}, {"stride", Ints{2, 2}}, {"groups", std::int64_t{4}}}),
      convolution("patches", {1, 6, 6}, {4, 1, 3, 3}, {{"stride", Ints{3, 3}}}),
      {"convolution, relu, pool", {2, 7, 7}, [](GraphBuilder& b, ValueId x) {
         ValueId v = b.add("convolution", "c", {x}, {weight(b, "c.weight", {3, 2, 3, 3}), weight(b, "c.bias", {3}, Role::bias)},
                           {{"padding", Ints{1, 1, 1, 1}}});
         v = b.add("max-pool", "", {b.add("relu", "", {v})}, {}, {{"kernel", Ints{2, 2}}});
         return b.add("convolution", "d", {v}, {weight(b, "d.weight", {2, 3, 3, 3})}, {{"padding", Ints{1, 1, 1, 1}}});
       }, true},
      {"convolution, pool, tanh", {2, 7, 7}, [](GraphBuilder& b, ValueId x) {
         ValueId v = b.add("convolution", "c", {learnt(b, x)}, {weight(b, "c.weight", {3, 2, 3, 3})}, {});
         return b.add("tanh", "", {b.add("max-pool", "", {v}, {}, {{"kernel", Ints{2, 2}}})});
       }, true},
      element("relu", {}, true), element("leaky-relu", {{"slope", 0.2}}, true), element("tanh"), element("sigmoid"),
      element("softplus"), element("silu"), element("hard-swish", {}, true), element("hard-sigmoid", {}, true),
      element("erf"), element("exp"), element("absolute", {}, true), element("clip", {{"minimum", -0.4}, {"maximum", 0.6}}, true),
      element("gelu"), element("gelu", {{"approximation", std::string("tanh")}}), element("power", {{"exponent", 2.0}}),
      element("power", {{"exponent", 3.0}}), element("dropout", {{"rate", 0.3}}),
      positive("log"), positive("sqrt"), positive("power", {{"exponent", -0.5}}),
      {"relu after a sum", {6}, [](GraphBuilder& b, ValueId x) {
         const ValueId v = learnt(b, x);
         return b.add("relu", "", {b.add("add", "", {v, b.add("tanh", "", {v})})});
       }, true},
      {"a value used twice", {6}, [](GraphBuilder& b, ValueId x) {
         const ValueId v = learnt(b, x);
         return b.add("multiply", "", {b.add("add", "", {v, v}), v});
       }},
      {"shared weights", {5}, [](GraphBuilder& b, ValueId x) {
         const TensorId w = weight(b, "w", {5, 5});
         const ValueId v = b.add("tanh", "", {b.add("linear", "1", {x}, {w})});
         return b.add("linear", "2", {v}, {w});
       }},
      {"normalised, then relu, then a sum, then relu", {3, 5, 5}, [](GraphBuilder& b, ValueId x) {
         const ValueId v = learnt(b, x);
         ValueId u = b.add("batch-norm", "n", {v}, {weight(b, "n.scale", {3}, Role::normalisation), weight(b, "n.shift", {3}, Role::normalisation)}, {},
                           {b.add_buffer("n.mean", {3}, 0.1f), b.add_buffer("n.variance", {3}, 0.8f)});
         u = b.add("convolution", "c", {b.add("relu", "", {u})}, {weight(b, "c.weight", {3, 3, 3, 3})}, {{"padding", Ints{1, 1, 1, 1}}});
         return b.add("relu", "", {b.add("add", "", {u, v})});
       }, true},
      {"linear of tokens, then tanh", {11, 5}, [](GraphBuilder& b, ValueId x) { return b.add("tanh", "", {learnt(b, x)}); }},
      {"linear of tokens, then gelu", {3, 5}, [](GraphBuilder& b, ValueId x) { return b.add("gelu", "", {learnt(b, x)}); }},
      {"linear of tokens, then relu", {2, 9, 5}, [](GraphBuilder& b, ValueId x) { return b.add("relu", "", {learnt(b, x)}); }, true},
      {"residual block", {3, 5, 5}, [](GraphBuilder& b, ValueId x) {
         const ValueId v = b.add("tanh", "", {learnt(b, x)});
         const ValueId u = b.add("convolution", "c", {v}, {weight(b, "c.weight", {3, 3, 3, 3})}, {{"padding", Ints{1, 1, 1, 1}}});
         return b.add("tanh", "", {b.add("add", "", {u, v})});
       }},
      {"shortcut of strided slices and padding", {2, 6, 6}, [](GraphBuilder& b, ValueId x) {
         const ValueId v = b.add("tanh", "", {learnt(b, x)});
         const ValueId u = b.add("convolution", "c", {v}, {weight(b, "c.weight", {4, 2, 3, 3})},
                                 {{"padding", Ints{1, 1, 1, 1}}, {"stride", Ints{2, 2}}});
         ValueId s = b.add("slice", "", {v}, {}, {{"axis", std::int64_t{1}}, {"step", std::int64_t{2}}});
         s = b.add("slice", "", {s}, {}, {{"axis", std::int64_t{2}}, {"step", std::int64_t{2}}});
         s = b.add("pad", "", {s}, {}, {{"before", Ints{1, 0, 0}}, {"after", Ints{1, 0, 0}}});
         return b.add("add", "", {u, s});
       }},
      {"overlapping slices", {7}, [](GraphBuilder& b, ValueId x) {
         const ValueId v = learnt(b, x);
         const auto part = [&](std::int64_t from, std::int64_t to) {
           return b.add("slice", "", {v}, {}, {{"start", from}, {"end", to}});
         };
         return b.add("multiply", "", {b.add("add", "", {part(0, 3), part(1, 4)}), part(3, 6)});
       }},
      {"a view into a padded convolution", {5, 5, 2}, [](GraphBuilder& b, ValueId x) {
         const ValueId v = b.add("transpose", "", {learnt(b, x)}, {}, {{"permutation", Ints{2, 0, 1}}});
         return b.add("convolution", "c", {v}, {weight(b, "c.weight", {3, 2, 3, 3})}, {{"padding", Ints{1, 1, 1, 1}}});
       }},
      {"attention", {5, 6}, [](GraphBuilder& b, ValueId x) {
         ValueId qkv = b.add("linear", "qkv", {learnt(b, x)}, {weight(b, "qkv.weight", {18, 6}), weight(b, "qkv.bias", {18}, Role::bias)});
         qkv = b.add("transpose", "", {b.add("reshape", "", {qkv}, {}, {{"shape", Ints{5, 3, 2, 3}}})}, {}, {{"permutation", Ints{1, 2, 0, 3}}});
         const auto part = [&](std::int64_t k) {
           return b.add("gather", "", {qkv}, {}, {{"axis", std::int64_t{0}}, {"indices", Ints{k}}, {"squeeze", std::int64_t{1}}});
         };
         const ValueId k = b.add("transpose", "", {part(1)}, {}, {{"permutation", Ints{0, 2, 1}}});
         const ValueId a = b.add("softmax", "", {b.add("matmul", "", {part(0), k})});
         const ValueId v = b.add("transpose", "", {b.add("matmul", "", {a, part(2)})}, {}, {{"permutation", Ints{1, 0, 2}}});
         return b.add("reshape", "", {v}, {}, {{"shape", Ints{5, 6}}});
       }},
      {"max-pool 3x3 stride 2 padded", {2, 7, 6}, [](GraphBuilder& b, ValueId x) {
         return b.add("max-pool", "p", {learnt(b, x)}, {}, {{"kernel", Ints{3, 3}}, {"stride", Ints{2, 2}}, {"padding", Ints{1, 1, 1, 1}}});
       }, true},
      {"average-pool", {2, 7, 6}, [](GraphBuilder& b, ValueId x) {
         return b.add("average-pool", "p", {learnt(b, x)}, {}, {{"kernel", Ints{3, 2}}, {"stride", Ints{2, 2}}, {"padding", Ints{1, 1, 1, 1}}});
       }},
      {"average-pool without padding", {2, 7, 6}, [](GraphBuilder& b, ValueId x) {
         return b.add("average-pool", "p", {learnt(b, x)}, {}, {{"kernel", Ints{3, 2}}, {"padding", Ints{1, 0, 1, 0}}, {"count_padding", std::int64_t{0}}});
       }},
      {"matmul with a matrix for all", {3, 4, 5}, [](GraphBuilder& b, ValueId x) {
         return b.add("matmul", "m", {b.add("tanh", "", {learnt(b, x)}), b.parameter(weight(b, "right", {5, 7}))});
       }},
      {"matmul of broadcast batches", {2, 3, 4}, [](GraphBuilder& b, ValueId x) {
         return b.add("matmul", "m", {b.parameter(weight(b, "left", {1, 5, 3})), b.add("tanh", "", {learnt(b, x)})});
       }},
      {"softmax of an inner axis", {3, 4, 2}, [](GraphBuilder& b, ValueId x) {
         return b.add("softmax", "s", {learnt(b, x)}, {}, {{"axis", std::int64_t{1}}});
       }},
      {"log-softmax", {3, 5}, [](GraphBuilder& b, ValueId x) { return b.add("log-softmax", "s", {learnt(b, x)}); }},
      {"concatenate with a class token", {4, 5}, [](GraphBuilder& b, ValueId x) {
         return b.add("concatenate", "c", {b.parameter(weight(b, "token", {1, 5}, Role::embedding)), learnt(b, x), x}, {}, {{"axis", std::int64_t{0}}});
       }},
      {"pad", {2, 3, 4}, [](GraphBuilder& b, ValueId x) {
         return b.add("pad", "p", {learnt(b, x)}, {}, {{"before", Ints{0, 1, 2}}, {"after", Ints{1, 0, 1}}, {"value", 0.7}});
       }},
      {"gather repeated", {4, 3}, [](GraphBuilder& b, ValueId x) {
         return b.add("gather", "g", {learnt(b, x)}, {}, {{"axis", std::int64_t{0}}, {"indices", Ints{2, 0, 2}}});
       }},
      rearrangement("mean", {3, 4, 5}, {{"axes", Ints{1, 2}}}),
      rearrangement("mean", {4, 5}, {{"axes", Ints{-1}}, {"keep", std::int64_t{1}}}),
      rearrangement("sum", {3, 4, 5}, {{"axes", Ints{0, 2}}}),
      rearrangement("transpose", {3, 4, 5}, {{"permutation", Ints{2, 0, 1}}}),
      rearrangement("reshape", {3, 4, 5}, {{"shape", Ints{6, 10}}}),
      rearrangement("slice", {6, 5}, {{"axis", std::int64_t{0}}, {"start", std::int64_t{1}}, {"end", std::int64_t{6}}, {"step", std::int64_t{2}}}),
      binary("add", {2, 3, 5}), binary("add", {5}), binary("subtract", {3, 1}), binary("subtract", {2, 3, 5}),
      binary("multiply", {2, 3, 5}), binary("multiply", {2, 1, 5}), binary("divide", {2, 3, 5}), binary("divide", {1}),
      {"subtract from the smaller", {5}, [](GraphBuilder& b, ValueId x) {
         return b.add("subtract", "", {learnt(b, x), b.parameter(weight(b, "right", {3, 5}, Role::embedding))});
       }},
      norm("layer-norm", {3, 7}, {7}, {}, 2), norm("layer-norm", {7}, {7}, {}, 0),
      norm("layer-norm", {2, 3, 4}, {3, 4}, {{"axes", std::int64_t{2}}, {"epsilon", 0.01}}, 1),
      norm("rms-norm", {3, 7}, {7}, {}, 1), norm("group-norm", {6, 3, 2}, {6}, {{"groups", std::int64_t{3}}}, 2),
      norm("group-norm", {4, 5}, {4}, {{"groups", std::int64_t{4}}}, 2),
      norm("batch-norm", {3, 4, 2}, {3}, {}, 2), norm("batch-norm", {5}, {5}, {}, 2), norm("batch-norm", {3, 4}, {3}, {}, 0),
  };
  return all;
}

/// Data and weights that depend on the case alone.
struct Setting {
  explicit Setting(const Case& one) {
    GraphBuilder builder(one.input, "test");
    ValueId v = one.build(builder, builder.input());
    const std::int64_t size = size_of(builder.shape(v));
    v = builder.add("reshape", "", {v}, {}, {{"shape", Shape{size}}});
    v = builder.add(
        "linear", "head", {v},
        {weight(builder, "head.weight", {3, size}), weight(builder, "head.bias", {3}, Role::bias)});
    graph = std::make_shared<const Graph>(builder.finish(v, "test"));
    std::mt19937 random(static_cast<unsigned>(std::hash<std::string>{}(one.name)));
    std::normal_distribution<float> normal;
    for (std::int64_t n = 0; n < count * size_of(one.input); ++n) data.images.push_back(normal(random));
    for (std::int64_t n = 0; n < count; ++n) data.labels.push_back(static_cast<std::int32_t>(random() % 3));
    for (std::int64_t n = 0; n < graph->dimension; ++n) weights.push_back(0.5f * normal(random));
    for (std::int64_t n = 0; n < graph->dimension; ++n) direction.push_back(normal(random));
    for (std::int64_t n = 0; n < graph->dimension; ++n) other.push_back(normal(random));
    for (const BufferPlace& buffer : graph->buffers)
      buffers.insert(buffers.end(), static_cast<std::size_t>(buffer.count), buffer.initial);
    for (std::int64_t n = 0; n < count; ++n) indices.push_back(n);
  }

  double loss(const std::vector<double>& at) const {
    const reference::GraphReference reference(*graph, {buffers.begin(), buffers.end()}, false);
    std::vector<reference::Array> inputs;
    const std::int64_t size = size_of(graph->input_shape());
    for (std::int64_t n = 0; n < count; ++n) {
      reference::Array x(graph->input_shape());
      std::copy_n(data.images.begin() + n * size, size, x.values.begin());
      inputs.push_back(std::move(x));
    }
    double sum = 0;
    const auto outputs = reference.outputs(at, inputs);
    for (std::size_t n = 0; n < outputs.size(); ++n) {
      double power = 0;
      for (const double z : outputs[n].values) power += std::exp(z);
      sum += std::log(power) - outputs[n].values[static_cast<std::size_t>(data.labels[n])];
    }
    return sum;
  }
  std::vector<double> moved(double a, double b) const {
    std::vector<double> at(weights.begin(), weights.end());
    for (std::size_t n = 0; n < at.size(); ++n)
      at[n] += a * static_cast<double>(direction[n]) + b * static_cast<double>(other[n]);
    return at;
  }
  double along(const std::vector<float>& vector, const std::vector<float>& a) const {
    double sum = 0;
    for (std::size_t n = 0; n < a.size(); ++n)
      sum += static_cast<double>(vector[n]) * static_cast<double>(a[n]);
    return sum;
  }
  Point point() const { return {weights.data(), buffers.data()}; }

  static constexpr std::int64_t count = 13;  // no whole group of sixteen
  std::shared_ptr<const Graph> graph;
  Examples data;
  std::vector<float> weights;
  std::vector<float> direction;
  std::vector<float> other;
  std::vector<float> buffers;
  std::vector<std::int64_t> indices;
};

class OperatorLaw : public testing::TestWithParam<Case> {
 protected:
  OperatorLaw() : setting_(GetParam()) {}

  std::vector<float> gradient(Tally* tally = nullptr) const {
    Pass pass(std::make_shared<const Plan>(setting_.graph, Purpose::gradient));
    pass.load(setting_.data, setting_.indices);
    pass.forward(setting_.point());
    const Tally found = pass.start_backward(1);
    if (tally != nullptr) *tally = found;
    std::vector<float> gradient(setting_.weights.size(), 0.0f);
    pass.backward(setting_.point(), gradient.data(), Plan(setting_.graph, Purpose::gradient).shared_weights);
    return gradient;
  }
  std::vector<float> product(const std::vector<float>& vector, CurvatureMatrix matrix) const {
    const auto plan = std::make_shared<const Plan>(setting_.graph, Purpose::curvature);
    Pass pass(plan);
    pass.load(setting_.data, setting_.indices);
    pass.forward(setting_.point());
    pass.start_backward(1);
    if (matrix == CurvatureMatrix::hessian) pass.backward(setting_.point(), nullptr, false);
    TangentPass tangent(plan);
    std::vector<float> result(vector.size(), 0.0f);
    tangent.multiply(pass, setting_.point(), vector.data(), 1, matrix, result.data(), plan->shared_weights);
    return result;
  }
  Setting setting_;
};

TEST_P(OperatorLaw, OutputsAreThoseOfPlainLoops) {
  Tally tally;
  gradient(&tally);
  const double expected = setting_.loss(setting_.moved(0, 0));
  EXPECT_NEAR(tally.loss, expected, 2e-5 * std::abs(expected));
}

TEST_P(OperatorLaw, PlansAgreeBitForBit) {
  std::vector<double> losses;
  for (const Purpose purpose : {Purpose::evaluation, Purpose::gradient, Purpose::curvature}) {
    Pass pass(std::make_shared<const Plan>(setting_.graph, purpose));
    pass.load(setting_.data, setting_.indices);
    for (int again = 0; again < 2; ++again) {  // the second time in memory that has been used
      pass.forward(setting_.point());
      losses.push_back(pass.tally().loss);
    }
  }
  for (const double loss : losses) EXPECT_EQ(loss, losses.front());
}

TEST_P(OperatorLaw, GradientIsTheDifferenceOfLosses) {
  const std::vector<float> found = gradient();
  const double slope = setting_.along(found, setting_.direction);
  const double scale =
      std::sqrt(setting_.along(found, found) * setting_.along(setting_.direction, setting_.direction));
  std::vector<double> errors;
  for (const double h : {4e-3, 1e-3}) {
    const double difference =
        (setting_.loss(setting_.moved(h, 0)) - setting_.loss(setting_.moved(-h, 0))) / (2 * h);
    errors.push_back(std::abs(difference - slope) / scale);
  }
  EXPECT_LT(errors[1], GetParam().kinked ? 2e-3 : 2e-5);
  EXPECT_LT(errors[1], std::max(errors[0] / 8, 2e-5) + (GetParam().kinked ? 2e-3 : 0));  // falls as h^2
}

TEST_P(OperatorLaw, HessianProductIsTheSecondDifference) {
  const std::vector<float> found = product(setting_.direction, CurvatureMatrix::hessian);
  const std::vector<float> back = product(setting_.other, CurvatureMatrix::hessian);
  const double value = setting_.along(found, setting_.other);
  const double scale =
      std::sqrt(setting_.along(found, found) * setting_.along(setting_.other, setting_.other)) + 1e-3;
  EXPECT_NEAR(value, setting_.along(back, setting_.direction), 3e-5 * scale) << "not symmetric";
  if (GetParam().kinked) return;  // second differences across a kink are another thing
  const double h = 1e-3;
  const double difference = (setting_.loss(setting_.moved(h, h)) - setting_.loss(setting_.moved(h, -h)) -
                             setting_.loss(setting_.moved(-h, h)) + setting_.loss(setting_.moved(-h, -h))) /
                            (4 * h * h);
  EXPECT_NEAR(value, difference, 2e-4 * scale);
}

TEST_P(OperatorLaw, GaussNewtonProductIsSymmetricAndNotNegative) {
  const std::vector<float> found = product(setting_.direction, CurvatureMatrix::gauss_newton);
  const std::vector<float> back = product(setting_.other, CurvatureMatrix::gauss_newton);
  const double scale =
      std::sqrt(setting_.along(found, found) * setting_.along(setting_.other, setting_.other)) + 1e-3;
  EXPECT_NEAR(setting_.along(found, setting_.other), setting_.along(back, setting_.direction), 3e-5 * scale);
  EXPECT_GE(setting_.along(found, setting_.direction), -1e-5 * scale);
}

TEST_P(OperatorLaw, LanesWithoutExamplesDoNotMatter) {
  // The same examples in a pass that held others, large ones, before.
  const auto plan = std::make_shared<const Plan>(setting_.graph, Purpose::gradient);
  Pass pass(plan);
  Examples wild = setting_.data;
  wild.images.resize(static_cast<std::size_t>(16 * size_of(setting_.graph->input_shape())), 3.0f);
  for (float& value : wild.images) value = value * 2 + 1;
  wild.labels.resize(16, 0);
  std::vector<std::int64_t> all(16);
  for (std::size_t n = 0; n < all.size(); ++n) all[n] = static_cast<std::int64_t>(n);
  std::vector<float> found(setting_.weights.size(), 0.0f);
  pass.load(wild, all);
  pass.forward(setting_.point());
  pass.start_backward(1);
  pass.backward(setting_.point(), found.data(), plan->shared_weights);
  std::fill(found.begin(), found.end(), 0.0f);
  pass.load(setting_.data, setting_.indices);
  pass.forward(setting_.point());
  pass.start_backward(1);
  pass.backward(setting_.point(), found.data(), plan->shared_weights);
  EXPECT_EQ(found, gradient());
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  std::string name = std::to_string(info.index) + "_";
  for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, OperatorLaw, testing::ValuesIn(cases()), case_name);

/// A minibatch of several micro-batches, the last one not full, that is normalised by its own statistics.
class BatchNormLaw : public testing::Test {
 protected:
  BatchNormLaw() {
    GraphBuilder b({2, 5, 4}, "test");
    ValueId v = b.input();
    for (const std::string name : {"1", "2"}) {
      v = b.add("convolution", name, {v},
                {weight(b, name + ".weight", {b.shape(v)[0] + 1, b.shape(v)[0], 3, 3})},
                {{"padding", Ints{1, 1, 1, 1}}});
      const Shape channels = {b.shape(v)[0]};
      const std::vector<TensorId> buffers = {b.add_buffer(name + ".mean", channels, 0),
                                             b.add_buffer(name + ".variance", channels, 1)};
      v = b.add("batch-norm", name, {v},
                {weight(b, name + ".scale", channels, Role::normalisation),
                 weight(b, name + ".shift", channels, Role::normalisation)},
                {}, buffers);
      v = b.add("tanh", "", {v});
    }
    v = b.add("mean", "", {v}, {}, {{"axes", Ints{1, 2}}});
    v = b.add("linear", "head", {v},
              {weight(b, "head.weight", {3, 4}), weight(b, "head.bias", {3}, Role::bias)});
    graph_ = std::make_shared<const Graph>(b.finish(v, "test"));
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    for (std::int64_t n = 0; n < kCount * 40; ++n) data_.images.push_back(normal(random));
    for (std::int64_t n = 0; n < kCount; ++n) data_.labels.push_back(static_cast<std::int32_t>(random() % 3));
    for (std::int64_t n = 0; n < graph_->dimension; ++n) {
      weights_.push_back(normal(random));
      direction_.push_back(normal(random));
    }
  }

  double loss(double a) const {
    const reference::GraphReference reference(*graph_, {}, true);
    std::vector<reference::Array> inputs;
    for (std::int64_t n = 0; n < kCount; ++n) {
      reference::Array x(graph_->input_shape());
      std::copy_n(data_.images.begin() + n * 40, 40, x.values.begin());
      inputs.push_back(std::move(x));
    }
    std::vector<double> at(weights_.begin(), weights_.end());
    for (std::size_t n = 0; n < at.size(); ++n) at[n] += a * static_cast<double>(direction_[n]);
    const auto outputs = reference.outputs(at, inputs);
    double sum = 0;
    for (std::size_t n = 0; n < outputs.size(); ++n) {
      double power = 0;
      for (const double z : outputs[n].values) power += std::exp(z);
      sum += std::log(power) - outputs[n].values[static_cast<std::size_t>(data_.labels[n])];
    }
    return sum / static_cast<double>(kCount);
  }

  static constexpr std::int64_t kCount = 16 * 3 + 5;
  std::shared_ptr<const Graph> graph_;
  Examples data_;
  std::vector<float> weights_;
  std::vector<float> direction_;
};

TEST_F(BatchNormLaw, TrainingGoesThroughTheStatistics) {
  std::vector<std::vector<float>> gradients;
  for (const int threads : {1, 2}) {
    const test::WithThreads limit(threads);
    Engine engine(graph_);
    BatchPass batch(engine, engine.gradients(), engine.gradient_plan(), data_, kCount,
                    [](std::int64_t k) { return k; });
    batch.forward(weights_.data());
    std::vector<float> gradient(weights_.size());
    const double found = batch.backward(weights_.data(), gradient).loss / static_cast<double>(kCount);
    EXPECT_NEAR(found, loss(0), 1e-5);
    gradients.push_back(gradient);
  }
  EXPECT_EQ(gradients[0], gradients[1]);
  double slope = 0;
  double norm = 0;
  for (std::size_t n = 0; n < weights_.size(); ++n) {
    slope += static_cast<double>(gradients[0][n]) * static_cast<double>(direction_[n]);
    norm += static_cast<double>(gradients[0][n]) * static_cast<double>(gradients[0][n]);
  }
  norm = std::sqrt(norm * static_cast<double>(weights_.size()));
  const auto error = [&](double h) { return std::abs((loss(h) - loss(-h)) / (2 * h) - slope) / norm; };
  EXPECT_LT(error(1e-3), 2e-5);
  EXPECT_LT(error(1e-2), 2e-3);
}

TEST_F(BatchNormLaw, StoredStatisticsGiveTheLossOfTheBatchTheyCameFrom) {
  Engine engine(graph_);
  BatchPass batch(engine, engine.evaluations(), engine.plan(), data_, kCount,
                  [](std::int64_t k) { return k; });
  batch.forward(weights_.data());
  std::vector<float> buffers(static_cast<std::size_t>(graph_->buffer_size));
  batch.store_statistics(buffers.data());
  const double entries =
      static_cast<double>(kCount * 20);  // of a channel: stored variances divide by one less
  for (const BufferPlace& buffer : graph_->buffers)
    if (buffer.name.ends_with("variance"))
      for (std::int64_t n = 0; n < buffer.count; ++n)
        buffers[static_cast<std::size_t>(buffer.offset + n)] *= static_cast<float>((entries - 1) / entries);
  Pass pass(std::make_shared<const Plan>(graph_, Purpose::evaluation));
  double sum = 0;
  for (std::int64_t begin = 0; begin < kCount; begin += 16) {
    std::vector<std::int64_t> indices;
    for (std::int64_t n = begin; n < std::min(kCount, begin + 16); ++n) indices.push_back(n);
    pass.load(data_, indices);
    pass.forward({weights_.data(), buffers.data()});
    sum += pass.tally().loss;
  }
  EXPECT_NEAR(sum / static_cast<double>(kCount), loss(0), 2e-5);
}

TEST(OperatorTable, EveryOperatorIsHeldToTheLaws) {
  std::set<std::string> covered;
  for (const Case& one : cases()) {
    const Setting setting(one);
    for (const Node& node : setting.graph->nodes) covered.insert(node.op);
  }
  for (const std::string_view name : operator_names())
    EXPECT_TRUE(covered.contains(std::string(name))) << name;
}

}  // namespace
}  // namespace nwedge::network
