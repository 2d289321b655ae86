#include "nwedge/geometry/subspace.hpp"

#include <fmt/core.h>

#include "nwedge/core/error.hpp"

namespace nwedge::geometry {
namespace {

class SubspaceCurvature final : public Curvature {
 public:
  SubspaceCurvature(std::unique_ptr<Curvature> base, std::shared_ptr<const RandomProjection> projection)
      : Curvature(projection->columns()),
        base_(std::move(base)),
        projection_(std::move(projection)),
        zero_(static_cast<std::size_t>(projection_->rows())),
        lifted_(zero_.size()),
        product_(zero_.size()) {}

 private:
  void do_multiply(std::span<const float> vector, std::span<float> product) override {
    projection_->apply(vector, zero_, lifted_);
    base_->multiply(lifted_, product_);
    projection_->apply_transpose(product_, product);
  }

  std::unique_ptr<Curvature> base_;
  std::shared_ptr<const RandomProjection> projection_;
  std::vector<float> zero_;
  std::vector<float> lifted_;
  std::vector<float> product_;
};

}  // namespace

Subspace::Subspace(const Landscape& base, std::vector<float> origin,
                   std::shared_ptr<const RandomProjection> projection)
    : Landscape(projection->columns()),
      base_(base),
      origin_(std::move(origin)),
      projection_(std::move(projection)),
      buffers_(origin_.size()) {
  const auto full = static_cast<std::size_t>(base.dimension());
  if (origin_.size() != full)
    throw Error("subspace", fmt::format("the origin must have {} entries, has {}", full, origin_.size()));
  if (projection_->rows() != base.dimension())
    throw Error("subspace",
                fmt::format("the projection must have {} rows, has {}", full, projection_->rows()));
}

std::vector<float> Subspace::point(std::span<const float> coordinates) const {
  std::vector<float> theta(origin_.size());
  projection_->apply(coordinates, origin_, theta);
  return theta;
}

std::vector<float> Subspace::do_initial_point(std::uint64_t) const {
  return std::vector<float>(static_cast<std::size_t>(dimension()), 0.0f);
}

Metrics Subspace::do_evaluate(std::span<const float> coordinates, Split split) const {
  BufferPool::Loan theta = buffers_.borrow();
  projection_->apply(coordinates, origin_, theta.values());
  return base_.evaluate(theta.values(), split);
}

double Subspace::do_gradient(std::span<const float> coordinates, std::span<float> gradient,
                             Split split) const {
  BufferPool::Loan theta = buffers_.borrow();
  BufferPool::Loan full = buffers_.borrow();
  projection_->apply(coordinates, origin_, theta.values());
  const double loss = base_.gradient(theta.values(), full.values(), split);
  projection_->apply_transpose(full.values(), gradient);
  return loss;
}

double Subspace::do_batch_gradient(std::span<const float> coordinates, const Batch& batch,
                                   std::span<float> gradient) const {
  BufferPool::Loan theta = buffers_.borrow();
  BufferPool::Loan full = buffers_.borrow();
  projection_->apply(coordinates, origin_, theta.values());
  const double loss = base_.batch_gradient(theta.values(), batch, full.values());
  projection_->apply_transpose(full.values(), gradient);
  return loss;
}

CurvedSubspace::CurvedSubspace(const CurvedLandscape& base, std::vector<float> origin,
                               std::shared_ptr<const RandomProjection> projection)
    : Curved(std::make_unique<Subspace>(base, std::move(origin), projection)),
      base_(base),
      projection_(std::move(projection)) {}

std::unique_ptr<Curvature> CurvedSubspace::do_curvature_at(std::span<const float> point, Split split) const {
  return std::make_unique<SubspaceCurvature>(base_.curvature_at(plain().point(point), split), projection_);
}

std::unique_ptr<Curvature> CurvedSubspace::do_matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                                        Split split) const {
  std::unique_ptr<Curvature> base = base_.matrix_at(matrix, plain().point(point), split);
  return base ? std::make_unique<SubspaceCurvature>(std::move(base), projection_) : nullptr;
}

}  // namespace nwedge::geometry
