#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "nwedge/landscape.hpp"

namespace nwedge {

/// The matrices of second order at a point of a landscape. With z_i = z(theta, x_i) the outputs for example i
/// of N, J_i = dz_i / dtheta, and the loss L = mean_i l(z_i, t_i), l convex in z:
enum class CurvatureMatrix {
  hessian,       ///< H = d^2 L / dtheta^2
  gauss_newton,  ///< G = mean_i J_i^T (d^2 l / dz^2) J_i: H without what the outputs' own bends add
  fisher,        ///< F = mean_i E_{t ~ p(t | z_i)} g g^T, g = J_i^T dl/dz (z_i, t), where l = -log p(t | z)
  empirical_fisher  ///< mean_i g_i g_i^T with the examples' own targets: 0 where they are fitted
};

/// "hessian", "gauss-newton", "fisher", "empirical-fisher".
std::span<const std::string_view> curvature_matrix_names();
/// By its name; an `Error` at `place` where there is none such.
CurvatureMatrix curvature_matrix(std::string_view name, std::string_view place);

/// The Hessian H of a landscape at one point on one split (or another of its matrices), as an exact product
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
  /// Whether the loss has the form that a matrix needs. Every `CurvedLandscape` has its Hessian.
  bool has_matrix(CurvatureMatrix matrix) const;
  /// Another of the matrices at `point`, positive semi-definite and by the same products; null where
  /// `has_matrix` is false. For cross-entropy G = F = mean_i J_i^T (diag p_i - p_i p_i^T) J_i.
  std::unique_ptr<Curvature> matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                       Split split = Split::train) const;

 protected:
  using Landscape::Landscape;

 private:
  virtual std::unique_ptr<Curvature> do_curvature_at(std::span<const float> point, Split split) const = 0;
  // Of the matrices but the Hessian.
  virtual bool do_has_matrix(CurvatureMatrix) const { return false; }
  virtual std::unique_ptr<Curvature> do_matrix_at(CurvatureMatrix matrix, std::span<const float> point,
                                                  Split split) const;
  std::unique_ptr<Landscape> do_restrict_to(AffineFamily family) const override;  // composes, curved
};

}  // namespace nwedge
