#include "nwedge/restriction.hpp"

#include <algorithm>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/core/vectors.hpp"

namespace nwedge {
namespace {

std::vector<float> point_of(const AffineFamily& family, std::span<const float> coordinates) {
  std::vector<float> theta(family.origin.size());
  family.point(coordinates, theta);
  return theta;
}

/// projected[j] = <d_j, vector>, summed in double.
void project(const AffineFamily& family, std::span<const float> vector, std::span<float> projected) {
  for (std::int64_t j = 0; j < family.dimension(); ++j) {
    const std::span<const float> direction = family.direction(j);
    projected[static_cast<std::size_t>(j)] = static_cast<float>(dot(direction, vector));
  }
}

class RestrictedCurvature final : public Curvature {
 public:
  RestrictedCurvature(std::unique_ptr<Curvature> base, std::shared_ptr<const AffineFamily> family)
      : Curvature(family->dimension()),
        base_(std::move(base)),
        family_(std::move(family)),
        lifted_(family_->origin.size()),
        product_(family_->origin.size()) {}

 private:
  void do_multiply(std::span<const float> vector, std::span<float> product) override {
    std::fill(lifted_.begin(), lifted_.end(), 0.0f);
    for (std::size_t j = 0; j < vector.size(); ++j) {
      const std::span<const float> direction = family_->direction(static_cast<std::int64_t>(j));
      vectorise([&, factor = vector[j]] {
        for (std::size_t i = 0; i < lifted_.size(); ++i) lifted_[i] += factor * direction[i];
      });
    }
    base_->multiply(lifted_, product_);
    project(*family_, product_, product);
  }

  std::unique_ptr<Curvature> base_;
  std::shared_ptr<const AffineFamily> family_;
  std::vector<float> lifted_;
  std::vector<float> product_;
};

}  // namespace

Restriction::Restriction(const Landscape& base, std::shared_ptr<const AffineFamily> family)
    : Landscape(family->dimension()), base_(base), family_(std::move(family)) {}

std::vector<float> Restriction::do_initial_point(std::uint64_t) const {
  return std::vector<float>(static_cast<std::size_t>(dimension()), 0.0f);
}

Metrics Restriction::do_evaluate(std::span<const float> point, Split split) const {
  return base_.evaluate(point_of(*family_, point), split);
}

std::vector<Metrics> Restriction::do_evaluate_many(std::span<const float> points, Split split) const {
  const std::size_t d = static_cast<std::size_t>(dimension());
  const std::size_t big = family_->origin.size();
  const std::size_t count = points.size() / d;
  const std::size_t at_once =
      std::clamp<std::size_t>((std::size_t{1} << 26) / big, 1, 1024);  // 256 MB of points
  std::vector<Metrics> metrics;
  metrics.reserve(count);
  std::vector<float> lifted;
  for (std::size_t begin = 0; begin < count; begin += at_once) {
    const std::size_t here = std::min(at_once, count - begin);
    lifted.resize(here * big);
    for (std::size_t i = 0; i < here; ++i)
      family_->point(points.subspan((begin + i) * d, d), std::span(lifted).subspan(i * big, big));
    for (const Metrics& m : base_.evaluate_many(lifted, split)) metrics.push_back(m);
  }
  return metrics;
}

double Restriction::do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const {
  std::vector<float> full(family_->origin.size());
  const double loss = base_.gradient(point_of(*family_, point), full, split);
  project(*family_, full, gradient);
  return loss;
}

double Restriction::do_batch_gradient(std::span<const float> point, const Batch& batch,
                                      std::span<float> gradient) const {
  std::vector<float> full(family_->origin.size());
  const double loss = base_.batch_gradient(point_of(*family_, point), batch, full);
  project(*family_, full, gradient);
  return loss;
}

CurvedRestriction::CurvedRestriction(const CurvedLandscape& base, std::shared_ptr<const AffineFamily> family)
    : Curved(std::make_unique<Restriction>(base, family)), base_(base), family_(std::move(family)) {}

std::unique_ptr<Curvature> CurvedRestriction::do_curvature_at(std::span<const float> point,
                                                              Split split) const {
  return std::make_unique<RestrictedCurvature>(base_.curvature_at(point_of(*family_, point), split), family_);
}

std::unique_ptr<Curvature> CurvedRestriction::do_matrix_at(CurvatureMatrix matrix,
                                                           std::span<const float> point, Split split) const {
  std::unique_ptr<Curvature> base = base_.matrix_at(matrix, point_of(*family_, point), split);
  return base ? std::make_unique<RestrictedCurvature>(std::move(base), family_) : nullptr;
}

}  // namespace nwedge
