#pragma once
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "nwedge/core/random.hpp"

namespace nwedge::spectrum {

/// H = R diag(values) R with the reflection R = I - 2 u u^T: a dense matrix of known spectrum, O(D) a
/// product.
class ReflectedDiagonal {
 public:
  explicit ReflectedDiagonal(std::vector<double> values, std::uint64_t seed = 1)
      : values_(std::move(values)), axis_(values_.size()) {
    RandomStream stream(seed, "reflection");
    double squares = 0;
    for (double& x : axis_) {
      x = stream.normal();
      squares += x * x;
    }
    for (double& x : axis_) x /= std::sqrt(squares);
  }

  std::int64_t rows() const { return static_cast<std::int64_t>(values_.size()); }
  void multiply(std::span<const float> x, std::span<float> y) {
    std::vector<double> z(x.begin(), x.end());
    reflect(z);
    for (std::size_t i = 0; i < z.size(); ++i) z[i] *= values_[i];
    reflect(z);
    for (std::size_t i = 0; i < z.size(); ++i) y[i] = static_cast<float>(z[i]);
    ++products;
  }
  double entry(std::size_t i, std::size_t j) const {
    double sum = 0;
    for (std::size_t k = 0; k < values_.size(); ++k) sum += reflection(i, k) * values_[k] * reflection(k, j);
    return sum;
  }

  std::int64_t products = 0;

 private:
  double reflection(std::size_t i, std::size_t j) const { return (i == j ? 1 : 0) - 2 * axis_[i] * axis_[j]; }
  void reflect(std::vector<double>& z) const {
    double along = 0;
    for (std::size_t i = 0; i < z.size(); ++i) along += axis_[i] * z[i];
    for (std::size_t i = 0; i < z.size(); ++i) z[i] -= 2 * along * axis_[i];
  }

  std::vector<double> values_;
  std::vector<double> axis_;
};

/// A spectrum like a trained network's: a few large outliers, a bulk near 0, some of it negative.
inline std::vector<double> network_like_spectrum(std::size_t size) {
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (i < 10)
      values[i] = 40.0 / (1.0 + static_cast<double>(i));
    else
      values[i] = 3.0 * std::exp(-0.02 * static_cast<double>(i)) - 0.05 * static_cast<double>(i % 3);
  }
  return values;
}

}  // namespace nwedge::spectrum
