#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "nwedge/network/graph/graph.hpp"

namespace nwedge::reference {

/// One example's value in double precision, row-major.
struct Array {
  network::Shape shape;
  std::vector<double> values;

  explicit Array(network::Shape s = {})
      : shape(std::move(s)), values(static_cast<std::size_t>(network::size_of(shape))) {}
  double& at(const network::Shape& index) { return values[place(index)]; }
  double at(const network::Shape& index) const { return values[place(index)]; }
  std::size_t place(const network::Shape& index) const {
    std::int64_t p = 0;
    for (std::size_t k = 0; k < shape.size(); ++k) p = p * shape[k] + index[k];
    return static_cast<std::size_t>(p);
  }
};

/// f(index) for every index of a shape, in row-major order.
inline void for_each_index(const network::Shape& shape, const std::function<void(const network::Shape&)>& f) {
  network::Shape index(shape.size(), 0);
  for (std::int64_t n = 0; n < network::size_of(shape); ++n) {
    f(index);
    for (std::size_t k = shape.size(); k-- > 0;) {
      if (++index[k] < shape[k]) break;
      index[k] = 0;
    }
  }
}

/// The index of a broadcast operand.
inline network::Shape broadcast(const network::Shape& index, const network::Shape& shape) {
  network::Shape own(shape.size());
  for (std::size_t k = 0; k < shape.size(); ++k)
    own[k] = shape[k] == 1 ? 0 : index[index.size() - shape.size() + k];
  return own;
}

/// A graph's outputs on a batch of examples, by plain loops in double precision; shares no code with the
/// library's engine. Batch normalisation takes its statistics from the batch (`batch_statistics`) or from the
/// buffers.
class GraphReference {
 public:
  GraphReference(const network::Graph& graph, std::vector<double> buffers, bool batch_statistics)
      : graph_(graph), buffers_(std::move(buffers)), batch_statistics_(batch_statistics) {}

  std::vector<Array> outputs(const std::vector<double>& weights, const std::vector<Array>& inputs) const {
    std::vector<std::vector<Array>> values(graph_.values.size());
    values[0] = inputs;
    for (const network::Node& node : graph_.nodes) {
      auto& out = values[static_cast<std::size_t>(node.output)];
      if (node.op == "batch-norm") {
        out = batch_norm(node, weights, values[static_cast<std::size_t>(node.inputs[0])]);
        continue;
      }
      for (std::size_t n = 0; n < inputs.size(); ++n) {
        std::vector<const Array*> x;
        for (const auto input : node.inputs) x.push_back(&values[static_cast<std::size_t>(input)][n]);
        out.push_back(run(node, weights, x));
      }
    }
    return values[static_cast<std::size_t>(graph_.output)];
  }

 private:
  using Shape = network::Shape;

  Array tensor(const std::vector<double>& weights, network::TensorId id) const {
    const auto& place = graph_.tensors[static_cast<std::size_t>(id)];
    Array array(place.shape);
    std::copy_n(weights.begin() + place.offset, place.count, array.values.begin());
    return array;
  }
  static bool given(const network::Node& node, std::size_t k) {
    return k < node.weights.size() && node.weights[k] != network::kAbsent;
  }
  const Shape& shape_of(const network::Node& node) const {
    return graph_.values[static_cast<std::size_t>(node.output)].shape;
  }

  static double element(const network::Node& node, double z) {
    const std::string& op = node.op;
    const network::Attributes& a = node.attributes;
    const auto sigmoid = [](double t) { return 1 / (1 + std::exp(-t)); };
    if (op == "relu") return std::max(z, 0.0);
    if (op == "leaky-relu") return z < 0 ? a.number("slope", 0.01) * z : z;
    if (op == "tanh") return std::tanh(z);
    if (op == "sigmoid") return sigmoid(z);
    if (op == "softplus") return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
    if (op == "silu") return z * sigmoid(z);
    if (op == "hard-swish") return z * std::clamp(z + 3, 0.0, 6.0) / 6;
    if (op == "hard-sigmoid")
      return std::clamp(a.number("alpha", 1.0 / 6) * z + a.number("beta", 0.5), 0.0, 1.0);
    if (op == "erf") return std::erf(z);
    if (op == "exp") return std::exp(z);
    if (op == "log") return std::log(z);
    if (op == "sqrt") return std::sqrt(z);
    if (op == "absolute") return std::abs(z);
    if (op == "clip") return std::clamp(z, a.number("minimum", -HUGE_VAL), a.number("maximum", HUGE_VAL));
    if (op == "power") return std::pow(z, a.number("exponent", 1));
    if (op == "dropout") return z;
    if (op == "gelu" && a.text("approximation", "none") == "none")
      return z * 0.5 * (1 + std::erf(z / std::sqrt(2.0)));
    if (op == "gelu") return 0.5 * z * (1 + std::tanh(std::sqrt(2 / M_PI) * (z + 0.044715 * z * z * z)));
    throw std::logic_error("no reference for operator " + op);
  }

  Array run(const network::Node& node, const std::vector<double>& weights,
            const std::vector<const Array*>& x) const {
    const network::Attributes& a = node.attributes;
    const std::string& op = node.op;
    Array y(shape_of(node));
    const auto axis_of = [&](std::int64_t otherwise) {
      const std::int64_t axis = a.integer("axis", otherwise);
      return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(x[0]->shape.size()) : axis);
    };
    if (op == "linear") {
      const Array w = tensor(weights, node.weights[0]);
      const bool transposed = a.integer("transposed", 0) != 0;
      for_each_index(y.shape, [&](const Shape& index) {
        double sum = given(node, 1)
                         ? tensor(weights, node.weights[1]).values[static_cast<std::size_t>(index.back())]
                         : 0;
        Shape from = index;
        for (from.back() = 0; from.back() < x[0]->shape.back(); ++from.back())
          sum += x[0]->at(from) *
                 (transposed ? w.at({from.back(), index.back()}) : w.at({index.back(), from.back()}));
        y.at(index) = sum;
      });
    } else if (op == "convolution") {
      const Array w = tensor(weights, node.weights[0]);
      const auto stride = a.integers("stride", {1, 1});
      const auto padding = a.integers("padding", {0, 0, 0, 0});
      const auto dilation = a.integers("dilation", {1, 1});
      const std::int64_t groups = a.integer("groups", 1);
      for_each_index(y.shape, [&](const Shape& o) {
        double sum =
            given(node, 1) ? tensor(weights, node.weights[1]).values[static_cast<std::size_t>(o[0])] : 0;
        const std::int64_t group = o[0] / (y.shape[0] / groups);
        for_each_index({w.shape[1], w.shape[2], w.shape[3]}, [&](const Shape& t) {
          const std::int64_t h = o[1] * stride[0] + t[1] * dilation[0] - padding[0];
          const std::int64_t c = o[2] * stride[1] + t[2] * dilation[1] - padding[1];
          if (h < 0 || c < 0 || h >= x[0]->shape[1] || c >= x[0]->shape[2]) return;
          sum += w.at({o[0], t[0], t[1], t[2]}) * x[0]->at({group * w.shape[1] + t[0], h, c});
        });
        y.at(o) = sum;
      });
    } else if (op == "max-pool" || op == "average-pool") {
      const auto kernel = a.integers("kernel", {2, 2});
      const auto stride = a.integers("stride", kernel);
      const auto padding = a.integers("padding", {0, 0, 0, 0});
      const auto dilation = a.integers("dilation", {1, 1});
      for_each_index(y.shape, [&](const Shape& o) {
        double sum = 0;
        double best = -HUGE_VAL;
        std::int64_t count = 0;
        for_each_index({kernel[0], kernel[1]}, [&](const Shape& t) {
          const std::int64_t h = o[1] * stride[0] + t[0] * dilation[0] - padding[0];
          const std::int64_t c = o[2] * stride[1] + t[1] * dilation[1] - padding[1];
          const bool padded = h < x[0]->shape[1] + padding[2] && c < x[0]->shape[2] + padding[3];
          const bool inside = h >= 0 && c >= 0 && h < x[0]->shape[1] && c < x[0]->shape[2];
          if (inside) sum += x[0]->at({o[0], h, c});
          if (inside) best = std::max(best, x[0]->at({o[0], h, c}));
          count += a.integer("count_padding", 1) != 0 ? padded : inside;
        });
        y.at(o) = op == "max-pool" ? best : sum / static_cast<double>(count);
      });
    } else if (op == "add" || op == "subtract" || op == "multiply" || op == "divide") {
      for_each_index(y.shape, [&](const Shape& index) {
        const double l = x[0]->at(broadcast(index, x[0]->shape));
        const double r = x[1]->at(broadcast(index, x[1]->shape));
        y.at(index) = op == "add" ? l + r : op == "subtract" ? l - r : op == "multiply" ? l * r : l / r;
      });
    } else if (op == "matmul") {
      for_each_index(y.shape, [&](const Shape& index) {
        double sum = 0;
        for (std::int64_t k = 0; k < x[0]->shape.back(); ++k) {
          Shape l = index;
          Shape r = index;
          l.back() = k;
          r[r.size() - 2] = k;
          sum += x[0]->at(broadcast(l, x[0]->shape)) * x[1]->at(broadcast(r, x[1]->shape));
        }
        y.at(index) = sum;
      });
    } else if (op == "softmax" || op == "log-softmax") {
      const std::size_t axis = axis_of(-1);
      for_each_index(y.shape, [&](const Shape& index) {
        double sum = 0;
        Shape other = index;
        for (other[axis] = 0; other[axis] < y.shape[axis]; ++other[axis])
          sum += std::exp(x[0]->at(other) - x[0]->at(index));
        y.at(index) = op == "softmax" ? 1 / sum : -std::log(sum);
      });
    } else if (op == "reshape") {
      y.values = x[0]->values;
    } else if (op == "transpose") {
      const auto permutation = a.integers("permutation", {});
      for_each_index(y.shape, [&](const Shape& index) {
        Shape from(index.size());
        for (std::size_t k = 0; k < index.size(); ++k)
          from[static_cast<std::size_t>(permutation[k])] = index[k];
        y.at(index) = x[0]->at(from);
      });
    } else if (op == "concatenate") {
      const std::size_t axis = axis_of(0);
      std::int64_t start = 0;
      for (const Array* part : x) {
        for_each_index(part->shape, [&](const Shape& index) {
          Shape to = index;
          to[axis] += start;
          y.at(to) = part->at(index);
        });
        start += part->shape[axis];
      }
    } else if (op == "slice") {
      const std::size_t axis = axis_of(0);
      for_each_index(y.shape, [&](const Shape& index) {
        Shape from = index;
        from[axis] = a.integer("start", 0) + index[axis] * a.integer("step", 1);
        y.at(index) = x[0]->at(from);
      });
    } else if (op == "pad") {
      std::fill(y.values.begin(), y.values.end(), a.number("value", 0));
      const auto before = a.integers("before", Shape(y.shape.size(), 0));
      for_each_index(x[0]->shape, [&](const Shape& index) {
        Shape to = index;
        for (std::size_t k = 0; k < to.size(); ++k) to[k] += before[k];
        y.at(to) = x[0]->at(index);
      });
    } else if (op == "mean" || op == "sum") {
      auto axes = a.integers("axes", {});
      std::vector<bool> summed(x[0]->shape.size(), false);
      double count = 1;
      for (std::int64_t axis : axes) {
        if (axis < 0) axis += static_cast<std::int64_t>(x[0]->shape.size());
        summed[static_cast<std::size_t>(axis)] = true;
        count *= static_cast<double>(x[0]->shape[static_cast<std::size_t>(axis)]);
      }
      for_each_index(x[0]->shape, [&](const Shape& index) {
        Shape to;
        for (std::size_t k = 0; k < index.size(); ++k) {
          if (!summed[k]) to.push_back(index[k]);
          if (summed[k] && a.integer("keep", 0) != 0) to.push_back(0);
        }
        y.at(to) += x[0]->at(index) / (op == "mean" ? count : 1);
      });
    } else if (op == "gather") {
      const std::size_t axis = axis_of(0);
      const auto indices = a.integers("indices", {});
      for (std::size_t k = 0; k < indices.size(); ++k)
        for_each_index(x[0]->shape, [&](const Shape& index) {
          if (index[axis] != indices[k]) return;
          Shape to = index;
          to[axis] = static_cast<std::int64_t>(k);
          if (a.integer("squeeze", 0) != 0) to.erase(to.begin() + static_cast<std::ptrdiff_t>(axis));
          y.at(to) = x[0]->at(index);
        });
    } else if (op == "constant") {
      const auto& numbers = a.floats("values");
      std::copy(numbers.begin(), numbers.end(), y.values.begin());
    } else if (op == "parameter") {
      y = tensor(weights, node.weights[0]);
    } else if (op == "layer-norm" || op == "rms-norm" || op == "group-norm") {
      standardise(node, weights, *x[0], y);
    } else {
      for (std::size_t n = 0; n < y.values.size(); ++n) y.values[n] = element(node, x[0]->values[n]);
    }
    return y;
  }

  void standardise(const network::Node& node, const std::vector<double>& weights, const Array& x,
                   Array& y) const {
    const bool group = node.op == "group-norm";
    const bool centred = node.op != "rms-norm";
    std::int64_t size = 1;
    for (std::int64_t k = 0; k < node.attributes.integer("axes", 1); ++k)
      size *= x.shape[x.shape.size() - 1 - static_cast<std::size_t>(k)];
    if (group) size = network::size_of(x.shape) / node.attributes.integer("groups", 1);
    const double epsilon = node.attributes.number("epsilon", centred ? 1e-5 : 1e-6);
    const std::int64_t plane = network::size_of(x.shape) / x.shape[0];
    for (std::int64_t begin = 0; begin < network::size_of(x.shape); begin += size) {
      double mean = 0;
      double square = 0;
      for (std::int64_t k = begin; k < begin + size; ++k)
        mean += centred ? x.values[static_cast<std::size_t>(k)] / static_cast<double>(size) : 0;
      for (std::int64_t k = begin; k < begin + size; ++k)
        square += std::pow(x.values[static_cast<std::size_t>(k)] - mean, 2) / static_cast<double>(size);
      for (std::int64_t k = begin; k < begin + size; ++k) {
        const auto j = static_cast<std::size_t>(group ? k / plane : k - begin);
        const double scale = given(node, 0) ? tensor(weights, node.weights[0]).values[j] : 1;
        const double shift = given(node, 1) ? tensor(weights, node.weights[1]).values[j] : 0;
        y.values[static_cast<std::size_t>(k)] =
            scale * (x.values[static_cast<std::size_t>(k)] - mean) / std::sqrt(square + epsilon) + shift;
      }
    }
  }

  std::vector<Array> batch_norm(const network::Node& node, const std::vector<double>& weights,
                                const std::vector<Array>& x) const {
    std::vector<Array> y = x;
    const std::int64_t channels = x[0].shape[0];
    const std::int64_t plane = network::size_of(x[0].shape) / channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto begin = static_cast<std::size_t>(c * plane);
      const auto end = begin + static_cast<std::size_t>(plane);
      double mean = 0;
      double square = 0;
      const double count = static_cast<double>(plane) * static_cast<double>(x.size());
      for (const Array& one : x)
        for (std::size_t k = begin; k < end; ++k) mean += one.values[k] / count;
      for (const Array& one : x)
        for (std::size_t k = begin; k < end; ++k) square += std::pow(one.values[k] - mean, 2) / count;
      if (!batch_statistics_) {
        mean = buffers_[static_cast<std::size_t>(
            graph_.buffers[static_cast<std::size_t>(node.buffers[0])].offset + c)];
        square = buffers_[static_cast<std::size_t>(
            graph_.buffers[static_cast<std::size_t>(node.buffers[1])].offset + c)];
      }
      const double scale =
          given(node, 0) ? tensor(weights, node.weights[0]).values[static_cast<std::size_t>(c)] : 1;
      const double shift =
          given(node, 1) ? tensor(weights, node.weights[1]).values[static_cast<std::size_t>(c)] : 0;
      for (std::size_t n = 0; n < x.size(); ++n)
        for (std::size_t k = begin; k < end; ++k)
          y[n].values[k] =
              scale * (x[n].values[k] - mean) / std::sqrt(square + node.attributes.number("epsilon", 1e-5)) +
              shift;
    }
    return y;
  }

  const network::Graph& graph_;
  std::vector<double> buffers_;
  bool batch_statistics_;
};

}  // namespace nwedge::reference
