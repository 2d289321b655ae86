#pragma once
#include <cmath>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "nwedge/core/random.hpp"
#include "nwedge/curvature.hpp"

namespace nwedge::test {

/// L(theta) = 1/2 (theta - c)^T A (theta - c) with A = Q diag(spectrum) Q, Q = I - 2 v v^T a reflection with
/// a random unit vector v, so that the eigenvectors Q e_i are no coordinate axes and a product costs O(D).
/// Everything is computed in double from the float point. Minibatch gradients carry N(0, noise^2) per
/// coordinate. The initial point is N(0, 1).
class QuadraticLandscape final : public CurvedLandscape {
 public:
  /// `spectrum`: the D eigenvalues of A; `seed` names v; `centre`: c [D], the origin when empty.
  explicit QuadraticLandscape(std::vector<double> spectrum, std::uint64_t seed = 0,
                              std::vector<float> centre = {}, double noise = 0)
      : CurvedLandscape(static_cast<std::int64_t>(spectrum.size())),
        spectrum_(std::move(spectrum)),
        centre_(std::move(centre)),
        reflector_(spectrum_.size()),
        noise_(noise) {
    centre_.resize(spectrum_.size(), 0.0f);
    RandomStream stream(seed, "quadratic landscape");
    double square = 0;
    for (double& v : reflector_) {
      v = stream.normal();
      square += v * v;
    }
    for (double& v : reflector_) v /= std::sqrt(square);
  }

  const std::vector<double>& spectrum() const { return spectrum_; }
  const std::vector<float>& centre() const { return centre_; }
  /// The unit eigenvector [D] that belongs to spectrum()[i].
  std::vector<double> eigenvector(std::size_t i) const {
    std::vector<double> vector(spectrum_.size(), 0.0);
    vector[i] = 1;
    reflect(vector);
    return vector;
  }
  /// A v in double.
  std::vector<double> multiply(std::vector<double> vector) const {
    reflect(vector);
    for (std::size_t i = 0; i < vector.size(); ++i) vector[i] *= spectrum_[i];
    reflect(vector);
    return vector;
  }

 private:
  void reflect(std::vector<double>& vector) const {
    double dot = 0;
    for (std::size_t i = 0; i < vector.size(); ++i) dot += vector[i] * reflector_[i];
    for (std::size_t i = 0; i < vector.size(); ++i) vector[i] -= 2 * dot * reflector_[i];
  }

  /// Returns the loss; `slope` receives A (theta - c).
  double loss_and_slope(std::span<const float> point, std::vector<double>& slope) const {
    std::vector<double> offset(point.size());
    for (std::size_t i = 0; i < point.size(); ++i) offset[i] = static_cast<double>(point[i]) - centre_[i];
    slope = multiply(offset);
    double loss = 0;
    for (std::size_t i = 0; i < point.size(); ++i) loss += 0.5 * offset[i] * slope[i];
    return loss;
  }

  std::vector<float> do_initial_point(std::uint64_t seed) const override {
    std::vector<float> point(spectrum_.size());
    RandomStream(seed, "initial point").fill_normal(point);
    return point;
  }

  Metrics do_evaluate(std::span<const float> point, Split) const override {
    Metrics metrics;
    std::vector<double> slope;
    metrics.loss = loss_and_slope(point, slope);
    return metrics;
  }

  double do_gradient(std::span<const float> point, std::span<float> gradient, Split) const override {
    std::vector<double> slope;
    const double loss = loss_and_slope(point, slope);
    for (std::size_t i = 0; i < slope.size(); ++i) gradient[i] = static_cast<float>(slope[i]);
    return loss;
  }

  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override {
    const double loss = do_gradient(point, gradient, Split::train);
    if (noise_ > 0) {
      RandomStream stream(batch.seed, "gradient noise", static_cast<std::uint64_t>(batch.index));
      for (float& g : gradient) g += static_cast<float>(noise_ * stream.normal());
    }
    return loss;
  }

  class Product final : public Curvature {
   public:
    explicit Product(const QuadraticLandscape& landscape)
        : Curvature(landscape.dimension()), landscape_(landscape) {}

   private:
    void do_multiply(std::span<const float> vector, std::span<float> product) override {
      const std::vector<double> exact = landscape_.multiply({vector.begin(), vector.end()});
      for (std::size_t i = 0; i < exact.size(); ++i) product[i] = static_cast<float>(exact[i]);
    }
    const QuadraticLandscape& landscape_;
  };

  std::unique_ptr<Curvature> do_curvature_at(std::span<const float>, Split) const override {
    return std::make_unique<Product>(*this);
  }

  std::vector<double> spectrum_;
  std::vector<float> centre_;
  std::vector<double> reflector_;
  double noise_;
};

}  // namespace nwedge::test
