#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nwedge/curved.hpp"
#include "nwedge/geometry/buffer_pool.hpp"
#include "nwedge/geometry/shape.hpp"

namespace nwedge::geometry {

/// The mean loss over a shape as a function of its free control points P = (p_1, …, p_n) in R^(nD):
///   F(P) = E_w L(sum_j w_j q_j),   dF/dp_i = E_w w_i g(sum_j w_j q_j),
/// the mean over the shape's points, by its quadrature in `evaluate` and `gradient`; `batch_gradient` draws
/// one point and one minibatch, so its expectation is the exact mean. `optimize::minimize` therefore trains
/// curves, sheets and m-tunnel centres as it trains networks [garipov2018, section 4]. Accuracy is the mean
/// accuracy. Holds references: the landscape must outlive it; control points are [n, D], fixed ones copied.
class ShapeLandscape final : public Landscape {
 public:
  /// `fixed`: [fixed points, D]; `initial`: [free points, D], what `initial_point` gives for every seed;
  /// `order`: quadrature nodes a smooth piece and direction, >= 1.
  ShapeLandscape(const Landscape& base, std::shared_ptr<const Shape> shape, std::vector<float> fixed,
                 std::vector<float> initial, std::int64_t order);

  const Shape& shape() const { return *shape_; }
  std::span<const float> fixed() const { return fixed_; }
  /// The points of the quadrature with their shares.
  const std::vector<BlendShare>& nodes() const { return nodes_; }
  /// The point of a blend for the free control points `free` [nD].
  void point(const Blend& blend, std::span<const float> free, std::span<float> theta) const;
  /// Metrics at many blends, in order; cost as `evaluate_many` of the base.
  std::vector<Metrics> evaluate_blends(std::span<const Blend> blends, std::span<const float> free,
                                       Split split) const;

 private:
  bool do_has_accuracy() const override { return base_.has_accuracy(); }
  std::int64_t do_examples(Split split) const override { return base_.examples(split); }
  std::vector<ParameterGroup> do_parameter_groups() const override;
  std::vector<float> do_initial_point(std::uint64_t) const override { return initial_; }
  Metrics do_evaluate(std::span<const float> point, Split split) const override;
  double do_gradient(std::span<const float> point, std::span<float> gradient, Split split) const override;
  double do_batch_gradient(std::span<const float> point, const Batch& batch,
                           std::span<float> gradient) const override;

  const Landscape& base_;
  std::shared_ptr<const Shape> shape_;
  std::vector<float> fixed_;
  std::vector<float> initial_;
  std::vector<BlendShare> nodes_;
  mutable BufferPool buffers_;
};

/// The same over a landscape with curvature. With the block v = (v_1, …, v_n), v_i in R^D, the Hessian of F
/// gives (Hv)_i = E_w w_i H(sum_j w_j q_j) (sum_j w_j v_j). A product costs one product of the base a
/// quadrature node.
class CurvedShapeLandscape final : public Curved<ShapeLandscape> {
 public:
  CurvedShapeLandscape(const CurvedLandscape& base, std::shared_ptr<const Shape> shape,
                       std::vector<float> fixed, std::vector<float> initial, std::int64_t order);

 private:
  std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const override;

  const CurvedLandscape& base_;
};

}  // namespace nwedge::geometry
