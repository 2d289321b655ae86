#include "nwedge/landscape.hpp"

#include <fmt/core.h>

#include "nwedge/core/error.hpp"
#include "nwedge/core/parallel.hpp"
#include "nwedge/core/vectorise.hpp"
#include "nwedge/curvature.hpp"
#include "nwedge/restriction.hpp"

namespace nwedge {
namespace {

void require_size(std::string_view place, std::string_view what, std::size_t size, std::int64_t expected) {
  if (size != static_cast<std::size_t>(expected))
    throw Error(place, fmt::format("{} must have {} entries, has {}", what, expected, size));
}

}  // namespace

void AffineFamily::point(std::span<const float> coordinates, std::span<float> theta) const {
  require_size("affine family", "coordinates", coordinates.size(), dimension());
  require_size("affine family", "the point", theta.size(), static_cast<std::int64_t>(origin.size()));
  constexpr std::size_t kBlock = 512;  // sums of one block stay in the first-level cache
  vectorise([&] {
    double sums[kBlock];
    for (std::size_t begin = 0; begin < origin.size(); begin += kBlock) {
      const std::size_t count = std::min(kBlock, origin.size() - begin);
      for (std::size_t i = 0; i < count; ++i) sums[i] = origin[begin + i];
      for (std::size_t j = 0; j < coordinates.size(); ++j) {
        const double c = coordinates[j];
        const float* d = directions.data() + j * origin.size() + begin;
        for (std::size_t i = 0; i < count; ++i) sums[i] += c * d[i];
      }
      for (std::size_t i = 0; i < count; ++i) theta[begin + i] = static_cast<float>(sums[i]);
    }
  });
}

Landscape::Landscape(std::int64_t dimension) : dimension_(dimension) {
  if (dimension < 1) throw Error("landscape", fmt::format("dimension must be at least 1, is {}", dimension));
}

std::vector<float> Landscape::initial_point(std::uint64_t seed) const { return do_initial_point(seed); }

Metrics Landscape::evaluate(std::span<const float> point, Split split) const {
  require_size("evaluate", "a point", point.size(), dimension_);
  return do_evaluate(point, split);
}

std::vector<Metrics> Landscape::evaluate_many(std::span<const float> points, Split split) const {
  if (points.size() % static_cast<std::size_t>(dimension_) != 0)
    throw Error("evaluate many",
                fmt::format("points must have a multiple of {} entries, have {}", dimension_, points.size()));
  return do_evaluate_many(points, split);
}

double Landscape::gradient(std::span<const float> point, std::span<float> gradient, Split split) const {
  require_size("gradient", "a point", point.size(), dimension_);
  require_size("gradient", "a gradient", gradient.size(), dimension_);
  return do_gradient(point, gradient, split);
}

double Landscape::batch_gradient(std::span<const float> point, const Batch& batch,
                                 std::span<float> gradient) const {
  require_size("batch gradient", "a point", point.size(), dimension_);
  require_size("batch gradient", "a gradient", gradient.size(), dimension_);
  if (batch.size < 1)
    throw Error("batch gradient", fmt::format("batch size must be at least 1, is {}", batch.size));
  return do_batch_gradient(point, batch, gradient);
}

std::unique_ptr<Landscape> Landscape::restrict_to(AffineFamily family) const {
  require_size("restriction", "the origin", family.origin.size(), dimension_);
  if (family.directions.empty() || family.directions.size() % static_cast<std::size_t>(dimension_) != 0)
    throw Error("restriction", fmt::format("directions must have a positive multiple of {} entries, have {}",
                                           dimension_, family.directions.size()));
  return do_restrict_to(std::move(family));
}

std::vector<Metrics> Landscape::do_evaluate_many(std::span<const float> points, Split split) const {
  const auto size = static_cast<std::size_t>(dimension_);
  std::vector<Metrics> metrics(points.size() / size);
  parallel_for(static_cast<std::int64_t>(metrics.size()), [&](std::int64_t i) {
    metrics[static_cast<std::size_t>(i)] =
        do_evaluate(points.subspan(static_cast<std::size_t>(i) * size, size), split);
  });
  return metrics;
}

double Landscape::do_batch_gradient(std::span<const float> point, const Batch&,
                                    std::span<float> gradient) const {
  return do_gradient(point, gradient, Split::train);
}

std::unique_ptr<Landscape> Landscape::do_restrict_to(AffineFamily family) const {
  return std::make_unique<Restriction>(*this, std::make_shared<const AffineFamily>(std::move(family)));
}

void Curvature::multiply(std::span<const float> vector, std::span<float> product) {
  require_size("Hessian-vector product", "the vector", vector.size(), dimension_);
  require_size("Hessian-vector product", "the product", product.size(), dimension_);
  do_multiply(vector, product);
}

std::unique_ptr<Curvature> CurvedLandscape::curvature_at(std::span<const float> point, Split split) const {
  require_size("curvature", "a point", point.size(), dimension());
  return do_curvature_at(point, split);
}

bool CurvedLandscape::has_matrix(CurvatureMatrix matrix) const {
  return matrix == CurvatureMatrix::hessian || do_has_matrix(matrix);
}

std::unique_ptr<Curvature> CurvedLandscape::matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                                      Split split) const {
  if (matrix == CurvatureMatrix::hessian) return curvature_at(point, split);
  require_size("curvature", "a point", point.size(), dimension());
  return do_has_matrix(matrix) ? do_matrix_at(matrix, point, split) : nullptr;
}

std::unique_ptr<Curvature> CurvedLandscape::do_matrix_at(CurvatureMatrix, std::span<const float>,
                                                         Split) const {
  return nullptr;
}

std::span<const std::string_view> curvature_matrix_names() {
  static constexpr std::string_view kNames[] = {"hessian", "gauss-newton", "fisher", "empirical-fisher"};
  return kNames;
}

CurvatureMatrix curvature_matrix(std::string_view name, std::string_view place) {
  const std::span<const std::string_view> names = curvature_matrix_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<CurvatureMatrix>(i);
  throw Error(place, fmt::format("the matrix must be hessian, gauss-newton, fisher or empirical-fisher, is "
                                 "\"{}\"",
                                 name));
}

std::unique_ptr<Landscape> CurvedLandscape::do_restrict_to(AffineFamily family) const {
  return std::make_unique<CurvedRestriction>(*this, std::make_shared<const AffineFamily>(std::move(family)));
}

}  // namespace nwedge
