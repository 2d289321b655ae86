#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "nwedge/network/data/data_set.hpp"
#include "tests/reference/graph_reference.hpp"
#include "tests/reference/tape.hpp"

namespace nwedge::reference {

/// The mean cross-entropy of a graph's outputs over labelled examples in double precision, with exact
/// derivatives by rules for single numbers: what the fast engine is checked against. The Hessian-vector
/// product is the derivative of the gradient along v (the R-operator of [pearlmutter1994]), taken by running
/// the gradient on dual numbers.
class Network {
 public:
  /// `buffers` empty: at their initial values.
  Network(network::Graph graph, const network::Examples& examples, std::vector<double> buffers = {},
          bool batch_statistics = false)
      : graph_(graph, buffers.empty() ? initial_buffers(graph) : std::move(buffers), batch_statistics),
        examples_(examples) {}

  /// The outputs [N, classes] before the softmax.
  std::vector<double> outputs(std::span<const double> weights) const {
    const std::vector<double> w(weights.begin(), weights.end());
    std::vector<double> all;
    for_each_chunk([&](std::size_t begin, std::size_t end) {
      for (const Array<double>& z : graph_.outputs(w, inputs<double>(begin, end)))
        all.insert(all.end(), z.values.begin(), z.values.end());
    });
    return all;
  }

  double loss(std::span<const double> weights) const {
    const std::vector<double> w(weights.begin(), weights.end());
    double sum = 0;
    for_each_chunk([&](std::size_t begin, std::size_t end) { sum += chunk_loss(w, begin, end); });
    return sum;
  }

  double accuracy(std::span<const double> weights) const {
    const std::vector<double> all = outputs(weights);
    const auto classes = static_cast<std::ptrdiff_t>(graph_.graph().outputs());
    double right = 0;
    for (std::size_t n = 0; n < count(); ++n) {
      const auto row = all.begin() + static_cast<std::ptrdiff_t>(n) * classes;
      right += std::max_element(row, row + classes) - row == examples_.labels[n];
    }
    return right / static_cast<double>(count());
  }

  std::vector<double> gradient(std::span<const double> weights) const {
    return gradient_of(std::vector<double>(weights.begin(), weights.end()));
  }

  /// H v: the tangents of the gradient at weights + e v.
  std::vector<double> hessian_product(std::span<const double> weights, std::span<const double> v) const {
    std::vector<double> product;
    for (const Dual& g : gradient_of(along(weights, v))) product.push_back(g.tangent);
    return product;
  }

  /// G v = mean over examples of J^T (diag p - p p^T) J v: the outputs' tangents along v, times the second
  /// derivative of the loss by the outputs, times J^T.
  std::vector<double> gauss_newton_product(std::span<const double> weights, std::span<const double> v) const {
    const std::vector<double> w(weights.begin(), weights.end());
    std::vector<double> product(w.size(), 0.0);
    for_each_chunk([&](std::size_t begin, std::size_t end) {
      std::vector<double> seeds;
      for (const Array<Dual>& z : graph_.outputs(along(weights, v), inputs<Dual>(begin, end)))
        add_loss_curvature(z.values, seeds);
      std::vector<Recorded<double>> results;
      for (const auto& z : graph_.outputs(recorded(w), inputs<Recorded<double>>(begin, end)))
        results.insert(results.end(), z.values.begin(), z.values.end());
      add_slopes<double>(results, seeds, product);
    });
    return product;
  }

 private:
  std::size_t count() const { return examples_.labels.size(); }

  static std::vector<double> initial_buffers(const network::Graph& graph) {
    std::vector<double> buffers;
    for (const network::BufferPlace& buffer : graph.buffers)
      buffers.insert(buffers.end(), static_cast<std::size_t>(buffer.count), buffer.initial);
    return buffers;
  }

  /// f(begin, end) for runs of examples whose outputs do not depend on others.
  template <class F>
  void for_each_chunk(F&& f) const {
    const std::size_t size = graph_.joins_examples() ? count() : 1;
    for (std::size_t begin = 0; begin < count(); begin += size) f(begin, begin + size);
  }

  template <class T>
  std::vector<Array<T>> inputs(std::size_t begin, std::size_t end) const {
    std::vector<Array<T>> inputs;
    for (std::size_t n = begin; n < end; ++n) {
      inputs.emplace_back(graph_.graph().input_shape());
      std::vector<T>& values = inputs.back().values;
      for (std::size_t k = 0; k < values.size(); ++k)
        values[k] = static_cast<double>(examples_.images[n * values.size() + k]);
    }
    return inputs;
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

  /// These examples' share of the mean loss.
  template <class T>
  T chunk_loss(const std::vector<T>& w, std::size_t begin, std::size_t end) const {
    T sum = 0.0;
    const std::vector<Array<T>> outputs = graph_.outputs(w, inputs<T>(begin, end));
    for (std::size_t n = begin; n < end; ++n) {
      const std::vector<T>& z = outputs[n - begin].values;
      sum += log_sum_exp(z) - z[static_cast<std::size_t>(examples_.labels[n])];
    }
    return sum * T(1.0 / static_cast<double>(count()));
  }

  static std::vector<Dual> along(std::span<const double> weights, std::span<const double> v) {
    std::vector<Dual> w;
    for (std::size_t i = 0; i < weights.size(); ++i) w.emplace_back(weights[i], v[i]);
    return w;
  }

  /// The weights at the beginning of an empty tape.
  template <class T>
  static std::vector<Recorded<T>> recorded(const std::vector<T>& w) {
    Tape<T>::clear();
    std::vector<Recorded<T>> variables;
    for (const T& value : w) variables.push_back(Tape<T>::variable(value));
    return variables;
  }

  template <class T>
  static void add_slopes(const std::vector<Recorded<T>>& results, const std::vector<T>& seeds,
                         std::vector<T>& gradient) {
    const std::vector<T> slopes = Tape<T>::slopes(results, seeds);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += slopes[i];
  }

  template <class T>
  std::vector<T> gradient_of(const std::vector<T>& w) const {
    std::vector<T> gradient(w.size(), T(0.0));
    for_each_chunk([&](std::size_t begin, std::size_t end) {
      add_slopes<T>({chunk_loss(recorded(w), begin, end)}, {T(1.0)}, gradient);
    });
    return gradient;
  }

  /// Appends (diag p - p p^T) z., divided by the number of examples.
  void add_loss_curvature(const std::vector<Dual>& z, std::vector<double>& seeds) const {
    std::vector<double> values;
    for (const Dual& output : z) values.push_back(output.value);
    const double total = log_sum_exp(values);
    double mean = 0;
    for (const Dual& output : z) mean += std::exp(output.value - total) * output.tangent;
    for (const Dual& output : z)
      seeds.push_back(std::exp(output.value - total) * (output.tangent - mean) /
                      static_cast<double>(count()));
  }

  GraphReference graph_;
  const network::Examples& examples_;
};

}  // namespace nwedge::reference
