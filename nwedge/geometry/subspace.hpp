#pragma once
#include <memory>
#include <vector>

#include "nwedge/curved.hpp"
#include "nwedge/geometry/buffer_pool.hpp"
#include "nwedge/geometry/random_projection.hpp"

namespace nwedge::geometry {

/// A landscape on the random section theta = origin + P z, as a landscape over z in R^d [chunyuan2018]: loss
/// of the full point, gradient P^T g. It starts at z = 0. A minibatch of the base is the same minibatch here.
/// Cost: that of the base at one point, and one product with P (for a gradient also one with P^T).
class Subspace final : public Landscape {
 public:
  /// `base` must outlive it; origin [D].
  Subspace(const Landscape& base, std::vector<float> origin,
           std::shared_ptr<const RandomProjection> projection);

  const RandomProjection& projection() const { return *projection_; }
  /// theta(z) [D].
  std::vector<float> point(std::span<const float> coordinates) const;

 private:
  bool do_has_accuracy() const override { return base_.has_accuracy(); }
  std::int64_t do_examples(Split split) const override { return base_.examples(split); }
  std::vector<float> do_initial_point(std::uint64_t seed) const override;
  Metrics do_evaluate(std::span<const float> point, Split split) const override;
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override;
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override;

  const Landscape& base_;
  std::vector<float> origin_;
  std::shared_ptr<const RandomProjection> projection_;
  mutable BufferPool buffers_;
};

/// The same over a landscape with curvature: the Hessian is P^T H P, other matrices likewise.
class CurvedSubspace final : public Curved<Subspace> {
 public:
  CurvedSubspace(const CurvedLandscape& base, std::vector<float> origin,
                 std::shared_ptr<const RandomProjection> projection);

 private:
  std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const override;
  bool do_has_matrix(CurvatureMatrix matrix) const override { return base_.has_matrix(matrix); }
  std::unique_ptr<Curvature> do_matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                          Split split) const override;

  const CurvedLandscape& base_;
  std::shared_ptr<const RandomProjection> projection_;
};

}  // namespace nwedge::geometry
