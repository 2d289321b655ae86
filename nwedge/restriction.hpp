#pragma once
#include "nwedge/curved.hpp"

namespace nwedge {

/// A landscape on an affine family, by composition: L(c) = base(origin + sum_j c_j d_j), gradient D^T g,
/// Hessian D^T H D, the other matrices likewise. What `Landscape::restrict_to` gives unless a landscape knows
/// a faster way. `base` must outlive it.
class Restriction final : public Landscape {
 public:
  Restriction(const Landscape& base, std::shared_ptr<const AffineFamily> family);

 private:
  bool do_has_accuracy() const override { return base_.has_accuracy(); }
  std::int64_t do_examples(Split split) const override { return base_.examples(split); }
  std::vector<float> do_initial_point(std::uint64_t) const override;
  Metrics do_evaluate(std::span<const float> point, Split split) const override;
  std::vector<Metrics> do_evaluate_many(std::span<const float> points, Split split) const override;
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override;
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override;

  const Landscape& base_;
  std::shared_ptr<const AffineFamily> family_;
};

/// The same over a landscape with curvature.
class CurvedRestriction final : public Curved<Restriction> {
 public:
  CurvedRestriction(const CurvedLandscape& base, std::shared_ptr<const AffineFamily> family);

 private:
  std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const override;
  bool do_has_matrix(CurvatureMatrix matrix) const override { return base_.has_matrix(matrix); }
  std::unique_ptr<Curvature> do_matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                          Split split) const override;

  const CurvedLandscape& base_;
  std::shared_ptr<const AffineFamily> family_;
};

}  // namespace nwedge
