#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "nwedge/network/data/data_set.hpp"
#include "tests/reference/dual.hpp"

namespace nwedge::reference {

/// A network on labelled images in double precision and straight loops: what the fast engine is checked
/// against. The Hessian-vector product is the derivative of the gradient along v (the R-operator of
/// [pearlmutter1994]), taken by running the gradient on dual numbers.
class Network {
 public:
  Network(network::Architecture architecture, const network::Examples& examples)
      : architecture_(std::move(architecture)), examples_(examples) {}

  double loss(std::span<const double> weights) const {
    const std::vector<double> w(weights.begin(), weights.end());
    double sum = 0;
    for (std::int64_t i = 0; i < examples_.count(); ++i)
      sum += cross_entropy(forward(w, i).outputs, label(i));
    return sum / static_cast<double>(examples_.count());
  }

  double accuracy(std::span<const double> weights) const {
    const std::vector<double> w(weights.begin(), weights.end());
    double right = 0;
    for (std::int64_t i = 0; i < examples_.count(); ++i) {
      const std::vector<double> z = forward(w, i).outputs;
      right += static_cast<std::size_t>(std::max_element(z.begin(), z.end()) - z.begin()) == label(i);
    }
    return right / static_cast<double>(examples_.count());
  }

  std::vector<double> gradient(std::span<const double> weights) const {
    return gradient_of(std::vector<double>(weights.begin(), weights.end()));
  }

  /// H v: the tangents of the gradient at weights + e v.
  std::vector<double> hessian_product(std::span<const double> weights, std::span<const double> v) const {
    std::vector<Dual> w;
    for (std::size_t i = 0; i < weights.size(); ++i) w.emplace_back(weights[i], v[i]);
    std::vector<double> product;
    for (const Dual& g : gradient_of(w)) product.push_back(g.tangent);
    return product;
  }

  /// G v = mean over examples of J^T (diag p - p p^T) J v: the outputs' tangents along v, times the second
  /// derivative of the loss by the outputs, times J^T row by row.
  std::vector<double> gauss_newton_product(std::span<const double> weights, std::span<const double> v) const {
    std::vector<Dual> along;
    for (std::size_t i = 0; i < weights.size(); ++i) along.emplace_back(weights[i], v[i]);
    const std::vector<double> w(weights.begin(), weights.end());
    std::vector<double> product(w.size(), 0.0);
    for (std::int64_t n = 0; n < examples_.count(); ++n) {
      const std::vector<Dual> z = forward(along, n).outputs;
      std::vector<double> values;
      for (const Dual& output : z) values.push_back(output.value);
      const double total = log_sum_exp(values);
      double mean = 0;
      for (const Dual& output : z) mean += std::exp(output.value - total) * output.tangent;
      std::vector<double> adjoint;
      for (const Dual& output : z)
        adjoint.push_back(std::exp(output.value - total) * (output.tangent - mean) /
                          static_cast<double>(examples_.count()));
      add_transposed(w, forward(w, n), std::move(adjoint), product);
    }
    return product;
  }

  /// The outputs [N, classes] before the softmax.
  std::vector<double> outputs(std::span<const double> weights) const {
    const std::vector<double> w(weights.begin(), weights.end());
    std::vector<double> all;
    for (std::int64_t i = 0; i < examples_.count(); ++i)
      for (const double z : forward(w, i).outputs) all.push_back(z);
    return all;
  }

 private:
  template <class T>
  struct LayerPass {
    std::vector<T> input;
    std::vector<T> affine;            // W x + b
    std::vector<std::size_t> chosen;  // result i comes from affine entry chosen[i]
  };
  template <class T>
  struct Pass {
    std::vector<LayerPass<T>> layers;
    std::vector<T> outputs;
  };

  std::size_t label(std::int64_t i) const {
    return static_cast<std::size_t>(examples_.labels[static_cast<std::size_t>(i)]);
  }

  template <class T>
  T activate(T x) const {
    using std::tanh;
    if (architecture_.activation == network::Activation::tanh) return tanh(x);
    return x > T(0.0) ? x : T(0.0);
  }

  template <class T>
  T slope(T x) const {
    using std::tanh;
    if (architecture_.activation == network::Activation::tanh) return T(1.0) - tanh(x) * tanh(x);
    return x > T(0.0) ? T(1.0) : T(0.0);
  }

  /// Calls visit(output entry, weight index, input entry) for every product that W x is the sum of.
  template <class Visit>
  static void for_each_product(const network::Layer& layer, const Visit& visit) {
    const network::ImageShape in = layer.input;
    if (layer.kind == network::LayerKind::linear) {
      for (std::int64_t o = 0; o < layer.output.channels; ++o)
        for (std::int64_t i = 0; i < in.size(); ++i) visit(o, o * in.size() + i, i);
      return;
    }
    for (std::int64_t o = 0; o < layer.output.channels; ++o)
      for (std::int64_t c = 0; c < in.channels; ++c)
        for (std::int64_t y = 0; y < in.height; ++y)
          for (std::int64_t x = 0; x < in.width; ++x)
            for (std::int64_t a = 0; a < 3; ++a)
              for (std::int64_t b = 0; b < 3; ++b) {
                const std::int64_t row = y + a - 1;
                const std::int64_t column = x + b - 1;
                if (row < 0 || row >= in.height || column < 0 || column >= in.width) continue;
                visit((o * in.height + y) * in.width + x, ((o * in.channels + c) * 3 + a) * 3 + b,
                      (c * in.height + row) * in.width + column);
              }
  }

  template <class T>
  std::vector<T> run_layer(const network::Layer& layer, const std::vector<T>& w, LayerPass<T>& pass) const {
    const std::int64_t area = layer.output.height * layer.output.width;
    pass.affine.resize(static_cast<std::size_t>(layer.output.size()));
    for (std::int64_t i = 0; i < layer.output.size(); ++i)
      pass.affine[static_cast<std::size_t>(i)] = w[static_cast<std::size_t>(layer.bias_offset + i / area)];
    for_each_product(layer, [&](std::int64_t out, std::int64_t weight, std::int64_t in) {
      pass.affine[static_cast<std::size_t>(out)] +=
          w[static_cast<std::size_t>(layer.weight_offset + weight)] *
          pass.input[static_cast<std::size_t>(in)];
    });
    choose(layer, pass);
    std::vector<T> result;
    for (const std::size_t i : pass.chosen)
      result.push_back(layer.activated ? activate(pass.affine[i]) : pass.affine[i]);
    return result;
  }

  /// Pooling takes the first largest of each 2x2 window of activated values; without pooling every entry is
  /// taken.
  template <class T>
  void choose(const network::Layer& layer, LayerPass<T>& pass) const {
    const network::ImageShape result = layer.result();
    for (std::int64_t c = 0; c < result.channels; ++c)
      for (std::int64_t y = 0; y < result.height; ++y)
        for (std::int64_t x = 0; x < result.width; ++x) {
          const std::int64_t scale = layer.pooled ? 2 : 1;
          std::size_t best = 0;
          for (std::int64_t a = 0; a < scale; ++a)
            for (std::int64_t b = 0; b < scale; ++b) {
              const auto i = static_cast<std::size_t>(
                  (c * layer.output.height + scale * y + a) * layer.output.width + scale * x + b);
              if (a + b == 0 || activate(pass.affine[i]) > activate(pass.affine[best])) best = i;
            }
          pass.chosen.push_back(best);
        }
  }

  template <class T>
  Pass<T> forward(const std::vector<T>& w, std::int64_t example) const {
    Pass<T> pass;
    const float* image = examples_.images.data() + example * architecture_.input.size();
    std::vector<T> values(image, image + architecture_.input.size());
    for (const network::Layer& layer : architecture_.layers) {
      pass.layers.emplace_back();
      pass.layers.back().input = std::move(values);
      values = run_layer(layer, w, pass.layers.back());
    }
    pass.outputs = std::move(values);
    return pass;
  }

  template <class T>
  static T log_sum_exp(const std::vector<T>& z) {
    using std::exp;
    using std::log;
    T largest = z[0];
    for (const T& x : z)
      if (x > largest) largest = x;
    T sum = 0.0;
    for (const T& x : z) sum += exp(x - largest);
    return largest + log(sum);
  }

  static double cross_entropy(const std::vector<double>& z, std::size_t label) {
    return log_sum_exp(z) - z[label];
  }

  /// Adds the gradient of one example's loss, divided by the number of examples.
  template <class T>
  void add_gradient(const std::vector<T>& w, std::int64_t example, std::vector<T>& gradient) const {
    using std::exp;
    const Pass<T> pass = forward(w, example);
    const T total = log_sum_exp(pass.outputs);
    const T scale = 1.0 / static_cast<double>(examples_.count());
    std::vector<T> adjoint;
    for (std::size_t k = 0; k < pass.outputs.size(); ++k)
      adjoint.push_back((exp(pass.outputs[k] - total) - T(k == label(example) ? 1.0 : 0.0)) * scale);
    add_transposed(w, pass, std::move(adjoint), gradient);
  }

  /// gradient += J^T adjoint, J the derivative of one example's outputs by the weights.
  template <class T>
  void add_transposed(const std::vector<T>& w, const Pass<T>& pass, std::vector<T> adjoint,
                      std::vector<T>& gradient) const {
    for (std::size_t l = architecture_.layers.size(); l-- > 0;) {
      const network::Layer& layer = architecture_.layers[l];
      const LayerPass<T>& kept = pass.layers[l];
      std::vector<T> affine(kept.affine.size(), T(0.0));  // adjoint of W x + b
      for (std::size_t i = 0; i < kept.chosen.size(); ++i)
        affine[kept.chosen[i]] +=
            layer.activated ? adjoint[i] * slope(kept.affine[kept.chosen[i]]) : adjoint[i];
      const std::size_t area = static_cast<std::size_t>(layer.output.height * layer.output.width);
      for (std::size_t i = 0; i < affine.size(); ++i)
        gradient[static_cast<std::size_t>(layer.bias_offset) + i / area] += affine[i];
      adjoint.assign(kept.input.size(), T(0.0));
      for_each_product(layer, [&](std::int64_t out, std::int64_t weight, std::int64_t in) {
        const auto k = static_cast<std::size_t>(layer.weight_offset + weight);
        gradient[k] += affine[static_cast<std::size_t>(out)] * kept.input[static_cast<std::size_t>(in)];
        adjoint[static_cast<std::size_t>(in)] += affine[static_cast<std::size_t>(out)] * w[k];
      });
    }
  }

  template <class T>
  std::vector<T> gradient_of(const std::vector<T>& w) const {
    std::vector<T> gradient(w.size(), T(0.0));
    for (std::int64_t i = 0; i < examples_.count(); ++i) add_gradient(w, i, gradient);
    return gradient;
  }

  network::Architecture architecture_;
  const network::Examples& examples_;
};

}  // namespace nwedge::reference
