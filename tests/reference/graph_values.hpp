#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge::reference {

/// One example's value, row-major.
struct ExampleValue {
  network::Shape shape;
  std::vector<double> entries;
};

/// What a graph computes from one example, in double precision and straight loops: every operator by its
/// definition. Running statistics are used as they are stored; dropout does nothing.
class GraphValues {
 public:
  using Shape = network::Shape;

  GraphValues(const network::Graph& graph, std::span<const float> weights, std::span<const float> buffers)
      : graph_(graph), weights_(weights), buffers_(buffers) {}

  std::vector<double> outputs(std::span<const float> example) const {
    std::vector<ExampleValue> values(graph_.values.size());
    values[0] = {graph_.input_shape(), {example.begin(), example.end()}};
    for (const network::Node& node : graph_.nodes) {
      std::vector<const ExampleValue*> x;
      for (const network::ValueId input : node.inputs) x.push_back(&values[static_cast<std::size_t>(input)]);
      values[static_cast<std::size_t>(node.output)] = value(node, x);
    }
    return values[static_cast<std::size_t>(graph_.output)].entries;
  }

  /// y of one node.
  ExampleValue value(const network::Node& node, const std::vector<const ExampleValue*>& x) const {
    const std::string& op = node.op;
    if (op == "linear") return linear(node, *x[0]);
    if (op == "convolution") return convolution(node, *x[0]);
    if (op == "max-pool" || op == "average-pool") return pool(node, *x[0]);
    if (op == "batch-norm") return batch_norm(node, *x[0]);
    if (op == "layer-norm" || op == "rms-norm" || op == "group-norm") return normalise(node, *x[0]);
    if (op == "softmax" || op == "log-softmax") return softmax(node, *x[0]);
    if (op == "add") return pairs(*x[0], *x[1], std::plus<>());
    if (op == "subtract") return pairs(*x[0], *x[1], std::minus<>());
    if (op == "multiply") return pairs(*x[0], *x[1], std::multiplies<>());
    if (op == "divide") return pairs(*x[0], *x[1], std::divides<>());
    if (op == "matmul") return matmul(*x[0], *x[1]);
    if (op == "mean" || op == "sum") return reduce(node, *x[0]);
    if (op == "reshape") return {node.attributes.integers("shape", {}), x[0]->entries};
    if (op == "transpose") return transpose(node, *x[0]);
    if (op == "concatenate") return concatenate(node, x);
    if (op == "slice" || op == "gather") return take(node, *x[0]);
    if (op == "pad") return pad(node, *x[0]);
    if (op == "constant") {
      const std::vector<float>& values = node.attributes.floats("values");
      return {node.attributes.integers("shape", {}), {values.begin(), values.end()}};
    }
    if (op == "parameter") {
      const network::TensorPlace& place = graph_.tensors[static_cast<std::size_t>(node.weights[0])];
      return {place.shape, tensor(node, 0)};
    }
    if (op == "dropout") return *x[0];
    ExampleValue y = *x[0];
    for (double& entry : y.entries) entry = function(node, entry);
    return y;
  }

 private:
  std::vector<double> tensor(const network::Node& node, std::size_t i) const {
    if (i >= node.weights.size() || node.weights[i] == network::kAbsent) return {};
    const network::TensorPlace& place = graph_.tensors[static_cast<std::size_t>(node.weights[i])];
    const auto values =
        weights_.subspan(static_cast<std::size_t>(place.offset), static_cast<std::size_t>(place.count));
    return {values.begin(), values.end()};
  }
  std::vector<double> buffer(const network::Node& node, std::size_t i) const {
    const network::BufferPlace& place = graph_.buffers[static_cast<std::size_t>(node.buffers[i])];
    const auto values =
        buffers_.subspan(static_cast<std::size_t>(place.offset), static_cast<std::size_t>(place.count));
    return {values.begin(), values.end()};
  }

  static double function(const network::Node& node, double x) {
    const network::Attributes& a = node.attributes;
    const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
    const double sixth = std::clamp(x / 6 + 0.5, 0.0, 1.0);
    if (node.op == "relu") return std::max(x, 0.0);
    if (node.op == "leaky-relu") return x < 0 ? a.number("slope", 0.01) * x : x;
    if (node.op == "gelu" && a.text("approximation", "none") == "none")
      return x / 2 * (1 + std::erf(x / std::numbers::sqrt2));
    if (node.op == "gelu")
      return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    if (node.op == "silu") return x * sigmoid(x);
    if (node.op == "tanh") return std::tanh(x);
    if (node.op == "sigmoid") return sigmoid(x);
    if (node.op == "hard-sigmoid") return sixth;
    if (node.op == "hard-swish") return x * sixth;
    if (node.op == "softplus") return x > 30 ? x : std::log1p(std::exp(x));
    if (node.op == "erf") return std::erf(x);
    if (node.op == "exp") return std::exp(x);
    if (node.op == "log") return std::log(x);
    if (node.op == "sqrt") return std::sqrt(x);
    if (node.op == "absolute") return std::abs(x);
    if (node.op == "power") return std::pow(x, a.number("exponent", 1));
    const double infinity = std::numeric_limits<double>::infinity();
    if (node.op == "clip")
      return std::min(std::max(x, a.number("minimum", -infinity)), a.number("maximum", infinity));
    throw std::logic_error("no reference of " + node.op);
  }

  ExampleValue linear(const network::Node& node, const ExampleValue& x) const {
    const Shape& stored = graph_.tensors[static_cast<std::size_t>(node.weights[0])].shape;
    const bool transposed = node.attributes.integer("transposed", 0) != 0;
    const std::int64_t outputs = stored[transposed ? 1 : 0];
    const std::int64_t inputs = stored[transposed ? 0 : 1];
    const std::vector<double> w = tensor(node, 0);
    const std::vector<double> b = tensor(node, 1);
    ExampleValue y{x.shape, {}};
    if (x.shape.back() != inputs) throw std::logic_error("linear: " + node.name);
    y.shape.back() = outputs;
    for (std::int64_t row = 0; row < network::size_of(x.shape) / inputs; ++row)
      for (std::int64_t o = 0; o < outputs; ++o) {
        double sum = b.empty() ? 0 : b[static_cast<std::size_t>(o)];
        for (std::int64_t i = 0; i < inputs; ++i)
          sum += x.entries[static_cast<std::size_t>(row * inputs + i)] *
                 w[static_cast<std::size_t>(transposed ? i * outputs + o : o * inputs + i)];
        y.entries.push_back(sum);
      }
    return y;
  }

  /// Where a window at output (i, j) reads: calls `take(c, row, column, kernel index)` for pixels that are
  /// there.
  struct Window {
    std::vector<std::int64_t> kernel, stride, padding, dilation;
    std::int64_t extent(const Shape& x, std::size_t axis, bool ceil) const {
      const std::int64_t room =
          x[axis + 1] + padding[axis] + padding[axis + 2] - dilation[axis] * (kernel[axis] - 1) - 1;
      std::int64_t count = (ceil ? (room + stride[axis] - 1) / stride[axis] : room / stride[axis]) + 1;
      if (ceil && (count - 1) * stride[axis] >= x[axis + 1] + padding[axis]) --count;
      return count;
    }
  };

  ExampleValue convolution(const network::Node& node, const ExampleValue& x) const {
    const Shape& stored = graph_.tensors[static_cast<std::size_t>(node.weights[0])].shape;
    const Window window{{stored[2], stored[3]},
                        node.attributes.integers("stride", {1, 1}),
                        node.attributes.integers("padding", {0, 0, 0, 0}),
                        node.attributes.integers("dilation", {1, 1})};
    const std::int64_t groups = node.attributes.integer("groups", 1);
    if (x.shape.size() != 3 || x.shape[0] != stored[1] * groups)
      throw std::logic_error("convolution: " + node.name);
    const std::vector<double> w = tensor(node, 0);
    const std::vector<double> b = tensor(node, 1);
    ExampleValue y{{stored[0], window.extent(x.shape, 0, false), window.extent(x.shape, 1, false)}, {}};
    for (std::int64_t o = 0; o < y.shape[0]; ++o)
      for (std::int64_t i = 0; i < y.shape[1]; ++i)
        for (std::int64_t j = 0; j < y.shape[2]; ++j) {
          double sum = b.empty() ? 0 : b[static_cast<std::size_t>(o)];
          for (std::int64_t c = 0; c < stored[1]; ++c)
            for (std::int64_t k = 0; k < stored[2]; ++k)
              for (std::int64_t l = 0; l < stored[3]; ++l) {
                const std::int64_t row = i * window.stride[0] - window.padding[0] + k * window.dilation[0];
                const std::int64_t column = j * window.stride[1] - window.padding[1] + l * window.dilation[1];
                if (row < 0 || column < 0 || row >= x.shape[1] || column >= x.shape[2]) continue;
                const std::int64_t channel = o / (stored[0] / groups) * stored[1] + c;
                sum +=
                    x.entries[static_cast<std::size_t>((channel * x.shape[1] + row) * x.shape[2] + column)] *
                    w[static_cast<std::size_t>(((o * stored[1] + c) * stored[2] + k) * stored[3] + l)];
              }
          y.entries.push_back(sum);
        }
    return y;
  }

  static ExampleValue pool(const network::Node& node, const ExampleValue& x) {
    const auto kernel = node.attributes.integers("kernel", {});
    const Window window{kernel,
                        node.attributes.integers("stride", kernel),
                        node.attributes.integers("padding", {0, 0, 0, 0}),
                        {1, 1}};
    const bool ceil = node.attributes.integer("ceil", 0) != 0;
    const bool most = node.op == "max-pool";
    const bool counts = node.attributes.integer("count_padding", 1) != 0;
    ExampleValue y{{x.shape[0], window.extent(x.shape, 0, ceil), window.extent(x.shape, 1, ceil)}, {}};
    for (std::int64_t c = 0; c < y.shape[0]; ++c)
      for (std::int64_t i = 0; i < y.shape[1]; ++i)
        for (std::int64_t j = 0; j < y.shape[2]; ++j) {
          double best = -std::numeric_limits<double>::infinity();
          double sum = 0;
          double count = 0;
          for (std::int64_t k = 0; k < kernel[0]; ++k)
            for (std::int64_t l = 0; l < kernel[1]; ++l) {
              const std::int64_t row = i * window.stride[0] - window.padding[0] + k;
              const std::int64_t column = j * window.stride[1] - window.padding[1] + l;
              const bool padded =
                  row < x.shape[1] + window.padding[2] && column < x.shape[2] + window.padding[3];
              if (row < 0 || column < 0 || row >= x.shape[1] || column >= x.shape[2]) {
                count += padded && counts;
                continue;
              }
              const double entry =
                  x.entries[static_cast<std::size_t>((c * x.shape[1] + row) * x.shape[2] + column)];
              best = std::max(best, entry);
              sum += entry;
              count += 1;
            }
          y.entries.push_back(most ? best : sum / count);
        }
    return y;
  }

  ExampleValue batch_norm(const network::Node& node, const ExampleValue& x) const {
    const std::vector<double> mean = buffer(node, 0);
    const std::vector<double> variance = buffer(node, 1);
    const std::vector<double> scale = tensor(node, 0);
    const std::vector<double> shift = tensor(node, 1);
    const double epsilon = node.attributes.number("epsilon", 1e-5);
    ExampleValue y = x;
    const std::size_t run = x.entries.size() / mean.size();
    for (std::size_t i = 0; i < y.entries.size(); ++i) {
      const std::size_t c = i / run;
      y.entries[i] =
          (x.entries[i] - mean[c]) / std::sqrt(variance[c] + epsilon) * (scale.empty() ? 1 : scale[c]) +
          (shift.empty() ? 0 : shift[c]);
    }
    return y;
  }

  /// Rows of equal length, each normalised; scale and shift by entry of a row, or by channel.
  ExampleValue normalise(const network::Node& node, const ExampleValue& x) const {
    const bool grouped = node.op == "group-norm";
    const bool centred = node.op != "rms-norm";
    const double epsilon = node.attributes.number("epsilon", centred ? 1e-5 : 1e-6);
    std::size_t run = x.entries.size();
    if (grouped) {
      run /= static_cast<std::size_t>(node.attributes.integer("groups", 0));
    } else {
      const auto axes = static_cast<std::size_t>(node.attributes.integer("axes", 1));
      for (std::size_t axis = 0; axis + axes < x.shape.size(); ++axis)
        run /= static_cast<std::size_t>(x.shape[axis]);
    }
    const std::size_t channel = x.entries.size() / static_cast<std::size_t>(x.shape[0]);
    const std::vector<double> scale = tensor(node, 0);
    const std::vector<double> shift = tensor(node, 1);
    ExampleValue y = x;
    for (std::size_t begin = 0; begin < x.entries.size(); begin += run) {
      double mean = 0;
      double square = 0;
      for (std::size_t i = 0; i < run && centred; ++i)
        mean += x.entries[begin + i] / static_cast<double>(run);
      for (std::size_t i = 0; i < run; ++i)
        square += std::pow(x.entries[begin + i] - mean, 2) / static_cast<double>(run);
      for (std::size_t i = begin; i < begin + run; ++i) {
        const std::size_t at = grouped ? i / channel : i - begin;
        y.entries[i] =
            (x.entries[i] - mean) / std::sqrt(square + epsilon) * (scale.empty() ? 1 : scale.at(at)) +
            (shift.empty() ? 0 : shift.at(at));
      }
    }
    return y;
  }

  static std::size_t axis_of(const network::Node& node, const Shape& shape, std::int64_t otherwise) {
    const std::int64_t axis = node.attributes.integer("axis", otherwise);
    return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis);
  }
  /// Entries of the axes behind `axis`.
  static std::int64_t inner(const Shape& shape, std::size_t axis) {
    return network::size_of(Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()));
  }

  static ExampleValue softmax(const network::Node& node, const ExampleValue& x) {
    const std::size_t axis = axis_of(node, x.shape, -1);
    const std::int64_t step = inner(x.shape, axis);
    const std::int64_t extent = x.shape[axis];
    ExampleValue y = x;
    for (std::int64_t line = 0; line < network::size_of(x.shape) / extent; ++line) {
      const std::int64_t begin = line / step * step * extent + line % step;
      double most = -std::numeric_limits<double>::infinity();
      double sum = 0;
      const auto at = [&](std::int64_t i) { return static_cast<std::size_t>(begin + i * step); };
      for (std::int64_t i = 0; i < extent; ++i) most = std::max(most, x.entries[at(i)]);
      for (std::int64_t i = 0; i < extent; ++i) sum += std::exp(x.entries[at(i)] - most);
      for (std::int64_t i = 0; i < extent; ++i) {
        const double log = x.entries[at(i)] - most - std::log(sum);
        y.entries[at(i)] = node.op == "softmax" ? std::exp(log) : log;
      }
    }
    return y;
  }

  /// The entry of `x` that is opposite to entry `index` of a value of `shape`, right-aligned.
  static std::size_t opposite(const Shape& x, const Shape& shape, std::int64_t index) {
    std::int64_t from = 0;
    std::int64_t stride = 1;
    for (std::size_t back = 1; back <= shape.size(); ++back) {
      const std::int64_t at = index % shape[shape.size() - back];
      index /= shape[shape.size() - back];
      if (back > x.size()) continue;
      const std::int64_t extent = x[x.size() - back];
      if (extent != 1) from += at * stride;
      stride *= extent;
    }
    return static_cast<std::size_t>(from);
  }

  static Shape broadcast(const Shape& a, const Shape& b) {
    Shape shape(std::max(a.size(), b.size()), 1);
    for (std::size_t back = 1; back <= shape.size(); ++back)
      for (const Shape* x : {&a, &b}) {
        if (back > x->size() || (*x)[x->size() - back] == 1) continue;
        std::int64_t& extent = shape[shape.size() - back];
        if (extent != 1 && extent != (*x)[x->size() - back])
          throw std::logic_error(network::shape_text(a) + " and " + network::shape_text(b) +
                                 " do not broadcast");
        extent = (*x)[x->size() - back];
      }
    return shape;
  }

  template <class Operation>
  static ExampleValue pairs(const ExampleValue& a, const ExampleValue& b, Operation operation) {
    ExampleValue y{broadcast(a.shape, b.shape), {}};
    for (std::int64_t i = 0; i < network::size_of(y.shape); ++i)
      y.entries.push_back(
          operation(a.entries[opposite(a.shape, y.shape, i)], b.entries[opposite(b.shape, y.shape, i)]));
    return y;
  }

  static ExampleValue matmul(const ExampleValue& a, const ExampleValue& b) {
    const std::int64_t n = a.shape.at(a.shape.size() - 2);
    const std::int64_t k = a.shape.back();
    const std::int64_t m = b.shape.back();
    if (b.shape.at(b.shape.size() - 2) != k) throw std::logic_error("matmul");
    const Shape left(a.shape.begin(), a.shape.end() - 2);
    const Shape right(b.shape.begin(), b.shape.end() - 2);
    const Shape lead = broadcast(left, right);
    ExampleValue y{lead, {}};
    y.shape.insert(y.shape.end(), {n, m});
    for (std::int64_t batch = 0; batch < network::size_of(lead); ++batch)
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < m; ++j) {
          const auto from_a = static_cast<std::int64_t>(opposite(left, lead, batch)) * n * k;
          const auto from_b = static_cast<std::int64_t>(opposite(right, lead, batch)) * k * m;
          double sum = 0;
          for (std::int64_t l = 0; l < k; ++l)
            sum += a.entries[static_cast<std::size_t>(from_a + i * k + l)] *
                   b.entries[static_cast<std::size_t>(from_b + l * m + j)];
          y.entries.push_back(sum);
        }
    return y;
  }

  static ExampleValue reduce(const network::Node& node, const ExampleValue& x) {
    Shape kept = x.shape;
    Shape left;
    const auto axes = node.attributes.integers("axes", {});
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
      const bool over = std::count(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) > 0;
      if (over) kept[axis] = 1;
      if (!over || node.attributes.integer("keep", 0) != 0) left.push_back(kept[axis]);
    }
    ExampleValue y{left, std::vector<double>(static_cast<std::size_t>(network::size_of(kept)), 0.0)};
    for (std::size_t i = 0; i < x.entries.size(); ++i)
      y.entries[opposite(kept, x.shape, static_cast<std::int64_t>(i))] += x.entries[i];
    if (node.op == "mean")
      for (double& entry : y.entries)
        entry *= static_cast<double>(y.entries.size()) / static_cast<double>(x.entries.size());
    return y;
  }

  /// y[i, j, …] = x[…] where `from` gives x's index along each axis from y's, or -1 for `otherwise`.
  static ExampleValue rearranged(const ExampleValue& x, const Shape& shape, double otherwise,
                                 const std::function<bool(const Shape&, Shape&)>& from) {
    ExampleValue y{shape, {}};
    Shape at(shape.size(), 0);
    Shape source(x.shape.size(), 0);
    for (std::int64_t i = 0; i < network::size_of(shape); ++i) {
      std::int64_t rest = i;
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        at[axis] = rest % shape[axis];
        rest /= shape[axis];
      }
      std::int64_t index = 0;
      const bool there = from(at, source);
      for (std::size_t axis = 0; axis < source.size(); ++axis) index = index * x.shape[axis] + source[axis];
      y.entries.push_back(there ? x.entries.at(static_cast<std::size_t>(index)) : otherwise);
    }
    return y;
  }

  static ExampleValue transpose(const network::Node& node, const ExampleValue& x) {
    const auto permutation = node.attributes.integers("permutation", {});
    Shape shape;
    for (const std::int64_t axis : permutation) shape.push_back(x.shape.at(static_cast<std::size_t>(axis)));
    return rearranged(x, shape, 0, [&](const Shape& at, Shape& source) {
      for (std::size_t i = 0; i < at.size(); ++i) source[static_cast<std::size_t>(permutation[i])] = at[i];
      return true;
    });
  }

  static ExampleValue take(const network::Node& node, const ExampleValue& x) {
    const std::size_t axis = axis_of(node, x.shape, 0);
    std::vector<std::int64_t> indices = node.attributes.integers("indices", {});
    if (node.op == "slice")
      for (std::int64_t i = node.attributes.integer("start", 0); i < node.attributes.integer("end", 0);
           i += node.attributes.integer("step", 1))
        indices.push_back(i);
    Shape shape = x.shape;
    shape[axis] = static_cast<std::int64_t>(indices.size());
    ExampleValue y = rearranged(x, shape, 0, [&](const Shape& at, Shape& source) {
      source = at;
      source[axis] = indices.at(static_cast<std::size_t>(at[axis]));
      return true;
    });
    if (node.attributes.integer("squeeze", 0) != 0)
      y.shape.erase(y.shape.begin() + static_cast<std::ptrdiff_t>(axis));
    return y;
  }

  static ExampleValue pad(const network::Node& node, const ExampleValue& x) {
    const auto before = node.attributes.integers("before", {});
    const auto after = node.attributes.integers("after", {});
    Shape shape = x.shape;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) shape[axis] += before.at(axis) + after.at(axis);
    return rearranged(x, shape, node.attributes.number("value", 0), [&](const Shape& at, Shape& source) {
      bool there = true;
      for (std::size_t axis = 0; axis < at.size(); ++axis) {
        source[axis] = at[axis] - before[axis];
        there = there && source[axis] >= 0 && source[axis] < x.shape[axis];
      }
      return there;
    });
  }

  static ExampleValue concatenate(const network::Node& node, const std::vector<const ExampleValue*>& x) {
    const std::size_t axis = axis_of(node, x[0]->shape, 0);
    ExampleValue y{x[0]->shape, {}};
    y.shape[axis] = 0;
    for (const ExampleValue* part : x) y.shape[axis] += part->shape[axis];
    const std::int64_t rows = network::size_of(x[0]->shape) / (x[0]->shape[axis] * inner(x[0]->shape, axis));
    for (std::int64_t row = 0; row < rows; ++row)
      for (const ExampleValue* part : x) {
        const auto run = static_cast<std::ptrdiff_t>(network::size_of(part->shape) / rows);
        y.entries.insert(y.entries.end(), part->entries.begin() + row * run,
                         part->entries.begin() + (row + 1) * run);
      }
    return y;
  }

  const network::Graph& graph_;
  std::span<const float> weights_;
  std::span<const float> buffers_;
};

}  // namespace nwedge::reference
