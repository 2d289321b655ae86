#pragma once
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include "tests/reference/array.hpp"

namespace nwedge::reference {

template <class T>
T clamp(const T& z, double low, double high) {
  return z < T(low) ? T(low) : z > T(high) ? T(high) : z;
}

template <class T>
T logistic(const T& z) {
  using std::exp;
  return T(1.0) / (T(1.0) + exp(-z));
}

/// Operators that act entry by entry.
template <class T>
T element(const network::Node& node, const T& z) {
  using std::erf;
  using std::exp;
  using std::log;
  using std::log1p;
  using std::pow;
  using std::sqrt;
  using std::tanh;
  const std::string& op = node.op;
  const network::Attributes& a = node.attributes;
  const bool negative = z < T(0.0);
  if (op == "relu") return negative ? T(0.0) : z;
  if (op == "leaky-relu") return negative ? T(a.number("slope", 0.01)) * z : z;
  if (op == "tanh") return tanh(z);
  if (op == "sigmoid") return logistic(z);
  if (op == "softplus") return negative ? log1p(exp(z)) : z + log1p(exp(-z));
  if (op == "silu") return z * logistic(z);
  if (op == "hard-swish") return z * clamp(z + T(3.0), 0, 6) / T(6.0);
  if (op == "hard-sigmoid") return clamp(T(a.number("alpha", 1.0 / 6)) * z + T(a.number("beta", 0.5)), 0, 1);
  if (op == "erf") return erf(z);
  if (op == "exp") return exp(z);
  if (op == "log") return log(z);
  if (op == "sqrt") return sqrt(z);
  if (op == "absolute") return negative ? -z : z;
  if (op == "clip") return clamp(z, a.number("minimum", -HUGE_VAL), a.number("maximum", HUGE_VAL));
  if (op == "power") return pow(z, a.number("exponent", 1));
  if (op == "dropout") return z;
  if (op == "gelu" && a.text("approximation", "none") == "none")
    return T(0.5) * z * (T(1.0) + erf(z / T(std::numbers::sqrt2)));
  if (op == "gelu")
    return T(0.5) * z * (T(1.0) + tanh(T(std::sqrt(2 / std::numbers::pi)) * (z + T(0.044715) * z * z * z)));
  throw std::logic_error("no reference for operator " + op);
}

template <class T>
Array<T> binary(const Arguments<T>& given) {
  const std::string& op = given.node.op;
  Array<T> y(given.shape);
  for_each_index(y.shape, [&](const Shape& index) {
    const T& l = given.x[0]->at(broadcast(index, given.x[0]->shape));
    const T& r = given.x[1]->at(broadcast(index, given.x[1]->shape));
    y.at(index) = op == "add" ? l + r : op == "subtract" ? l - r : op == "multiply" ? l * r : l / r;
  });
  return y;
}

/// softmax and log-softmax.
template <class T>
Array<T> along_axis(const Arguments<T>& given) {
  using std::exp;
  using std::log;
  const std::size_t axis = given.axis("axis", -1);
  Array<T> y(given.shape);
  for_each_index(y.shape, [&](const Shape& index) {
    T sum = 0.0;
    Shape other = index;
    for (other[axis] = 0; other[axis] < y.shape[axis]; ++other[axis])
      sum += exp(given.x[0]->at(other) - given.x[0]->at(index));
    y.at(index) = given.node.op == "softmax" ? T(1.0) / sum : -log(sum);
  });
  return y;
}

/// mean and sum.
template <class T>
Array<T> reduction(const Arguments<T>& given) {
  const Array<T>& x = *given.x[0];
  std::vector<bool> summed(x.shape.size(), false);
  double count = 1;
  for (std::int64_t axis : given.attributes().integers("axes", {})) {
    if (axis < 0) axis += static_cast<std::int64_t>(x.shape.size());
    summed[static_cast<std::size_t>(axis)] = true;
    count *= static_cast<double>(x.shape[static_cast<std::size_t>(axis)]);
  }
  Array<T> y(given.shape);
  for_each_index(x.shape, [&](const Shape& index) {
    Shape to;
    for (std::size_t k = 0; k < index.size(); ++k) {
      if (!summed[k]) to.push_back(index[k]);
      if (summed[k] && given.flag("keep", false)) to.push_back(0);
    }
    y.at(to) += x.at(index) * T(given.node.op == "mean" ? 1 / count : 1);
  });
  return y;
}

}  // namespace nwedge::reference
