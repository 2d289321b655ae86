#pragma once
#include <memory>
#include <span>

#include "nwedge/landscape.hpp"

namespace nwedge {

/// The Hessian H of a landscape at one point on one split (or its Gauss-Newton matrix), as an exact product
/// v -> Hv. Keeps what it can of the passes at that point, so a product costs about two gradients. Not safe
/// from several threads at once; a product itself uses all threads that are free.
class Curvature {
 public:
  virtual ~Curvature() = default;
  std::int64_t dimension() const { return dimension_; }
  /// product = H v, both [D].
  void multiply(std::span<const float> vector, std::span<float> product);

 protected:
  explicit Curvature(std::int64_t dimension) : dimension_(dimension) {}

 private:
  virtual void do_multiply(std::span<const float> vector, std::span<float> product) = 0;
  std::int64_t dimension_;
};

/// A landscape with exact Hessian-vector products.
class CurvedLandscape : public Landscape {
 public:
  /// The Hessian at `point`. Holds a reference: `*this` must outlive it. Where the loss has kinks (ReLU, a
  /// flat core's edge) it is the Hessian of the smooth piece that contains the point.
  std::unique_ptr<Curvature> curvature_at(std::span<const float> point, Split split = Split::train) const;
  /// The Gauss-Newton matrix G at `point`, by the same products, where the loss is a convex function of
  /// outputs z(theta): with J = dz/dtheta
  ///   G = J^T (d^2 L / dz^2) J,   positive semi-definite; H = G + what the outputs' own bends add.
  /// For cross-entropy G = mean_i J_i^T (diag p_i - p_i p_i^T) J_i. Null for a landscape of another form.
  std::unique_ptr<Curvature> gauss_newton_at(std::span<const float> point, Split split = Split::train) const;

 protected:
  using Landscape::Landscape;

 private:
  virtual std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const = 0;
  virtual std::unique_ptr<Curvature> do_gauss_newton_at(std::span<const float> point, Split split) const;
  std::unique_ptr<Landscape> do_restrict_to(AffineFamily family) const override;  // composes, curved
};

}  // namespace nwedge
