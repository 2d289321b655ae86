#include "nwedge/geometry/simplex_volume.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <string>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"

namespace nwedge::geometry {
namespace {

const SimplicialComplex& complex_of(const ShapeLandscape& mean_loss) {
  const auto* complex = dynamic_cast<const SimplicialComplex*>(&mean_loss.shape());
  if (complex == nullptr)
    throw Error("volume", "only simplicial complexes have one; give a landscape over a complex");
  return *complex;
}

std::vector<float> corners_of(const SimplicialComplex& complex, std::int64_t simplex,
                              std::span<const float> fixed, std::span<const float> free, std::size_t size) {
  std::vector<float> corners;
  for (const std::int64_t name : complex.corners(simplex)) {
    const std::span<const float> point =
        name < complex.fixed_points()
            ? fixed.subspan(static_cast<std::size_t>(name) * size, size)
            : free.subspan(static_cast<std::size_t>(name - complex.fixed_points()) * size, size);
    corners.insert(corners.end(), point.begin(), point.end());
  }
  return corners;
}

}  // namespace

double log_simplex_volume(std::span<const float> corners, std::int64_t dimension,
                          std::span<double> gradient) {
  const auto size = static_cast<std::size_t>(dimension);
  const auto k = static_cast<Eigen::Index>(corners.size() / size) - 1;
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Matrix edges(k, static_cast<Eigen::Index>(size));
  for (Eigen::Index a = 0; a < k; ++a)
    for (std::size_t i = 0; i < size; ++i)
      edges(a, static_cast<Eigen::Index>(i)) =
          static_cast<double>(corners[(static_cast<std::size_t>(a) + 1) * size + i]) - corners[i];
  const Eigen::MatrixXd gram = edges * edges.transpose();
  const Eigen::LDLT<Eigen::MatrixXd> factors(gram);
  double log_volume = 0;  // -log k! first, without lgamma, which writes a global variable
  for (Eigen::Index a = 2; a <= k; ++a) log_volume -= std::log(static_cast<double>(a));
  for (Eigen::Index a = 0; a < k; ++a) {
    const double pivot = factors.vectorD()(a);
    log_volume += pivot > 0 ? 0.5 * std::log(pivot) : -std::numeric_limits<double>::infinity();
  }
  if (gradient.empty()) return log_volume;
  const Matrix slopes = factors.solve(edges);  // d log V = tr(G^-1 dG) / 2 = <G^-1 E, dE>
  for (std::size_t i = 0; i < size; ++i) {
    double sum = 0;
    for (Eigen::Index a = 0; a < k; ++a) {
      const double slope = slopes(a, static_cast<Eigen::Index>(i));
      gradient[(static_cast<std::size_t>(a) + 1) * size + i] = slope;
      sum += slope;
    }
    gradient[i] = -sum;
  }
  return log_volume;
}

std::vector<double> log_volumes(const SimplicialComplex& complex, std::span<const float> fixed,
                                std::span<const float> free, std::int64_t dimension) {
  std::vector<double> all(static_cast<std::size_t>(complex.simplices()));
  parallel_for(complex.simplices(), [&](std::int64_t s) {
    all[static_cast<std::size_t>(s)] = log_simplex_volume(
        corners_of(complex, s, fixed, free, static_cast<std::size_t>(dimension)), dimension);
  });
  return all;
}

VolumeReward::VolumeReward(const ShapeLandscape& mean_loss, double weight)
    : Landscape(mean_loss.dimension()),
      mean_loss_(mean_loss),
      complex_(complex_of(mean_loss)),
      weight_(weight) {
  if (!(weight > 0)) throw Error("volume", "the weight must be above 0, is " + std::to_string(weight));
}

double VolumeReward::reward(std::span<const float> free, std::span<float> gradient) const {
  const std::int64_t dimension = this->dimension() / complex_.free_points();
  const auto size = static_cast<std::size_t>(dimension);
  const auto corner_count = static_cast<std::size_t>(complex_.corners_per_simplex());
  const double factor = weight_ / static_cast<double>(complex_.simplices());
  std::vector<double> slopes(gradient.empty() ? 0 : corner_count * size);
  double sum = 0;
  for (std::int64_t s = 0; s < complex_.simplices(); ++s) {
    sum += factor *
           log_simplex_volume(corners_of(complex_, s, mean_loss_.fixed(), free, size), dimension, slopes);
    if (gradient.empty()) continue;
    for (std::size_t corner = 0; corner < corner_count; ++corner) {
      const std::int64_t name = complex_.corners(s)[corner] - complex_.fixed_points();
      if (name < 0) continue;
      float* out = gradient.data() + static_cast<std::size_t>(name) * size;
      const double* slope = slopes.data() + corner * size;
      for (std::size_t i = 0; i < size; ++i) out[i] -= static_cast<float>(factor * slope[i]);
    }
  }
  return sum;
}

Metrics VolumeReward::do_evaluate(std::span<const float> point, Split split) const {
  Metrics metrics = mean_loss_.evaluate(point, split);
  metrics.loss -= reward(point, {});
  return metrics;
}

double VolumeReward::do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const {
  const double loss = mean_loss_.gradient(point, gradient, split);
  return loss - reward(point, gradient);
}

double VolumeReward::do_batch_gradient(std::span<const float> point, const Batch& batch,
                                       std::span<float> gradient) const {
  const double loss = mean_loss_.batch_gradient(point, batch, gradient);
  return loss - reward(point, gradient);
}

}  // namespace nwedge::geometry
